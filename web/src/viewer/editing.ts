/** What pointing does in both viewers: pins are taken hold of, and masks are painted. */
import type OpenSeadragon from "openseadragon";
import type { Picture, Place, Stroke } from "../api/types";
import { maskOf, type Side } from "../state/masks";
import type { Store } from "../state/store";
import { clamped, isInside, pointOf } from "./coordinates";
import type { Mark } from "./overlay";

const REACH = 14; // pixels of the screen within which a pin is taken hold of
const APART = 2; // pixels of the picture that the places of a stroke lie apart at least
const MOST = 5000; // places that the server takes of a stroke

export class Editing {
  private dragged: number | null = null;
  private painted: Stroke | null = null;

  constructor(
    private readonly store: Store,
    private readonly side: Side,
    private readonly viewer: OpenSeadragon.Viewer,
    private readonly picture: () => Picture | null,
    private readonly redraw: () => void,
  ) {}

  begin(place: Place): boolean {
    const { tool, pendingPin } = this.store;
    const picture = this.picture();
    if (!picture || !isInside(place, picture.size)) return false;
    this.dragged = this.paints || pendingPin ? null : this.pinAt(place);
    return tool === "brush" || tool === "lasso" || this.dragged !== null;
  }

  drag(places: Place[], ended: boolean): void {
    const { store } = this;
    if (this.dragged !== null) {
      const place = places[places.length - 1]!;
      if (places.length > 1) store.movePin(this.dragged, this.side === "target" ? { target: place } : { reference: place });
      store.set({ chosenPin: this.dragged });
      if (ended) this.dragged = null;
      return;
    }
    const isLasso = store.tool === "lasso";
    const radius = isLasso ? Math.max(1, store.radius / 4) : store.radius;
    this.painted = {
      points: thinned(places),
      radius: Math.min(2000, radius),
      softness: store.softness,
      fill: isLasso,
      erase: store.erase,
    };
    if (ended) {
      store.addStroke(this.side, this.painted);
      this.painted = null;
    }
    this.redraw();
  }

  /** Move the chosen pin's end in this viewer. */
  nudge([right, down]: Place): void {
    const { chosenPin, request } = this.store;
    const pin = chosenPin === null ? undefined : request.pins[chosenPin];
    const size = this.picture()?.size;
    if (!pin || !size || chosenPin === null) return;
    const [x, y] = pin[this.side];
    this.store.movePin(chosenPin, { [this.side]: clamped([x + right, y + down], size) });
  }

  pinAt(place: Place): number | null {
    const [x, y] = pointOf(this.viewer, place);
    const found = this.store.request.pins.findIndex((pin) => {
      if (!this.isShown(pin.of)) return false;
      const [other, below] = pointOf(this.viewer, pin[this.side]);
      return Math.hypot(x - other, y - below) < REACH;
    });
    return found < 0 ? null : found;
  }

  get marks(): Mark[] {
    const { request, chosenPin } = this.store;
    return request.pins.flatMap((pin, n) =>
      this.isShown(pin.of) ? [{ place: pin[this.side], label: String(n + 1), chosen: n === chosenPin }] : [],
    );
  }

  get strokes(): readonly Stroke[] {
    const { request, layer, activeReference } = this.store;
    if (!this.paints) return [];
    const strokes = maskOf(request, this.side, layer, activeReference)?.strokes ?? [];
    return this.painted ? [...strokes, this.painted] : strokes;
  }

  private get paints(): boolean {
    return this.store.tool === "brush" || this.store.tool === "lasso";
  }

  private isShown(reference: number): boolean {
    return this.side === "target" || reference === this.store.activeReference;
  }
}

/** Return places without those that hardly differ from the one before. */
function thinned(places: Place[]): Place[] {
  const kept: Place[] = [places[0]!];
  for (const place of places.slice(1)) {
    const last = kept[kept.length - 1]!;
    if (Math.hypot(place[0] - last[0], place[1] - last[1]) >= APART) kept.push(place);
  }
  return kept.slice(0, MOST);
}
