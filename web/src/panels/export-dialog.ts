/** What can be taken away: the file, a LUT, the settings, a recipe, and lines for the command line and for Python. */
import { html, nothing, type TemplateResult } from "lit";
import type { Store } from "../state/store";
import { text } from "../text/en";
import { commandOf, hasMasks, pythonOf, type Named } from "./command-lines";

const FORMATS = ["png", "tif", "jpg", "webp", "jp2", "exr"];

export function exportDialog(store: Store): TemplateResult {
  const { request, export: chosen } = store;
  const isReady = store.result !== null && store.status === "idle" && store.busy === 0;
  const choose = (values: Partial<Store["export"]>): void => store.set({ export: { ...chosen, said: "", ...values } });
  const file = (name: string, label: string, hint: string, saveAs = name): TemplateResult =>
    html`<div class="offer">
      <button ?disabled=${!isReady} @click=${() => void takeFile(store, name, saveAs)}>${label}</button>
      <small>${hint}</small>
    </div>`;
  return html`
    <h3>${text.resultFile}</h3>
    <div class="row">
      <label>
        ${text.format}
        <select @change=${(event: Event) => choose({ format: (event.target as HTMLSelectElement).value })}>
          ${FORMATS.map((each) => html`<option .selected=${each === chosen.format}>${each}</option>`)}
        </select>
      </label>
      <label>
        ${text.depth}
        <select @change=${(event: Event) => choose({ depth: (event.target as HTMLSelectElement).value })}>
          ${["source", "8", "16"].map(
            (each) => html`<option value=${each} .selected=${each === chosen.depth}>
              ${each === "source" ? text.depthSource : each}
            </option>`,
          )}
        </select>
      </label>
      <button class="primary" ?disabled=${!isReady} @click=${() => void download(store, null)}>${text.download}</button>
    </div>
    ${store.hasFolder
      ? html`<div class="row">
          <label>
            ${text.saveAs}
            <input
              type="text"
              .value=${chosen.saveAs}
              @input=${(event: Event) => choose({ saveAs: (event.target as HTMLInputElement).value })}
            />
          </label>
          <button ?disabled=${!isReady || !chosen.saveAs} @click=${() => void download(store, chosen.saveAs)}>
            ${text.save}
          </button>
        </div>`
      : nothing}
    <p role="status">
      ${store.busy > 0 ? html`<span class="spinner" aria-hidden="true"></span> ${text.working}` : chosen.said}
    </p>
    <h3>${text.others}</h3>
    ${request.mode === "transfer" ? file("lut.cube", text.lut, text.lutHint, "result.cube") : nothing}
    ${file("recipe.zip", text.recipe, text.recipeHint)} ${file("settings.json", text.settingsFile, text.settingsHint)}
    <h3>${text.lines}</h3>
    <p><small>${hasMasks(request) ? text.linesOfRecipe : text.linesHint}</small></p>
    ${[
      [text.copyCommand, commandOf(named(store))] as const,
      [text.copyPython, pythonOf(named(store))] as const,
    ].map(
      ([label, lines]) => html`<div class="lines">
        <pre tabindex="0" aria-label=${label}>${lines}</pre>
        <button @click=${() => void copy(store, lines)}>${label}</button>
      </div>`,
    )}
  `;
}

async function download(store: Store, saveAs: string | null): Promise<void> {
  const { session, result, export: chosen } = store;
  if (!session || !result) return;
  await store.attempt(async () => {
    const made = await store.client.download(session.id, result.revision, chosen.format, chosen.depth, saveAs);
    if (made.link) save(made.link, made.name);
    const said = [made.link ? text.downloaded(made.name) : text.saved(made.name), ...made.notes].join(" ");
    store.set({ export: { ...chosen, said } });
  });
}

async function takeFile(store: Store, name: string, saveAs: string): Promise<void> {
  const { session, result } = store;
  if (!session || !result) return;
  await store.attempt(async () => {
    const url = URL.createObjectURL(await store.client.file(session.id, result.revision, name));
    save(url, saveAs);
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
    store.set({ export: { ...store.export, said: text.downloaded(saveAs) } });
  });
}

function save(url: string, name: string): void {
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
}

async function copy(store: Store, lines: string): Promise<void> {
  await navigator.clipboard.writeText(lines);
  store.set({ export: { ...store.export, said: text.copied } });
}

function named({ request, target, references }: Store): Named {
  return { request, target: target?.name ?? "", references: references.map((each) => each.name) };
}
