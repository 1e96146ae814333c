/** Tools: pointing, pins, brush and outline. */
import { html, nothing, type TemplateResult } from "lit";
import type { Store, Tool } from "../state/store";
import { text } from "../text/en";

const TOOLS: [Tool, string][] = [
  ["look", "L"],
  ["pin", "P"],
  ["brush", "B"],
  ["lasso", "O"],
];

export function toolbar(store: Store): TemplateResult {
  return html`<div class="toolbar" role="toolbar" aria-label=${text.tools}>
    ${TOOLS.map(
      ([tool, key]) => html`<button
        aria-pressed=${store.tool === tool}
        aria-keyshortcuts=${key}
        title=${hint(tool)}
        @click=${() => store.set({ tool, pendingPin: null })}
      >
        ${text[tool]}
      </button>`,
    )}
    <button ?disabled=${!store.history.canUndo} aria-keyshortcuts="Control+Z" @click=${() => store.undo()}>
      ${text.undo}
    </button>
    <button ?disabled=${!store.history.canRedo} aria-keyshortcuts="Control+Y" @click=${() => store.redo()}>
      ${text.redo}
    </button>
  </div>`;
}

export function toolOptions(store: Store): TemplateResult {
  const isMask = store.tool === "brush" || store.tool === "lasso";
  const words = store.pendingPin ? text.pinReference : hint(store.tool);
  return html`<div class="tool-options">
    <p>${words}</p>
    ${isMask
      ? html`
          ${range(text.radius, store.radius, 4, 400, 1, (radius) => store.set({ radius }))}
          ${range(text.softness, store.softness, 0, 1, 0.05, (softness) => store.set({ softness }))}
          <label>
            <input
              type="checkbox"
              .checked=${store.erase}
              @change=${(event: Event) => store.set({ erase: (event.target as HTMLInputElement).checked })}
            />
            ${text.erase}
          </label>
          ${store.request.target_mask
            ? html`<button @click=${() => store.change("clear mask", { target_mask: null })}>${text.clearMask}</button>`
            : nothing}
        `
      : nothing}
  </div>`;
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
