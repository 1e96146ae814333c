/** Pins as a list, for those who do not point. */
import { html, type TemplateResult } from "lit";
import type { Store } from "../state/store";
import { text } from "../text/en";

export function pinList(store: Store): TemplateResult {
  const { pins } = store.request;
  return html`<section aria-labelledby="pins-heading">
    <h2 id="pins-heading">${text.pins}</h2>
    ${pins.length
      ? html`<ul class="pins">
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
        </ul>`
      : html`<p><small>${text.noPins}</small></p>`}
  </section>`;
}

function place([x, y]: [number, number]): string {
  return `${Math.round(x)}, ${Math.round(y)}`;
}
