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

export function settingsPanel(store: Store): TemplateResult | typeof nothing {
  const { schema, request } = store;
  if (!schema) return nothing;
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
              @change=${() => store.change(text.steps.mode(text[mode]), { mode })}
            />
            ${text[mode]}<small>${mode === "transfer" ? text.transferHint : text.colorizeHint}</small>
          </label>`,
        )}
      </fieldset>
      <h2 id="settings-heading">${text.settings}</h2>
      ${presets(store)} ${first.map((name) => settingControl(store, name, schema.properties[name]!))}
      ${Object.keys(request.settings).length
        ? html`<button @click=${() => store.change(text.steps.reset, { settings: {} })}>${text.resetSettings}</button>`
        : nothing}
      <details>
        <summary>${text.moreSettings}</summary>
        ${[...stages].map(
          ([stage, names]) => html`<h3>${text.stages[stage] ?? plainName(stage)}</h3>
            ${names.map((name) => settingControl(store, name, schema.properties[name]!))}`,
        )}
      </details>
    </section>
  `;
}

function presets(store: Store): TemplateResult {
  const { mode, settings } = store.request;
  const offered = text.presets[mode];
  const current = offered.findIndex(([, values]) => isSame(values, settings));
  return html`<label class="preset">
    ${text.preset}
    <select
      @change=${(event: Event) => {
        const [name, values] = offered[Number((event.target as HTMLSelectElement).value)]!;
        store.change(text.steps.preset(name), { settings: { ...values } });
      }}
    >
      ${current < 0 ? html`<option value="-1" .selected=${true}>${text.presetOwn}</option>` : nothing}
      ${offered.map(([name], n) => html`<option value=${n} .selected=${n === current}>${name}</option>`)}
    </select>
  </label>`;
}

function isSame(one: Record<string, unknown>, other: Record<string, unknown>): boolean {
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...names].every((name) => one[name] === other[name]);
}

function isFallback(store: Store): boolean {
  return (store.request.settings["fallback"] ?? "none") !== "none";
}
