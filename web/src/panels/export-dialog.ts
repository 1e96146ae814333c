/** What can be taken away: the file, a LUT, the settings, a recipe, and lines for the command line and for Python. */
import { html, nothing, type TemplateResult } from "lit";
import type { Store } from "../state/store";
import { text } from "../text/en";

const FORMATS = ["png", "tif", "jpg", "webp", "jp2", "exr"];
let format = "png";
let depth = "source";
let said = "";

export function exportDialog(store: Store): TemplateResult {
  const { result, request } = store;
  const isOld = result === null || result.revision !== store.session?.revision;
  return html`
    <div class="row">
      <label>
        ${text.format}
        <select @change=${(event: Event) => (format = (event.target as HTMLSelectElement).value)}>
          ${FORMATS.map((each) => html`<option ?selected=${each === format}>${each}</option>`)}
        </select>
      </label>
      <label>
        ${text.depth}
        <select @change=${(event: Event) => (depth = (event.target as HTMLSelectElement).value)}>
          <option value="source">${text.depthSource}</option>
          <option value="8">8</option>
          <option value="16">16</option>
        </select>
      </label>
      <button class="primary" ?disabled=${isOld || store.busy > 0} @click=${() => void download(store)}>
        ${text.download}
      </button>
    </div>
    <div class="row">
      ${request.mode === "transfer"
        ? html`<button ?disabled=${isOld} @click=${() => void file(store, "lut.cube", "result.cube")}>${text.lut}</button>`
        : nothing}
      <button ?disabled=${isOld} @click=${() => void file(store, "settings.json", "settings.json")}>
        ${text.settingsFile}
      </button>
      <button ?disabled=${isOld} title=${text.recipeHint} @click=${() => void file(store, "recipe.zip", "recipe.zip")}>
        ${text.recipe}
      </button>
    </div>
    <p><small>${text.recipeHint}</small></p>
    <div class="row">
      <button @click=${() => void copy(store, commandOf(store))}>${text.copyCommand}</button>
      <button @click=${() => void copy(store, pythonOf(store))}>${text.copyPython}</button>
    </div>
    <p role="status">${said}</p>
  `;
}

async function download(store: Store): Promise<void> {
  const { session, result } = store;
  if (!session || !result) return;
  await store.attempt(async () => {
    const made = await store.client.download(session.id, result.revision, format, depth);
    said = made.notes.join(" ");
    if (made.link) save(made.link, made.name);
  });
}

async function file(store: Store, name: string, saveAs: string): Promise<void> {
  const { session, result } = store;
  if (!session || !result) return;
  await store.attempt(async () => {
    const url = URL.createObjectURL(await store.client.file(session.id, result.revision, name));
    save(url, saveAs);
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
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
  said = text.copied;
  store.changed();
}

export function commandOf(store: Store): string {
  const { request, references, target } = store;
  const words = ["huegraft", request.mode, target?.name ?? "target", ...references.map((each) => each.name)];
  words.push("-o", "result.png");
  for (const [name, value] of Object.entries(request.settings)) {
    const flag = name.replaceAll("_", "-");
    if (typeof value === "boolean") words.push(`--${value ? "" : "no-"}${flag}`);
    else words.push(`--${flag}`, String(value));
  }
  for (const pin of request.pins) words.push("--pin", `${pin.target}:${pin.reference}:${pin.of + 1}`);
  return words.map(quoted).join(" ");
}

export function pythonOf(store: Store): string {
  const { request, references, target } = store;
  const changes = Object.entries(request.settings).map(([name, value]) => `, ${name}=${pythonValue(value)}`);
  const pins = request.pins.map(
    (pin) => `huegraft.Pin((${pin.target.join(", ")}), (${pin.reference.join(", ")}), ${pin.of})`,
  );
  return [
    "import huegraft",
    "",
    `target = huegraft.read_picture(${JSON.stringify(target?.name ?? "target")})`,
    `references = [${references.map((each) => `huegraft.read_picture(${JSON.stringify(each.name)})`).join(", ")}]`,
    `result = huegraft.${request.mode}(target, references${changes.join("")}${pins.length ? `, pins=[${pins.join(", ")}]` : ""})`,
    'huegraft.write_picture("result.png", result.image)',
    "",
  ].join("\n");
}

function pythonValue(value: unknown): string {
  if (typeof value === "boolean") return value ? "True" : "False";
  return value === null ? "None" : JSON.stringify(value);
}

function quoted(word: string): string {
  return /^[\w.,:/=+@-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
