/** What came out: how far it is, what to know, and the history. */
import { html, nothing, type TemplateResult } from "lit";
import type { Store } from "../state/store";
import { text } from "../text/en";

const LOW_FIT = 0.3;
const LOW_CONFIDENCE = 0.6;

export function statusLine(store: Store): TemplateResult {
  const working = store.status === "queued" || store.status === "running" || store.busy > 0;
  const words =
    store.status === "queued"
      ? store.place > 1
        ? text.queued(store.place)
        : text.working
      : store.status === "running"
        ? `${text.working}: ${text.stage[store.node] ?? store.node}`
        : store.result
          ? text.ready
          : "";
  return html`<p class="status" role="status" data-working=${working}>
      ${working ? html`<span class="spinner" aria-hidden="true"></span>` : nothing} ${words}
    </p>
    ${store.lost || store.message
      ? html`<p class="error" role="alert">${store.lost ? text.connectionLost : store.message}</p>`
      : nothing}`;
}

export function advice(store: Store): TemplateResult {
  const facts = store.result?.facts;
  if (!facts) return html``;
  const isLow = facts.confidence < LOW_CONFIDENCE;
  return html`<section aria-labelledby="advice-heading" class="advice">
    <h2 id="advice-heading">${text.notes}</h2>
    <p>${text.fitOf(facts.fit)}, ${text.confidence} ${facts.confidence.toFixed(2)}</p>
    ${facts.fit < LOW_FIT
      ? html`<p class="warning">${text.lowFit}</p>
          <button @click=${() => store.set({ dialog: "suggest" })}>${text.suggest}</button>`
      : nothing}
    ${isLow
      ? html`<p class="warning">${text.lowConfidence}</p>
          <button @click=${() => store.changeSetting("fallback", "keep")}>${text.keepDoubtful}</button>
          <button @click=${() => store.set({ overlay: "confidence" })}>${text.overlayConfidence}</button>`
      : nothing}
    ${facts.notes.map((note) => html`<p><small>${note}</small></p>`)}
  </section>`;
}

export function historyList(store: Store): TemplateResult {
  const { entries, current } = store.history;
  if (entries.length < 2) return html``;
  return html`<section aria-labelledby="history-heading">
    <h2 id="history-heading">${text.history}</h2>
    <div class="row">
      <button @click=${() => store.set({ keptA: structuredClone(store.request) })}>${text.keepAsA}</button>
      ${store.keptA
        ? html`<button
            @pointerdown=${() => void store.swapA(true)}
            @pointerup=${() => void store.swapA(false)}
            @pointerleave=${() => void store.swapA(false)}
          >
            ${text.showA}
          </button>`
        : nothing}
    </div>
    <ol class="history">
      ${entries.map(
        (each, n) => html`<li>
          <button aria-current=${n === current} @click=${() => store.goTo(n)}>${described(each.settings, each.pins.length)}</button>
        </li>`,
      )}
    </ol>
  </section>`;
}

function described(settings: Record<string, unknown>, pins: number): string {
  const parts = Object.entries(settings).map(([name, value]) => `${name} ${String(value)}`);
  if (pins) parts.push(`${text.pins} ${pins}`);
  return parts.join(", ") || text.resetSettings;
}
