/** Places on the screen, and places in the full-size picture. */
import OpenSeadragon from "openseadragon";
import type { Place, Size } from "../api/types";

/** Return the place of the picture, in its pixels, under a point of the viewer's element. */
export function placeAt(viewer: OpenSeadragon.Viewer, x: number, y: number): Place | null {
  const item = viewer.world.getItemAt(0);
  if (!item) return null;
  const point = item.viewerElementToImageCoordinates(new OpenSeadragon.Point(x, y));
  return [point.x, point.y];
}

/** Return the point of the viewer's element where a place of the picture is. */
export function pointOf(viewer: OpenSeadragon.Viewer, place: Place): Place {
  const item = viewer.world.getItemAt(0)!;
  const point = item.imageToViewerElementCoordinates(new OpenSeadragon.Point(place[0], place[1]));
  return [point.x, point.y];
}

export function isInside(place: Place | null, size: Size): place is Place {
  return place !== null && place[0] >= 0 && place[1] >= 0 && place[0] < size.width && place[1] < size.height;
}

export function clamped(place: Place, size: Size): Place {
  return [Math.min(Math.max(place[0], 0), size.width - 0.01), Math.min(Math.max(place[1], 0), size.height - 0.01)];
}
