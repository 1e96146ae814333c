/** What came out: how far it is, what to know and to do, and the history. */
import { html, nothing, type TemplateResult } from "lit";
import type { Store } from "../state/store";
import { text } from "../text/en";

const LOW_FIT = 0.1; // below it, the server says that the references hardly fit
const LOW_CONFIDENCE = 0.5;
const CLIPPED = 0.005; // the share of the pixels from which on clipping is said

export function statusLine(store: Store): TemplateResult {
  const working = store.status === "queued" || store.status === "running" || store.busy > 0;
  return html`<p class="status" role="status" data-working=${working}>
    ${working ? html`<span class="spinner" aria-hidden="true"></span>` : nothing} ${progress(store, working)}
  </p>`;
}

export function errorLine(store: Store): TemplateResult | typeof nothing {
  if (!store.lost && !store.message) return nothing;
  return html`<div class="error">
    <p role="alert">${store.lost ? text.connectionLost : store.message}</p>
    ${store.lost ? nothing : html`<button @click=${() => store.set({ message: "" })}>${text.close}</button>`}
  </div>`;
}

function progress(store: Store, working: boolean): string {
  if (store.status === "queued" && store.place > 1) return text.queued(store.place);
  if (store.status === "running" && store.node) return `${text.working}: ${text.stage[store.node] ?? store.node}`;
  if (working) return text.working;
  return store.result && store.status === "idle" ? text.ready : "";
}

export function advice(store: Store): TemplateResult | typeof nothing {
  const facts = store.result?.facts;
  if (!facts) return nothing;
  const { settings, mode } = store.request;
  const keeps = mode === "transfer" ? "keep" : "neutral";
  const isLow = facts.confidence < LOW_CONFIDENCE && (settings["fallback"] ?? "none") === "none";
  const compresses = (settings["gamut"] ?? (mode === "colorize" ? "compress" : "clip")) === "compress";
  const clipped = compresses ? 0 : (store.maps?.clippedShare ?? 0);
  return html`<section aria-labelledby="advice-heading" class="advice">
    <h2 id="advice-heading">${text.notes}</h2>
    <p>${text.figures(facts.fit, facts.confidence)}</p>
    ${facts.notes.map((note) => html`<p class="warning">${note}</p>`)}
    ${facts.fit < LOW_FIT
      ? html`<p>${text.lowFit}</p>
          ${store.references.length > 1
            ? html`<button @click=${() => store.set({ dialog: "suggest" })}>${text.suggestions}</button>`
            : nothing}`
      : nothing}
    ${isLow
      ? html`<p class="warning">${mode === "transfer" ? text.lowConfidence : text.lowConfidenceGrey}</p>
          <div class="row">
            <button @click=${() => store.set({ overlay: "confidence" })}>${text.showDoubtful}</button>
            <button @click=${() => store.changeSetting("fallback", keeps)}>
              ${mode === "transfer" ? text.keepDoubtful : text.greyDoubtful}
            </button>
          </div>`
      : nothing}
    ${clipped > CLIPPED
      ? html`<p class="warning">${text.clippedShare(clipped)}</p>
          <div class="row">
            <button @click=${() => store.set({ overlay: "clipped" })}>${text.showClipped}</button>
            <button @click=${() => store.changeSetting("gamut", "compress")}>${text.compress}</button>
          </div>`
      : nothing}
    ${store.target && store.target.profile !== "srgb" ? html`<p>${text.wide}</p>` : nothing}
  </section>`;
}

export function historyList(store: Store): TemplateResult | typeof nothing {
  const { steps, current } = store.history;
  if (!steps.length) return nothing;
  return html`<section aria-labelledby="history-heading">
    <h2 id="history-heading">${text.history}</h2>
    <div class="row">
      <button title=${text.keepAsAHint} ?disabled=${!store.result} @click=${() => store.keepAsA()}>${text.keepAsA}</button>
      ${store.other
        ? html`<div class="row" role="group" aria-label=${text.compare}>
            ${[true, false].map(
              (isA) => html`<button
                aria-pressed=${store.showsA === isA}
                aria-keyshortcuts="A"
                @click=${() => (store.showsA === isA ? undefined : store.swap())}
              >
                ${isA ? text.a : text.b}
              </button>`,
            )}
          </div>`
        : nothing}
    </div>
    <ol class="list history" reversed>
      ${steps
        .map(
          (each, n) => html`<li>
            <button aria-current=${n === current} @click=${() => store.goTo(n)}>
              <span>${each.name}</span> <small>${described(each.request.settings)}</small>
            </button>
          </li>`,
        )
        .reverse()}
    </ol>
  </section>`;
}

function described(settings: Record<string, unknown>): string {
  return Object.entries(settings)
    .map(([name, value]) => `${text.plain[name]?.[0] ?? name} ${String(value)}`)
    .join(", ");
}
