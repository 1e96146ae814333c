/** The viewer of a reference: its attended superpixels, masks, and the other ends of pins. */
import type OpenSeadragon from "openseadragon";
import type { Picture, Place } from "../api/types";
import type { Store } from "../state/store";
import { text } from "../text/en";
import { Editing } from "./editing";
import { painted } from "./hit-test";
import { OverlayCanvas } from "./overlay";
import { followPointer } from "./pointer";
import { newViewer, tileSource } from "./tiles";

const DIM = 190; // of 255: how dark places are that the superpixel under the cursor does not attend to

export class ReferenceView {
  readonly viewer: OpenSeadragon.Viewer;
  private readonly overlay: OverlayCanvas;
  private readonly editing: Editing;
  private shown: Picture | null = null;
  private layerKey = "";

  constructor(
    private readonly store: Store,
    element: HTMLElement,
  ) {
    element.tabIndex = 0;
    element.setAttribute("role", "application");
    element.setAttribute("aria-label", text.referenceLabel);
    this.viewer = newViewer(element, store.client.headers);
    this.overlay = new OverlayCanvas(this.viewer, () => this.shown?.size ?? null);
    this.editing = new Editing(store, "reference", this.viewer, () => this.shown, () => this.update());
    followPointer(this.viewer, {
      size: () => this.shown?.size ?? null,
      begin: (place) => this.editing.begin(place),
      drag: (places, ended) => this.editing.drag(places, ended),
      hover: () => {},
      click: (place) => this.click(place),
      nudge: (by) => this.editing.nudge(by),
      cursor: (place) => {
        this.overlay.cursor = place;
        this.overlay.draw();
      },
    });
  }

  update(): void {
    const { store } = this;
    const reference = store.references[store.activeReference] ?? null;
    if (reference?.id !== this.shown?.id) {
      this.viewer.world.removeAll();
      this.shown = reference;
      if (reference) {
        this.viewer.addTiledImage({
          tileSource: tileSource(reference, `/v1/pictures/${reference.id}`),
          success: () => this.viewer.viewport.goHome(true),
        });
      }
    }
    this.overlay.marks = this.editing.marks;
    this.overlay.strokes = this.editing.strokes;
    this.updateLayers();
    this.overlay.draw();
  }

  private updateLayers(): void {
    const { maps, hovered, activeReference } = this.store;
    if (maps && hovered !== null) maps.load(activeReference);
    const labels = maps?.references.get(activeReference);
    const isKnown = labels !== undefined && maps?.attention != null;
    const key = `${this.store.result?.revision} ${activeReference} ${hovered} ${isKnown}`;
    if (key === this.layerKey) return;
    this.layerKey = key;
    if (!maps || hovered === null || !labels || !isKnown) {
      this.overlay.setLayers([]);
      return;
    }
    const attended = maps.attended(hovered, activeReference);
    const most = Math.max(...attended.map((each) => each.weight), 1e-9);
    const weights = new Map(attended.map((each) => [each.superpixel, each.weight / most]));
    const image = painted(labels, (label) => [0, 0, 0, Math.round(DIM * (1 - Math.sqrt(weights.get(label) ?? 0)))]);
    this.overlay.setLayers([{ image, alpha: 1 }]);
  }

  private click(place: Place): void {
    const { store } = this;
    const pin = this.editing.pinAt(place);
    if (store.pendingPin) store.addPin({ target: store.pendingPin, reference: place, of: store.activeReference });
    else if (pin !== null) store.set({ chosenPin: pin });
  }
}
