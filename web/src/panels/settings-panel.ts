/** Settings: few first, the rest folded by the stages of the method. */
import { html, nothing, type TemplateResult } from "lit";
import type { Mode } from "../api/types";
import type { Store } from "../state/store";
import { text } from "../text/en";
import { plainName, settingControl } from "./setting-slider";

const FIRST: Record<Mode, string[]> = {
  transfer: ["strength", "lightness", "contrast", "tau", "fallback", "min_confidence"],
  colorize: ["strength", "vividness", "caution", "tau", "fallback", "min_confidence"],
};

export function settingsPanel(store: Store): TemplateResult {
  const { schema, request } = store;
  if (!schema) return html``;
  const first = FIRST[request.mode].filter((name) => name !== "min_confidence" || isFallback(store));
  const stages = new Map<string, string[]>();
  for (const [name, each] of Object.entries(schema.properties)) {
    const stage = each["x-stage"];
    if (!first.includes(name)) stages.set(stage, [...(stages.get(stage) ?? []), name]);
  }
  return html`
    <section aria-labelledby="settings-heading">
      <fieldset class="modes">
        <legend>${text.mode}</legend>
        ${(["transfer", "colorize"] as const).map(
          (mode) => html`<label>
            <input
              type="radio"
              name="mode"
              .checked=${request.mode === mode}
              @change=${() => store.change("mode", { mode })}
            />
            ${text[mode]}<small>${mode === "transfer" ? text.transferHint : text.colorizeHint}</small>
          </label>`,
        )}
      </fieldset>
      <h2 id="settings-heading">${text.settings}</h2>
      ${first.map((name) => settingControl(store, name, schema.properties[name]!))}
      ${Object.keys(request.settings).length
        ? html`<button @click=${() => store.change("reset", { settings: {} })}>${text.resetSettings}</button>`
        : nothing}
      <details>
        <summary>${text.moreSettings}</summary>
        ${[...stages].map(
          ([stage, names]) => html`<h3>${plainName(stage)}</h3>
            ${names.map((name) => settingControl(store, name, schema.properties[name]!))}`,
        )}
      </details>
    </section>
  `;
}

function isFallback(store: Store): boolean {
  return (store.request.settings["fallback"] ?? "none") !== "none";
}
