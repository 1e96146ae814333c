/** Tools: pointing, pins, brush and outline, and the masks and regions that they made. */
import { html, nothing, type TemplateResult } from "lit";
import type { Region } from "../api/types";
import type { Store, Tool } from "../state/store";
import { text } from "../text/en";

const TOOLS: [Tool, string][] = [
  ["look", "L"],
  ["pin", "P"],
  ["brush", "B"],
  ["lasso", "O"],
];
const WIDEST = 0.5; // of the longer side of the target: the widest brush

export function toolbar(store: Store): TemplateResult {
  return html`<div class="row" role="group" aria-label=${text.tools}>
      ${TOOLS.map(
        ([tool, key]) => html`<button
          aria-pressed=${store.tool === tool}
          aria-keyshortcuts=${key}
          title=${hint(tool)}
          ?disabled=${!store.target}
          @click=${() => store.set({ tool, pendingPin: null })}
        >
          ${text[tool]}
        </button>`,
      )}
    </div>
    <div class="row" role="group" aria-label=${text.history}>
      <button ?disabled=${!store.history.canUndo} aria-keyshortcuts="Control+Z" @click=${() => store.undo()}>
        ${text.undo}
      </button>
      <button ?disabled=${!store.history.canRedo} aria-keyshortcuts="Control+Y" @click=${() => store.redo()}>
        ${text.redo}
      </button>
    </div>`;
}

export function toolOptions(store: Store): TemplateResult | typeof nothing {
  if (!store.target) return nothing;
  if (!store.references.length) return html`<div class="tool-options"><p class="next">${text.needsReference}</p></div>`;
  const { regions } = store.request;
  const isMask = store.tool === "brush" || store.tool === "lasso";
  const longest = Math.max(store.target.size.width, store.target.size.height);
  return html`<div class="tool-options">
    <p class=${store.pendingPin ? "next" : ""}>
      ${store.pendingPin ? text.pinReference : isMask && store.layer !== null ? text.regionHint : hint(store.tool)}
    </p>
    ${isMask
      ? html`
          <label>
            ${text.paint}
            <select
              @change=${(event: Event) => {
                const { value } = event.target as HTMLSelectElement;
                store.set({ layer: value === "" ? null : Number(value) });
              }}
            >
              <option value="" .selected=${store.layer === null}>${text.wholeMask}</option>
              ${regions.map(
                (_, n) => html`<option value=${n} .selected=${store.layer === n}>${text.region(n + 1)}</option>`,
              )}
              <option value=${regions.length} .selected=${store.layer === regions.length}>${text.newRegion}</option>
            </select>
          </label>
          ${range(text.radius, store.radius, 2, Math.round(WIDEST * longest), 1, (radius) => store.set({ radius }))}
          ${range(text.softness, store.softness, 0, 1, 0.05, (softness) => store.set({ softness }))}
          <label>
            <input
              type="checkbox"
              .checked=${store.erase}
              @change=${(event: Event) => store.set({ erase: (event.target as HTMLInputElement).checked })}
            />
            ${text.erase}
          </label>
        `
      : nothing}
  </div>`;
}

/** Masks and regions as a list. */
export function maskList(store: Store): TemplateResult | typeof nothing {
  const { target_mask, reference_masks, regions } = store.request;
  const masks = [
    ...(target_mask ? [entry(text.maskOf.target, "", () => store.clearMask("target", null))] : []),
    ...reference_masks.flatMap((mask, n) =>
      mask
        ? [entry(text.maskOf.reference, store.references[n]?.name ?? "", () => store.clearMask("reference", null, n))]
        : [],
    ),
    ...regions.map((region, n) => entry(text.regionName(n + 1), sides(store, region), () => store.deleteRegion(n))),
  ];
  if (!masks.length) return nothing;
  return html`<section aria-labelledby="masks-heading">
    <h2 id="masks-heading">${text.masks}</h2>
    <ul class="list">
      ${masks}
    </ul>
  </section>`;
}

function entry(name: string, what: string, remove: () => void): TemplateResult {
  return html`<li>
    <span>${name} <small>${what}</small></span>
    <button class="quiet" aria-label=${text.deleteMask(`${name} ${what}`.trim())} @click=${remove}>×</button>
  </li>`;
}

function sides(store: Store, region: Region): string {
  const name = region.reference == null ? "" : (store.references[region.reference]?.name ?? "");
  return text.regionSides(Boolean(region.target_mask), region.reference_mask ? text.partOf(name) : name);
}

function range(
  label: string,
  value: number,
  min: number,
  max: number,
  step: number,
  chosen: (value: number) => void,
): TemplateResult {
  return html`<label class="range">
    ${label}
    <input
      type="range"
      min=${min}
      max=${max}
      step=${step}
      .value=${String(value)}
      @input=${(event: Event) => chosen(Number((event.target as HTMLInputElement).value))}
    />
  </label>`;
}

function hint(tool: Tool): string {
  return { look: text.lookHint, pin: text.pinHint, brush: text.brushHint, lasso: text.lassoHint }[tool];
}
