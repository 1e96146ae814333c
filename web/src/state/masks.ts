/** Masks and regions of a request: where strokes go, and what stays when a reference is removed. */
import type { Mask, ResultRequest, Stroke } from "../api/types";

export type Side = "target" | "reference";

/** The mask that strokes belong to: the whole picture's, or that of a region, which may be a new one. */
export type Layer = number | null;

/** Return the mask of a side and a layer; null without one. */
export function maskOf(request: ResultRequest, side: Side, layer: Layer, reference: number): Mask | null {
  if (layer === null) return (side === "target" ? request.target_mask : request.reference_masks[reference]) ?? null;
  const region = request.regions[layer];
  if (side === "target") return region?.target_mask ?? null;
  return region?.reference === reference ? (region.reference_mask ?? null) : null;
}

/** Return what changes in a request when the mask of a side and a layer becomes another one. */
export function withMask(
  request: ResultRequest,
  side: Side,
  layer: Layer,
  reference: number,
  mask: Mask | null,
): Partial<ResultRequest> {
  if (layer === null) {
    if (side === "target") return { target_mask: mask };
    const masks = request.references.map((_, n) => (n === reference ? mask : (request.reference_masks[n] ?? null)));
    return { reference_masks: masks.some(Boolean) ? masks : [] };
  }
  const regions = [...request.regions];
  const region = regions[layer] ?? {};
  regions[layer] = side === "target" ? { ...region, target_mask: mask } : { ...region, reference_mask: mask, reference };
  return { regions: regions.filter((each) => each.target_mask || each.reference_mask) };
}

/** Return a mask with one stroke more. */
export function withStroke(mask: Mask | null, stroke: Stroke): Mask {
  return { ...mask, strokes: [...(mask?.strokes ?? []), stroke] };
}

const STROKE = { radius: 20, softness: 0.5, fill: false, erase: false }; // as the server has it

/** Return a mask of the server with what it leaves out: values that are as by default. */
export function wholeMask(mask: Mask | null | undefined): Mask | null {
  return mask ? { ...mask, strokes: (mask.strokes ?? []).map((each) => ({ ...STROKE, ...each })) } : null;
}

/** Return what changes in a request when a reference goes. Pins and regions that need it go too. */
export function withoutReference(request: ResultRequest, index: number): Partial<ResultRequest> {
  const renamed = (of: number): number => (of > index ? of - 1 : of);
  return {
    references: request.references.filter((_, n) => n !== index),
    reference_masks: request.reference_masks.filter((_, n) => n !== index),
    pins: request.pins.filter((pin) => pin.of !== index).map((pin) => ({ ...pin, of: renamed(pin.of) })),
    regions: request.regions
      .filter((region) => region.reference !== index)
      .map((region) => (region.reference == null ? region : { ...region, reference: renamed(region.reference) })),
  };
}
