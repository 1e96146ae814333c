/** The main viewer: target and result, overlays, pins and strokes. */
import type { Place, Stroke } from "../api/types";
import type { Store } from "../state/store";
import { text } from "../text/en";
import { CompareViewer, follow } from "./compare-viewer";
import { pointOf } from "./coordinates";
import { outlined, superpixelAt } from "./hit-test";
import { OverlayCanvas } from "./overlay";
import { followPointer } from "./pointer";
import { zoomToPixels } from "./tiles";

const REACH = 14; // pixels of the screen within which a pin is taken hold of

export class TargetView {
  readonly compare: CompareViewer;
  private readonly second: CompareViewer;
  private readonly overlay: OverlayCanvas;
  private unfollow: (() => void) | null = null;
  private dragged: number | null = null;
  private drawing: Stroke | null = null;
  private layerKey = "";

  constructor(
    private readonly store: Store,
    element: HTMLElement,
    private readonly secondElement: HTMLElement,
  ) {
    element.tabIndex = 0;
    element.setAttribute("role", "application");
    element.setAttribute("aria-label", text.canvasLabel);
    this.compare = new CompareViewer(element, store.client);
    this.second = new CompareViewer(secondElement, store.client);
    this.overlay = new OverlayCanvas(this.compare.viewer, () => store.target?.size ?? null);
    followPointer(this.compare.viewer, {
      size: () => store.target?.size ?? null,
      draws: (place) => this.draws(place),
      hover: (place) => this.hover(place),
      click: (place) => this.click(place),
      drawn: (points, ended) => this.drawn(points, ended),
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
    const { store } = this;
    const isSide = store.view === "side" && store.target !== null;
    this.secondElement.hidden = !isSide;
    this.compare.showTarget(store.target);
    if (store.session && store.result) {
      this.compare.showResult(store.session.id, store.result.revision);
    }
    if (isSide) {
      this.second.showTarget(store.target);
      if (!this.unfollow) this.unfollow = follow(this.compare.viewer, this.second.viewer);
    } else if (this.unfollow) {
      this.unfollow();
      this.unfollow = null;
    }
    this.compare.showFrom(store.showsBefore ? 1 : store.view === "slider" ? store.split : 0);
    this.overlay.marks = store.request.pins.map((pin, n) => ({
      place: pin.target,
      label: String(n + 1),
      chosen: n === store.chosenPin,
    }));
    if (store.pendingPin) this.overlay.marks.push({ place: store.pendingPin.place, label: "+", chosen: true });
    const showsMask = store.tool === "brush" || store.tool === "lasso";
    const strokes = showsMask ? (store.request.target_mask?.strokes ?? []) : [];
    this.overlay.strokes = this.drawing ? [...strokes, this.drawing] : strokes;
    this.updateLayers();
    this.overlay.draw();
  }

  private updateLayers(): void {
    const { maps, overlay, hovered } = this.store;
    if (!maps) {
      this.overlay.setLayers([]);
      return;
    }
    if (overlay === "superpixels" && !maps.labels) maps.load(this.store.activeReference);
    if (overlay === "confidence" || overlay === "matched" || overlay === "clipped") maps.loadPicture(overlay);
    const picture = maps.pictures.get(overlay);
    const key = `${this.store.result?.revision} ${overlay} ${hovered} ${maps.labels !== null} ${picture !== undefined}`;
    if (key === this.layerKey) return;
    this.layerKey = key;
    const layers: { image: ImageData | ImageBitmap; alpha: number; smooth?: boolean }[] = [];
    if (picture) layers.push({ image: picture, alpha: overlay === "matched" ? 1 : 0.75 });
    if (overlay === "superpixels" && maps.labels) layers.push({ image: outlined(maps.labels), alpha: 1 });
    if (hovered !== null && maps.labels) layers.push({ image: outlined(maps.labels, hovered), alpha: 1 });
    this.overlay.setLayers(layers);
  }

  private hover(place: Place | null): void {
    const { store } = this;
    if (!place || !store.maps || !store.target) {
      if (store.hovered !== null) store.set({ hovered: null });
      return;
    }
    store.maps.load(store.activeReference);
    const hovered = store.maps.labels ? superpixelAt(store.maps.labels, place, store.target.size) : null;
    store.under = `${Math.floor(place[0])}, ${Math.floor(place[1])}`;
    if (hovered !== store.hovered) store.set({ hovered });
    else store.changed();
  }

  private click(place: Place): void {
    const { store } = this;
    const pin = this.pinAt(place);
    if (pin !== null) store.set({ chosenPin: pin });
    else if (store.tool === "pin" && store.references.length) {
      store.set({ pendingPin: { place, at: performance.now() }, chosenPin: null });
    }
  }

  private draws(place: Place): boolean {
    const { tool } = this.store;
    this.dragged = tool === "pin" || tool === "look" ? this.pinAt(place) : null;
    return tool === "brush" || tool === "lasso" || this.dragged !== null;
  }

  private drawn(points: Place[], ended: boolean): void {
    const { store } = this;
    const last = points[points.length - 1]!;
    if (this.dragged !== null) {
      if (points.length > 1 || ended) {
        if (points.length > 1) store.movePin(this.dragged, { target: last });
        store.set({ chosenPin: this.dragged });
      }
      if (ended) this.dragged = null;
      return;
    }
    const isLasso = store.tool === "lasso";
    this.drawing = {
      points: thinned(points),
      radius: isLasso ? Math.max(1, store.radius / 4) : store.radius,
      softness: store.softness,
      fill: isLasso,
      erase: store.erase,
    };
    if (ended) {
      store.addStroke(this.drawing);
      this.drawing = null;
    }
    this.update();
  }

  private pinAt(place: Place): number | null {
    const { viewer } = this.compare;
    const [x, y] = pointOf(viewer, place);
    const found = this.store.request.pins.findIndex((pin) => {
      const [other, below] = pointOf(viewer, pin.target);
      return Math.hypot(x - other, y - below) < REACH;
    });
    return found < 0 ? null : found;
  }
}

/** Return points without those that hardly differ from the one before. */
function thinned(points: Place[]): Place[] {
  const kept: Place[] = [points[0]!];
  for (const point of points.slice(1)) {
    const last = kept[kept.length - 1]!;
    if (Math.hypot(point[0] - last[0], point[1] - last[1]) >= 2) kept.push(point);
  }
  return kept.slice(0, 5000);
}
