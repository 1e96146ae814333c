/** Pointing at a viewer: by the mouse, by touch, and by the keys of a cursor. */
import type OpenSeadragon from "openseadragon";
import type { Place, Size } from "../api/types";
import { clamped, isInside, placeAt } from "./coordinates";

export interface Pointing {
  size: () => Size | null;
  /** Begin something that dragging does instead of moving the picture. Return whether it began. */
  begin: (place: Place) => boolean;
  /** Go on with it: all places so far, and whether it ended. */
  drag: (places: Place[], ended: boolean) => void;
  hover: (place: Place | null) => void;
  click: (place: Place) => void;
  /** Move what is chosen by some pixels of the picture. */
  nudge: (by: Place) => void;
  cursor: (place: Place | null) => void;
}

const STEP = 8; // pixels of the screen that an arrow key moves the cursor by
const ARROWS: Record<string, Place> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** Follow pointer and keys over a viewer. */
export function followPointer(viewer: OpenSeadragon.Viewer, pointing: Pointing): void {
  const element = viewer.element as HTMLElement;
  let places: Place[] | null = null;
  let cursor: Place | null = null;

  const there = (event: MouseEvent): Place | null => {
    const box = element.getBoundingClientRect();
    return placeAt(viewer, event.clientX - box.left, event.clientY - box.top);
  };

  element.addEventListener("pointermove", (event) => {
    const size = pointing.size();
    const place = there(event);
    if (!size || !place) return;
    if (places) {
      places.push(clamped(place, size));
      pointing.drag(places, false);
    } else pointing.hover(isInside(place, size) ? place : null);
  });
  element.addEventListener("pointerleave", () => pointing.hover(null));

  // Capturing, since the viewer would move the picture otherwise.
  element.addEventListener(
    "pointerdown",
    (event) => {
      const size = pointing.size();
      const place = there(event);
      if (event.button !== 0 || !size || !place || !pointing.begin(place)) return;
      event.stopPropagation();
      event.preventDefault();
      element.focus({ preventScroll: true });
      element.setPointerCapture(event.pointerId);
      places = [clamped(place, size)];
      pointing.drag(places, false);
    },
    { capture: true },
  );
  const end = (event: PointerEvent): void => {
    if (!places) return;
    event.stopPropagation();
    pointing.drag(places, true);
    places = null;
  };
  element.addEventListener("pointerup", end, { capture: true });
  element.addEventListener("pointercancel", end, { capture: true });

  viewer.addHandler("canvas-click", (event) => {
    const size = pointing.size();
    if (!event.quick || !size) return;
    const place = placeAt(viewer, event.position.x, event.position.y);
    if (isInside(place, size)) pointing.click(place);
  });
  viewer.addHandler("canvas-key", (event) => {
    event.preventDefaultAction = true; // the cursor takes the arrow keys
  });

  element.addEventListener("keydown", (event) => {
    const size = pointing.size();
    const item = viewer.world.getItemAt(0);
    if (!size || !item || event.ctrlKey || event.metaKey) return;
    const way = ARROWS[event.key];
    if (way) {
      const pixels = (event.shiftKey ? 5 * STEP : STEP) / item.viewportToImageZoom(viewer.viewport.getZoom());
      const by: Place = [way[0] * pixels, way[1] * pixels];
      if (event.altKey) pointing.nudge(by);
      else {
        const from = cursor ?? [size.width / 2, size.height / 2];
        cursor = clamped([from[0] + by[0], from[1] + by[1]], size);
        pointing.cursor(cursor);
        pointing.hover(cursor);
      }
    } else if (event.key === "Enter" && cursor) {
      if (pointing.begin(cursor)) pointing.drag([cursor], true);
      else pointing.click(cursor);
    } else if (event.key === "+" || event.key === "=") viewer.viewport.zoomBy(1.25);
    else if (event.key === "-") viewer.viewport.zoomBy(0.8);
    else if (event.key === "0") viewer.viewport.goHome();
    else return;
    event.preventDefault();
  });
  element.addEventListener("blur", () => {
    cursor = null;
    pointing.cursor(null);
    pointing.hover(null);
  });
}
