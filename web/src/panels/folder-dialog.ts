/** The pictures of the folder that the server serves. */
import { html, nothing, type TemplateResult } from "lit";
import type { Side } from "../state/masks";
import type { Store } from "../state/store";
import { text } from "../text/en";

export function folderDialog(store: Store, side: Side): TemplateResult {
  const { path, listed } = store.folder;
  if (!listed) void open(store, path);
  const joined = (name: string): string => (path ? `${path}/${name}` : name);
  return html`<p>${text.folderPath(path)}</p>
    <ul class="list">
      ${path
        ? html`<li><button @click=${() => void open(store, path.split("/").slice(0, -1).join("/"))}>${text.up}</button></li>`
        : nothing}
      ${listed?.folders.map(
        (name) => html`<li><button @click=${() => void open(store, joined(name))}>${name}/</button></li>`,
      )}
      ${listed?.pictures.map(
        (name) => html`<li><button @click=${() => void use(store, side, joined(name))}>${name}</button></li>`,
      )}
    </ul>
    ${listed && !listed.folders.length && !listed.pictures.length ? html`<p>${text.emptyFolder}</p>` : nothing}`;
}

async function open(store: Store, path: string): Promise<void> {
  store.folder = { path, listed: { served: true, folders: [], pictures: [] } };
  const listed = await store.attempt(() => store.client.folder(path));
  if (listed) store.set({ folder: { path, listed } });
}

async function use(store: Store, side: Side, path: string): Promise<void> {
  await store.attempt(async () => {
    const picture = await store.client.fromFolder(path);
    store.set({ dialog: "none" });
    if (side === "target") await store.useTarget(picture);
    else await store.useReference(picture);
  });
}
