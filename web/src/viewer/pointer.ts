/** Pointing at a viewer: by the mouse, by touch, and by the keys of a cursor. */
import OpenSeadragon from "openseadragon";
import type { Place, Size } from "../api/types";
import { clamped, isInside, placeAt } from "./coordinates";

export interface Pointing {
  size: () => Size | null;
  /** Whether dragging draws instead of moving the picture. */
  draws: (place: Place) => boolean;
  hover: (place: Place | null, at: { x: number; y: number }) => void;
  click: (place: Place) => void;
  drawn: (points: Place[], ended: boolean) => void;
  cursor: (place: Place | null) => void;
}

const STEP = 8; // pixels of the screen that an arrow key moves the cursor by

/** Follow pointer and keys over a viewer. */
export function followPointer(viewer: OpenSeadragon.Viewer, pointing: Pointing): void {
  const element = viewer.element as HTMLElement;
  let points: Place[] | null = null;
  let cursor: Place | null = null;

  const there = (event: MouseEvent): Place | null => {
    const box = element.getBoundingClientRect();
    return placeAt(viewer, event.clientX - box.left, event.clientY - box.top);
  };

  element.addEventListener("pointermove", (event) => {
    const size = pointing.size();
    const place = there(event);
    if (!size) return;
    if (points && place) {
      points.push(clamped(place, size));
      pointing.drawn(points, false);
      return;
    }
    pointing.hover(isInside(place, size) ? place : null, { x: event.clientX, y: event.clientY });
  });
  element.addEventListener("pointerleave", () => pointing.hover(null, { x: 0, y: 0 }));

  // Capturing, since the viewer would move the picture otherwise.
  element.addEventListener(
    "pointerdown",
    (event) => {
      const size = pointing.size();
      const place = there(event);
      if (event.button !== 0 || !size || !isInside(place, size) || !pointing.draws(place)) return;
      event.stopPropagation();
      event.preventDefault();
      element.setPointerCapture(event.pointerId);
      points = [place];
      pointing.drawn(points, false);
    },
    { capture: true },
  );
  const end = (event: PointerEvent): void => {
    if (!points) return;
    event.stopPropagation();
    pointing.drawn(points, true);
    points = null;
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
    if (!size) return;
    const moves: Record<string, Place> = {
      ArrowLeft: [-1, 0],
      ArrowRight: [1, 0],
      ArrowUp: [0, -1],
      ArrowDown: [0, 1],
    };
    const move = moves[event.key];
    if (move) {
      const item = viewer.world.getItemAt(0);
      if (!item) return;
      const pixels = (event.shiftKey ? 5 * STEP : STEP) / item.viewportToImageZoom(viewer.viewport.getZoom());
      const from = cursor ?? [size.width / 2, size.height / 2];
      cursor = clamped([from[0] + move[0] * pixels, from[1] + move[1] * pixels], size);
      pointing.cursor(cursor);
      pointing.hover(cursor, { x: 0, y: 0 });
    } else if ((event.key === "Enter" || event.key === " ") && cursor) {
      if (pointing.draws(cursor)) pointing.drawn([cursor], true);
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
  });
}
