/** The viewer of a reference: its attended superpixels, and the other ends of pins. */
import OpenSeadragon from "openseadragon";
import type { Picture, Place } from "../api/types";
import type { Store } from "../state/store";
import { text } from "../text/en";
import { pointOf } from "./coordinates";
import { painted } from "./hit-test";
import { OverlayCanvas } from "./overlay";
import { followPointer } from "./pointer";
import { tileSource, viewerOptions } from "./tiles";

const REACH = 14;

export class ReferenceView {
  readonly viewer: OpenSeadragon.Viewer;
  private readonly overlay: OverlayCanvas;
  private shown: Picture | null = null;
  private layerKey = "";
  private dragged: number | null = null;

  constructor(
    private readonly store: Store,
    element: HTMLElement,
  ) {
    element.tabIndex = 0;
    element.setAttribute("role", "application");
    element.setAttribute("aria-label", text.referenceLabel);
    this.viewer = new OpenSeadragon.Viewer(viewerOptions(element, store.client.headers));
    this.overlay = new OverlayCanvas(this.viewer, () => this.shown?.size ?? null);
    followPointer(this.viewer, {
      size: () => this.shown?.size ?? null,
      draws: (place) => (this.dragged = this.pinAt(place)) !== null,
      hover: () => {},
      click: (place) => this.click(place),
      drawn: (points, ended) => this.drawn(points, ended),
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
    this.overlay.marks = store.request.pins.flatMap((pin, n) =>
      pin.of === store.activeReference
        ? [{ place: pin.reference, label: String(n + 1), chosen: n === store.chosenPin }]
        : [],
    );
    this.updateLayers();
    this.overlay.draw();
  }

  private updateLayers(): void {
    const { maps, hovered, activeReference } = this.store;
    if (maps && hovered !== null) maps.load(activeReference);
    const labels = maps?.references.get(activeReference);
    const key = `${this.store.result?.revision} ${activeReference} ${hovered} ${labels !== undefined}`;
    if (key === this.layerKey) return;
    this.layerKey = key;
    if (!maps || hovered === null || !labels || !maps.attention) {
      this.overlay.setLayers([]);
      return;
    }
    const attended = maps.attended(hovered, activeReference);
    const most = Math.max(...attended.map((each) => each.weight), 1e-9);
    const weights = new Map(attended.map((each) => [each.superpixel, each.weight / most]));
    const image = painted(labels, (label) => {
      const weight = weights.get(label);
      return [0, 0, 0, weight === undefined ? 190 : Math.round(190 * (1 - Math.sqrt(weight)))];
    });
    this.overlay.setLayers([{ image, alpha: 1 }]);
  }

  private click(place: Place): void {
    const { store } = this;
    const pin = this.pinAt(place);
    if (store.pendingPin) {
      store.addPin({ target: store.pendingPin.place, reference: place, of: store.activeReference });
    } else if (pin !== null) store.set({ chosenPin: pin });
  }

  private drawn(points: Place[], ended: boolean): void {
    if (this.dragged === null) return;
    if (points.length > 1) this.store.movePin(this.dragged, { reference: points[points.length - 1]! });
    this.store.set({ chosenPin: this.dragged });
    if (ended) this.dragged = null;
  }

  private pinAt(place: Place): number | null {
    if (this.store.pendingPin) return null;
    const [x, y] = pointOf(this.viewer, place);
    const found = this.store.request.pins.findIndex((pin) => {
      if (pin.of !== this.store.activeReference) return false;
      const [other, below] = pointOf(this.viewer, pin.reference);
      return Math.hypot(x - other, y - below) < REACH;
    });
    return found < 0 ? null : found;
  }
}
