/** Which superpixel lies at a place, and where its outline runs. */
import type { Place, Size } from "../api/types";
import { BESIDE, type Labels } from "../state/maps";

/** Return the superpixel at a place of the full-size picture; null in bars and outside. */
export function superpixelAt(labels: Labels, place: Place, size: Size): number | null {
  const column = Math.floor((place[0] * labels.width) / size.width);
  const row = Math.floor((place[1] * labels.height) / size.height);
  if (column < 0 || row < 0 || column >= labels.width || row >= labels.height) return null;
  const found = labels.values[row * labels.width + column]!;
  return found === BESIDE ? null : found;
}

/** Return the value of a map, from 0 to 255 for each channel, at a place of the full-size picture. */
export function valueAt(map: ImageData, place: Place, size: Size): [number, number, number] {
  const column = Math.min(map.width - 1, Math.floor((place[0] * map.width) / size.width));
  const row = Math.min(map.height - 1, Math.floor((place[1] * map.height) / size.height));
  const n = 4 * (row * map.width + column);
  return [map.data[n]!, map.data[n + 1]!, map.data[n + 2]!];
}

/** Return one colour, the more opaque the larger `opacity` says for the value of a grey map. */
export function tinted(map: ImageData, color: [number, number, number], opacity: (value: number) => number): ImageData {
  const image = new ImageData(map.width, map.height);
  for (let n = 0; n < map.data.length; n += 4) image.data.set([...color, 255 * opacity(map.data[n]! / 255)], n);
  return image;
}

/** Return a picture of labels: each pixel has the colour that `paint` gives to its label, or none. */
export function painted(labels: Labels, paint: (label: number) => [number, number, number, number] | null): ImageData {
  const image = new ImageData(labels.width, labels.height);
  for (let n = 0; n < labels.values.length; n++) {
    const color = paint(labels.values[n]!);
    if (color) image.data.set(color, 4 * n);
  }
  return image;
}

/** Return a picture of the boundaries between labels, or of the outline of one of them. */
export function outlined(labels: Labels, one: number | null = null): ImageData {
  const { width, height, values } = labels;
  const image = new ImageData(width, height);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const place = row * width + column;
      const label = values[place]!;
      if (one !== null && label !== one) continue;
      const right = column + 1 < width ? values[place + 1] : one === null ? label : BESIDE;
      const below = row + 1 < height ? values[place + width] : one === null ? label : BESIDE;
      const left = column > 0 ? values[place - 1] : label;
      const above = row > 0 ? values[place - width] : label;
      const isEdge = right !== label || below !== label || (one !== null && (left !== label || above !== label));
      if (isEdge) image.data.set([255, 255, 255, one === null ? 130 : 255], 4 * place);
    }
  }
  return image;
}
