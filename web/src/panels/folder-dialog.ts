/** The pictures of the folder that the server serves. */
import { html, type TemplateResult } from "lit";
import type { Store } from "../state/store";
import { text } from "../text/en";
import type { Role } from "./drop-zone";

let place = "";
let listed: { folders: string[]; pictures: string[] } | null = null;

export function folderDialog(store: Store, role: Role): TemplateResult {
  if (!listed) void open(store, place);
  return html`<p>/${place}</p>
    <ul class="folder">
      ${place
        ? html`<li><button @click=${() => void open(store, place.split("/").slice(0, -1).join("/"))}>${text.up}</button></li>`
        : ""}
      ${listed?.folders.map(
        (name) => html`<li><button @click=${() => void open(store, joined(name))}>${name}/</button></li>`,
      )}
      ${listed?.pictures.map(
        (name) => html`<li><button @click=${() => void use(store, role, joined(name))}>${name}</button></li>`,
      )}
    </ul>`;
}

async function open(store: Store, path: string): Promise<void> {
  listed = { folders: [], pictures: [] };
  const found = await store.attempt(() => store.client.folder(path));
  if (!found) return;
  place = path;
  listed = found;
  store.changed();
}

async function use(store: Store, role: Role, path: string): Promise<void> {
  await store.attempt(async () => {
    const picture = await store.client.fromFolder(path);
    store.set({ dialog: "none" });
    if (role === "target") await store.useTarget(picture);
    else await store.useReference(picture);
  });
}

function joined(name: string): string {
  return place ? `${place}/${name}` : name;
}
