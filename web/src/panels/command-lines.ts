/** Lines for the command line and for Python that give the result that is seen. */
import type { ResultRequest } from "../api/types";

/** What the lines are made from: the request, and the names of the files. */
export interface Named {
  request: ResultRequest;
  target: string;
  references: string[];
}

export function commandOf({ request, target, references }: Named): string {
  const words = ["huegraft", request.mode, ...[target, ...references].map(plainPath), "-o", "result.png"];
  for (const [name, value] of Object.entries(request.settings)) {
    const flag = name.replaceAll("_", "-");
    if (typeof value === "boolean") words.push(`--${value ? "" : "no-"}${flag}`);
    else words.push(`--${flag}`, Array.isArray(value) ? value.join(",") : String(value));
  }
  if (request.target_mask) words.push("--target-mask", "masks/target.png");
  for (const [n, mask] of request.reference_masks.entries()) {
    words.push("--reference-mask", mask ? `masks/reference_${n + 1}.png` : "");
  }
  for (const [n, region] of request.regions.entries()) {
    const number = region.reference == null ? "" : `:${region.reference + 1}`;
    words.push("--region", `${fileOf(region.target_mask, n, "target")}:${fileOf(region.reference_mask, n, "reference")}${number}`);
  }
  for (const pin of request.pins) words.push("--pin", `${pin.target}:${pin.reference}:${pin.of + 1}`);
  return words.map(quoted).join(" ");
}

export function pythonOf({ request, target, references }: Named): string {
  const read = (name: string): string => `huegraft.read_picture(${JSON.stringify(name)})`;
  const mask = (name: string): string => (name ? `huegraft.read_mask(${JSON.stringify(name)})` : "None");
  const given = ["target", "references"];
  for (const [name, value] of Object.entries(request.settings)) given.push(`${name}=${pythonValue(value)}`);
  if (request.target_mask) given.push(`target_mask=${mask("masks/target.png")}`);
  if (request.reference_masks.length) {
    const masks = request.reference_masks.map((each, n) => mask(each ? `masks/reference_${n + 1}.png` : ""));
    given.push(`reference_masks=[${masks.join(", ")}]`);
  }
  if (request.regions.length) {
    const regions = request.regions.map((each, n) => {
      const masks = [mask(fileOf(each.target_mask, n, "target")), mask(fileOf(each.reference_mask, n, "reference"))];
      return `huegraft.Region(${masks.join(", ")}, ${each.reference ?? "None"})`;
    });
    given.push(`regions=[${regions.join(", ")}]`);
  }
  if (request.pins.length) {
    const pins = request.pins.map((pin) => `huegraft.Pin((${pin.target}), (${pin.reference}), ${pin.of})`);
    given.push(`pins=[${pins.join(", ")}]`);
  }
  return [
    "import huegraft",
    "",
    `target = ${read(target)}`,
    `references = [${references.map(read).join(", ")}]`,
    `result = huegraft.${request.mode}(${given.join(", ")})`,
    'huegraft.write_picture("result.png", result.image)',
    "",
  ].join("\n");
}

export function hasMasks(request: ResultRequest): boolean {
  return request.target_mask !== null || request.reference_masks.length > 0 || request.regions.length > 0;
}

/** Return the name that a recipe gives to the file of a region's mask. */
function fileOf(mask: unknown, region: number, side: string): string {
  return mask ? `masks/region_${region + 1}_${side}.png` : "";
}

function pythonValue(value: unknown): string {
  if (typeof value === "boolean") return value ? "True" : "False";
  if (Array.isArray(value)) return `[${value.map(pythonValue).join(", ")}]`;
  return value === null ? "None" : JSON.stringify(value);
}

/** Return the name of a file as no option can be meant. */
function plainPath(name: string): string {
  return name.startsWith("-") ? `./${name}` : name;
}

function quoted(word: string): string {
  return /^[\w.,:/=+@-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
