/** Pins as a list, for those who do not point. */
import { html, nothing, type TemplateResult } from "lit";
import type { Place } from "../api/types";
import type { Store } from "../state/store";
import { text } from "../text/en";

export function pinList(store: Store): TemplateResult | typeof nothing {
  const { pins } = store.request;
  if (!pins.length) return nothing;
  return html`<section aria-labelledby="pins-heading">
    <h2 id="pins-heading">${text.pins}</h2>
    <ul class="list">
      ${pins.map(
        (pin, n) => html`<li>
          <button
            aria-pressed=${n === store.chosenPin}
            @click=${() => store.set({ chosenPin: n, activeReference: pin.of })}
          >
            ${text.pinNumber(n + 1)}
            <small>${place(pin.target)} → ${store.references[pin.of]?.name ?? ""} ${place(pin.reference)}</small>
          </button>
          <button class="quiet" aria-label=${text.deletePin(n + 1)} @click=${() => store.deletePin(n)}>×</button>
        </li>`,
      )}
    </ul>
  </section>`;
}

function place([x, y]: Place): string {
  return `${Math.round(x)}, ${Math.round(y)}`;
}
