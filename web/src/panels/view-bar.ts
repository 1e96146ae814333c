/** How target and result are compared, what is shown over them, and the colours under the cursor. */
import { html, nothing, type TemplateResult } from "lit";
import type { Color, Overlay, Store, View } from "../state/store";
import { text } from "../text/en";
import type { TargetView } from "../viewer/target-view";
import { statusLine } from "./results";

export function viewBar(store: Store, view: () => TargetView): TemplateResult {
  const hold = (showsBefore: boolean) => () => {
    if (store.showsBefore !== showsBefore) store.set({ showsBefore });
  };
  return html`<div class="view-bar">
    <div role="group" aria-label=${text.view}>
      ${(["slider", "side", "result"] as View[]).map(
        (each) => html`<button aria-pressed=${store.view === each} @click=${() => store.set({ view: each })}>
          ${text[each]}
        </button>`,
      )}
      <button
        aria-keyshortcuts="T"
        ?disabled=${!store.result}
        @pointerdown=${hold(true)}
        @pointerup=${hold(false)}
        @pointerleave=${hold(false)}
        @blur=${hold(false)}
        @keydown=${(event: KeyboardEvent) => {
          if (event.key === " " || event.key === "Enter") hold(true)();
        }}
        @keyup=${hold(false)}
      >
        ${text.hold}
      </button>
    </div>
    <div role="group" aria-label=${text.zoom}>
      <button @click=${() => view().fit()}>${text.fit}</button>
      <button @click=${() => view().oneToOne()}>${text.oneToOne}</button>
      <button aria-label=${text.zoomIn} @click=${() => view().zoom(1.5)}>+</button>
      <button aria-label=${text.zoomOut} @click=${() => view().zoom(1 / 1.5)}>−</button>
    </div>
    <label>
      ${text.overlay}
      <select @change=${(event: Event) => store.set({ overlay: (event.target as HTMLSelectElement).value as Overlay })}>
        ${Object.entries(text.overlays).map(
          ([name, label]) => html`<option value=${name} .selected=${name === store.overlay}>${label}</option>`,
        )}
      </select>
    </label>
    ${store.overlay === "none" ? nothing : html`<small>${text.legend[store.overlay]}</small>`} ${statusLine(store)}
  </div>`;
}

export function splitSlider(store: Store): TemplateResult | typeof nothing {
  if (store.view !== "slider" || !store.result) return nothing;
  return html`<input
    class="split"
    type="range"
    min="0"
    max="1"
    step="0.005"
    aria-label=${text.sliderLabel}
    .value=${String(store.split)}
    @input=${(event: Event) => store.set({ split: Number((event.target as HTMLInputElement).value) })}
  />`;
}

export function underCursor(store: Store): TemplateResult {
  const { pointed, under } = store;
  if (!pointed || !under) return html`<p class="under"><small>${store.target ? text.hoverHint : ""}</small></p>`;
  return html`<p class="under" aria-live="polite">
    <span>${Math.floor(pointed[0])}, ${Math.floor(pointed[1])}</span>
    ${swatch(text.own, under.own)} ${swatch(text.resulting, under.result)}
    ${under.isShrunk ? html`<small>${text.shrunk}</small>` : nothing}
    <span class="apart">${swatch(text.matched, under.matched)}</span>
    ${under.confidence === null ? nothing : html`<span>${text.confidence} ${text.percent(under.confidence)}</span>`}
  </p>`;
}

/** How much of the colour under the cursor the best place of the shown reference gives. */
export function attendedShare({ maps, hovered, activeReference }: Store): TemplateResult {
  const best = hovered === null || !maps ? undefined : maps.attended(hovered, activeReference)[0];
  return html`<p class="attended"><small>${best ? text.attends(best.weight) : ""}</small></p>`;
}

function swatch(name: string, color: Color | null): TemplateResult | typeof nothing {
  if (!color) return nothing;
  // The property, not the attribute, which the policy forbids.
  return html`<span class="swatch">
    <span class="color" .style=${`background: rgb(${color.join(" ")})`}></span>
    ${name} <span class="numbers">${color.join(" ")}</span>
  </span>`;
}
