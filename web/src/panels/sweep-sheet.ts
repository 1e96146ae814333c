/** A setting under several values, as a sheet to click into. */
import { html, type TemplateResult } from "lit";
import type { Mode } from "../api/types";
import type { Store } from "../state/store";
import { text } from "../text/en";
import { plainName } from "./setting-slider";

const VALUES: Record<string, unknown[]> = {
  tau: [0.005, 0.015, 0.03, 0.06, 0.12, 0.3],
  strength: [0.25, 0.5, 0.75, 1],
  lightness: [0, 0.33, 0.67, 1],
  contrast: [0, 0.25, 0.5, 1],
  vividness: [0, 0.5, 1, 1.5, 2],
  caution: [0, 0.2, 0.5, 1],
  whiten: [0, 0.3, 0.6, 0.9, 1],
  working_pixels: [32768, 65536, 131072, 262144, 524288],
};
const ALONE: Record<string, Mode> = {
  lightness: "transfer",
  contrast: "transfer",
  vividness: "colorize",
  caution: "colorize",
};

export function sweepDialog(store: Store): TemplateResult {
  const { setting, studies } = store.sweep;
  const names = Object.keys(VALUES).filter((name) => (ALONE[name] ?? store.request.mode) === store.request.mode);
  return html`<p>${text.sweepHint}</p>
    <div class="row">
      <label>
        ${text.sweepSetting}
        <select
          @change=${(event: Event) =>
            store.set({ sweep: { setting: (event.target as HTMLSelectElement).value, studies: [] } })}
        >
          ${names.map(
            (name) => html`<option value=${name} .selected=${name === setting}>${plainName(name)}</option>`,
          )}
        </select>
      </label>
      <button class="primary" ?disabled=${store.busy > 0} @click=${() => void run(store)}>
        ${store.busy > 0 ? html`<span class="spinner" aria-hidden="true"></span>` : ""} ${text.sweepRun}
      </button>
    </div>
    <ul class="sheet">
      ${studies.map(({ changes, url }) => {
        const value = changes[setting];
        return html`<li>
          <button
            @click=${() => {
              store.changeSetting(setting, value);
              store.set({ dialog: "none" });
            }}
          >
            <img src=${url} alt="" />
            <span>${text.steps.tried(plainName(setting), String(value))}</span>
          </button>
        </li>`;
      })}
    </ul>`;
}

async function run(store: Store): Promise<void> {
  const { setting } = store.sweep;
  store.set({ sweep: { setting, studies: [] } });
  const job = await store.study("sweeps", { values: { [setting]: VALUES[setting] } });
  const found = (job?.result?.["studies"] ?? []) as { changes: Record<string, unknown> }[];
  if (!job) return;
  const studies = await store.attempt(() =>
    Promise.all(
      found.map(async ({ changes }, n) => ({ changes, url: await store.client.pictureOfJob(job.id, n) })),
    ),
  );
  store.set({ sweep: { setting, studies: studies ?? [] } });
}
