/** How target and result are compared, and what is shown over them. */
import { html, nothing, type TemplateResult } from "lit";
import type { Overlay, Store, View } from "../state/store";
import type { TargetView } from "../viewer/target-view";
import { text } from "../text/en";

const OVERLAYS: [Overlay, string][] = [
  ["none", text.overlayNone],
  ["superpixels", text.overlaySuperpixels],
  ["confidence", text.overlayConfidence],
  ["matched", text.overlayMatched],
  ["clipped", text.overlayClipped],
];

export function viewBar(store: Store, view: () => TargetView): TemplateResult {
  const hold = (showsBefore: boolean) => () => store.set({ showsBefore });
  return html`<div class="view-bar">
    <div role="group" aria-label=${text.view}>
      ${(["slider", "side", "result"] as View[]).map(
        (each) => html`<button aria-pressed=${store.view === each} @click=${() => store.set({ view: each })}>
          ${text[each]}
        </button>`,
      )}
      <button
        aria-keyshortcuts="T"
        @pointerdown=${hold(true)}
        @pointerup=${hold(false)}
        @pointerleave=${hold(false)}
        @keydown=${(event: KeyboardEvent) => (event.key === " " ? hold(true)() : undefined)}
        @keyup=${hold(false)}
      >
        ${text.hold}
      </button>
    </div>
    <div role="group" aria-label="Zoom">
      <button @click=${() => view().fit()}>${text.fit}</button>
      <button @click=${() => view().oneToOne()}>${text.oneToOne}</button>
      <button aria-label=${text.zoomIn} @click=${() => view().zoom(1.5)}>+</button>
      <button aria-label=${text.zoomOut} @click=${() => view().zoom(1 / 1.5)}>−</button>
    </div>
    <label>
      ${text.overlay}
      <select
        @change=${(event: Event) => store.set({ overlay: (event.target as HTMLSelectElement).value as Overlay })}
      >
        ${OVERLAYS.map(
          ([name, label]) => html`<option value=${name} ?selected=${name === store.overlay}>${label}</option>`,
        )}
      </select>
    </label>
    ${store.view === "slider" && store.result
      ? html`<input
          class="split"
          type="range"
          min="0"
          max="1"
          step="0.005"
          aria-label=${text.sliderLabel}
          .value=${String(store.split)}
          @input=${(event: Event) => store.set({ split: Number((event.target as HTMLInputElement).value) })}
        />`
      : nothing}
  </div>`;
}

export function underCursor(store: Store): TemplateResult {
  const { maps, hovered } = store;
  if (hovered === null || !maps) return html`<p class="under"></p>`;
  const best = maps.attended(hovered, store.activeReference)[0];
  return html`<p class="under">
    ${text.underCursor}: ${store.under} · ${text.superpixel} ${hovered}
    ${best ? html` · ${text.attends(`${Math.round(100 * best.weight)} %`)}` : nothing}
  </p>`;
}
