/** A setting under several values, as a sheet to click into. */
import { html, nothing, type TemplateResult } from "lit";
import type { Store } from "../state/store";
import { text } from "../text/en";
import { plainName } from "./setting-slider";

interface Sheet {
  setting: string;
  studies: { changes: Record<string, unknown>; url: string }[];
}

const VALUES: Record<string, unknown[]> = {
  tau: [0.005, 0.015, 0.03, 0.06, 0.12, 0.3],
  strength: [0.25, 0.5, 0.75, 1],
  lightness: [0, 0.33, 0.67, 1],
  vividness: [0, 0.5, 1, 1.5, 2],
  caution: [0, 0.2, 0.5, 1],
  whiten: [0, 0.3, 0.6, 0.9, 1],
  contrast: [0, 0.25, 0.5, 1],
  working_pixels: [32768, 65536, 131072, 262144, 524288],
};

let chosen = "tau";
let sheet: Sheet | null = null;

export function sweepDialog(store: Store): TemplateResult {
  return html`<p>${text.sweepHint}</p>
    <div class="row">
      <label>
        ${text.sweepSetting}
        <select
          @change=${(event: Event) => {
            chosen = (event.target as HTMLSelectElement).value;
            store.changed();
          }}
        >
          ${Object.keys(VALUES).map(
            (name) => html`<option value=${name} ?selected=${name === chosen}>
              ${text.plain[name]?.[0] ?? plainName(name)}
            </option>`,
          )}
        </select>
      </label>
      <button class="primary" ?disabled=${store.busy > 0} @click=${() => void run(store)}>${text.sweepRun}</button>
    </div>
    ${sheet
      ? html`<ul class="sheet">
          ${sheet.studies.map(
            (each) => html`<li>
              <button
                @click=${() => {
                  const [name, value] = Object.entries(each.changes)[0]!;
                  store.changeSetting(name, value);
                  store.set({ dialog: "none" });
                }}
              >
                <img src=${each.url} alt="" />
                ${text.plain[sheet!.setting]?.[0] ?? plainName(sheet!.setting)} ${String(Object.values(each.changes)[0])}
                <span class="visually-hidden">${text.useThis}</span>
              </button>
            </li>`,
          )}
        </ul>`
      : nothing}`;
}

async function run(store: Store): Promise<void> {
  sheet = null;
  const setting = chosen;
  const job = await store.study("sweeps", { values: { [setting]: VALUES[setting] } });
  const studies = (job?.result?.["studies"] ?? []) as { changes: Record<string, unknown> }[];
  if (!job || !studies.length) return;
  const urls = await Promise.all(studies.map((_, n) => store.client.pictureOfJob(job.id, n)));
  sheet = { setting, studies: studies.map((each, n) => ({ changes: each.changes, url: urls[n]! })) };
  store.changed();
}
