/** One setting: a slider, a list, a switch or a field, as its schema says. */
import { html, nothing, type TemplateResult } from "lit";
import type { SettingSchema } from "../api/types";
import type { Store } from "../state/store";
import { text } from "../text/en";

const RANGES: Record<string, [number, number]> = {
  // what people move a slider through; the whole range can be typed
  tau: [0.002, 0.3],
  vividness: [0, 2],
  delta_s: [0.1, 50],
  delta_c: [0.01, 10],
  epsilon: [1e-5, 1e-1],
  compactness: [1, 100],
  working_pixels: [2 ** 14, 2 ** 20],
  superpixels: [50, 5000],
  evidence: [1e-4, 1],
  color_width: [1, 50],
  color_evidence: [1e-3, 10],
  local_radius: [0.01, 1],
  local_lightness: [1, 100],
  local_evidence: [1e-3, 10],
  lightness_prior: [0.1, 100],
  sigma_g: [1e-4, 10],
  tolerance: [1e-5, 0.1],
};
const WIDE = 50; // a range whose ends differ by more is moved through by factors

export function settingControl(store: Store, name: string, schema: SettingSchema): TemplateResult {
  const [label, help, symbol] = text.plain[name] ?? [plainName(name), schema.description, ""];
  const own = store.request.settings[name];
  const kind = schema.anyOf?.find((each) => each.type) ?? schema;
  const why = own === undefined ? undefined : store.unused[name];
  return html`<div class="setting" data-setting=${name}>
    <span class="label">
      <label for="setting-${name}">${label}${symbol ? html` <i>${symbol}</i>` : nothing}</label>
      ${own === undefined
        ? nothing
        : html`<button
            class="quiet"
            aria-label=${text.reset(label)}
            title=${text.reset(label)}
            @click=${() => store.changeSetting(name, undefined)}
          >
            ↺
          </button>`}
    </span>
    ${control(store, name, kind, own === undefined ? schema.default : own)}
    <small id="help-${name}">${help}</small>
    ${why ? html`<small class="warning">${text.unused(why)}</small>` : nothing}
  </div>`;
}

function control(store: Store, name: string, schema: SettingSchema, value: unknown): TemplateResult {
  if (schema.enum) {
    return html`<select
      id="setting-${name}"
      aria-describedby="help-${name}"
      @change=${(event: Event) => store.changeSetting(name, (event.target as HTMLSelectElement).value || undefined)}
    >
      ${value === null ? html`<option value="" .selected=${true}>${text.automatic}</option>` : nothing}
      ${schema.enum.map(
        (each) => html`<option value=${each} .selected=${each === value}>
          ${name === "fallback" ? text.choices[each] : each}
        </option>`,
      )}
    </select>`;
  }
  if (schema.type === "boolean") {
    return html`<input
      id="setting-${name}"
      type="checkbox"
      aria-describedby="help-${name}"
      .checked=${Boolean(value)}
      @change=${(event: Event) => store.changeSetting(name, (event.target as HTMLInputElement).checked)}
    />`;
  }
  if (schema.type === "integer" || schema.type === "number") return slider(store, name, schema, value);
  return html`<input
    id="setting-${name}"
    type="text"
    aria-describedby="help-${name}"
    placeholder=${text.automatic}
    .value=${Array.isArray(value) ? value.join(", ") : String(value ?? "")}
    @change=${(event: Event) => store.changeSetting(name, listOf((event.target as HTMLInputElement).value))}
  />`;
}

function slider(store: Store, name: string, schema: SettingSchema, value: unknown): TemplateResult {
  const [low, high] = RANGES[name] ?? [schema.minimum ?? 0, schema.maximum ?? 1];
  const isLogarithmic = low > 0 && high / low > WIDE;
  const isWhole = schema.type === "integer";
  const toShare = (x: number): number => (isLogarithmic ? Math.log(x / low) / Math.log(high / low) : (x - low) / (high - low));
  const fromShare = (share: number): number => {
    const found = isLogarithmic ? low * (high / low) ** share : low + share * (high - low);
    return isWhole ? Math.round(found) : Number(found.toPrecision(3));
  };
  const number = typeof value === "number" ? value : null;
  return html`<span class="slider">
    <input
      id="setting-${name}"
      type="range"
      min="0"
      max="1"
      step=${isWhole && !isLogarithmic ? 1 / (high - low) : 0.002}
      aria-describedby="help-${name}"
      aria-valuetext=${number === null ? text.automatic : String(number)}
      .value=${String(number === null ? 0.5 : Math.min(Math.max(toShare(number), 0), 1))}
      @input=${(event: Event) => store.changeSetting(name, fromShare(Number((event.target as HTMLInputElement).value)))}
    />
    <input
      type="number"
      step="any"
      aria-label=${text.asNumber(plainName(name))}
      min=${schema.minimum ?? nothing}
      max=${schema.maximum ?? nothing}
      placeholder=${text.automatic}
      .value=${number === null ? "" : String(number)}
      @change=${(event: Event) => {
        const typed = (event.target as HTMLInputElement).value;
        store.changeSetting(name, typed === "" ? undefined : Number(typed));
      }}
    />
  </span>`;
}

/** Return a list that was typed with commas: numbers where all are numbers. None stands for the default. */
function listOf(typed: string): unknown {
  const words = typed.split(",").map((word) => word.trim()).filter(Boolean);
  if (!words.length) return undefined;
  return words.every((word) => Number.isFinite(Number(word))) ? words.map(Number) : words;
}

export function plainName(name: string): string {
  const words = name.replaceAll("_", " ");
  return text.plain[name]?.[0] ?? words[0]!.toUpperCase() + words.slice(1);
}
