/** The main viewer: target and result, overlays, pins and strokes. */
import type { Place } from "../api/types";
import type { Store } from "../state/store";
import { text } from "../text/en";
import { CompareViewer, follow } from "./compare-viewer";
import { pointOf } from "./coordinates";
import { Editing } from "./editing";
import { outlined, superpixelAt, tinted, valueAt } from "./hit-test";
import { OverlayCanvas, type LayerPicture } from "./overlay";
import { followPointer } from "./pointer";
import { zoomToPixels } from "./tiles";

const REACH = 9; // pixels of the screen within which the divider is taken hold of
const HANDLE = 14; // and within which its handle is
const ORANGE: [number, number, number] = [255, 140, 0];
const [DOUBTFUL, SURE] = [0.3, 0.8];
const MAGENTA: [number, number, number] = [255, 0, 255];

/** Return how opaque the mark of a doubtful place is: nothing for sure ones, so that the others stand out. */
function doubt(confidence: number): number {
  return 0.9 * Math.min(Math.max((SURE - confidence) / (SURE - DOUBTFUL), 0), 1);
}

export class TargetView {
  readonly compare: CompareViewer;
  private readonly second: CompareViewer;
  private readonly overlay: OverlayCanvas;
  private readonly editing: Editing;
  private unfollow: (() => void) | null = null;
  private divides = false;
  private layerKey = "";

  constructor(
    private readonly store: Store,
    element: HTMLElement,
    private readonly secondElement: HTMLElement,
  ) {
    element.tabIndex = 0;
    element.setAttribute("role", "application");
    element.setAttribute("aria-label", text.canvasLabel);
    secondElement.setAttribute("role", "img");
    secondElement.setAttribute("aria-label", text.targetAlone);
    this.compare = new CompareViewer(element, store.client);
    this.second = new CompareViewer(secondElement, store.client);
    this.overlay = new OverlayCanvas(this.compare.viewer, () => store.target?.size ?? null);
    this.editing = new Editing(store, "target", this.compare.viewer, () => store.target, () => this.update());
    followPointer(this.compare.viewer, {
      size: () => store.target?.size ?? null,
      begin: (place) => (this.divides = this.isOnDivider(place)) || this.editing.begin(place),
      drag: (places, ended) => this.drag(places, ended),
      hover: (place) => this.hover(place),
      click: (place) => this.click(place),
      nudge: (by) => this.editing.nudge(by),
      cursor: (place) => {
        this.overlay.cursor = place;
        this.overlay.draw();
      },
    });
  }

  zoom(by: number): void {
    this.compare.viewer.viewport.zoomBy(by);
  }

  fit(): void {
    this.compare.viewer.viewport.goHome();
  }

  oneToOne(): void {
    zoomToPixels(this.compare.viewer);
  }

  update(): void {
    const { store, compare } = this;
    const isSide = store.view === "side" && store.target !== null;
    this.secondElement.hidden = !isSide;
    compare.showTarget(store.target);
    if (store.session?.ready) compare.showResult(store.session.id, store.session.ready);
    if (isSide) {
      this.second.showTarget(store.target);
      this.unfollow ??= follow(compare.viewer, this.second.viewer);
    } else {
      this.unfollow?.();
      this.unfollow = null;
    }
    const isSplit = store.view === "slider" && !store.showsBefore;
    compare.showFrom(store.showsBefore ? 1 : isSplit ? store.split : 0);
    this.overlay.divider = isSplit && store.result ? store.split : null;
    this.overlay.marks = this.editing.marks;
    if (store.pendingPin) this.overlay.marks.push({ place: store.pendingPin, label: "+", chosen: true });
    this.overlay.strokes = this.editing.strokes;
    this.updateLayers();
    this.overlay.draw();
  }

  /** Find what lies under the cursor: from the tiles and maps that are here. */
  look(): void {
    const { store } = this;
    const { pointed, maps, target } = store;
    store.hovered = store.under = null;
    if (!pointed || !target) return;
    maps?.load(store.activeReference);
    const { own, result } = this.compare.colorsAt(pointed);
    const matched = maps?.pictures.get("matched");
    const confidence = maps?.pictures.get("confidence");
    store.hovered = maps?.labels ? superpixelAt(maps.labels, pointed, target.size) : null;
    store.under = {
      own: own?.color ?? null,
      result: result?.color ?? null,
      matched: matched ? valueAt(matched, pointed, target.size) : null,
      confidence: confidence ? valueAt(confidence, pointed, target.size)[0] / 255 : null,
      isShrunk: own?.isExact === false,
    };
  }

  private updateLayers(): void {
    const { maps, overlay, hovered, activeReference } = this.store;
    if (maps && overlay === "superpixels") maps.load(activeReference);
    if (maps && (overlay === "confidence" || overlay === "matched" || overlay === "clipped")) maps.loadPicture(overlay);
    const picture = maps?.pictures.get(overlay);
    const key = `${this.store.result?.revision} ${overlay} ${hovered} ${maps?.labels != null} ${picture !== undefined}`;
    if (key === this.layerKey) return;
    this.layerKey = key;
    const layers: LayerPicture[] = [];
    if (picture && overlay === "matched") layers.push({ image: picture, alpha: 1 });
    if (picture && overlay === "confidence") {
      layers.push({ image: tinted(picture, ORANGE, doubt), alpha: 1 });
    }
    if (picture && overlay === "clipped") layers.push({ image: tinted(picture, MAGENTA, (value) => 0.8 * value), alpha: 1 });
    if (overlay === "superpixels" && maps?.labels) layers.push({ image: outlined(maps.labels), alpha: 1 });
    if (hovered !== null && maps?.labels) layers.push({ image: outlined(maps.labels, hovered), alpha: 1 });
    this.overlay.setLayers(layers);
  }

  private hover(pointed: Place | null): void {
    if (pointed) this.compare.element.classList.toggle("divides", this.isOnDivider(pointed));
    if (pointed || this.store.pointed) this.store.set({ pointed });
  }

  private click(place: Place): void {
    const { store } = this;
    const pin = this.editing.pinAt(place);
    if (pin !== null) store.set({ chosenPin: pin, activeReference: store.request.pins[pin]!.of });
    else if (store.tool === "pin" && store.references.length) store.set({ pendingPin: place, chosenPin: null });
  }

  private drag(places: Place[], ended: boolean): void {
    if (!this.divides) {
      this.editing.drag(places, ended);
      return;
    }
    const [x] = pointOf(this.compare.viewer, places[places.length - 1]!);
    this.store.set({ split: Math.min(Math.max(x / this.compare.element.clientWidth, 0), 1) });
    if (ended) this.divides = false;
  }

  /** Tell whether a place lies on the divider. Tools that act on places leave only its handle to be taken. */
  private isOnDivider(place: Place): boolean {
    const { divider } = this.overlay;
    if (divider === null || this.editing.pinAt(place) !== null) return false;
    const [x, y] = pointOf(this.compare.viewer, place);
    const { clientWidth, clientHeight } = this.compare.element;
    const away = Math.abs(x - divider * clientWidth);
    return this.store.tool === "look" ? away < REACH : Math.hypot(away, y - clientHeight / 2) < HANDLE;
  }
}
