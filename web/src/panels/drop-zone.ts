/** Pictures come in: dropped, pasted, chosen, or from the served folder. */
import { html, nothing, type TemplateResult } from "lit";
import type { Picture } from "../api/types";
import type { Store } from "../state/store";
import { text } from "../text/en";

export type Role = "target" | "reference";

export function picturesPanel(store: Store): TemplateResult {
  return html`
    <section aria-labelledby="pictures-heading">
      <h2 id="pictures-heading" class="visually-hidden">${text.target}, ${text.references}</h2>
      <h3>${text.target} <small>${text.targetHint}</small></h3>
      ${store.target
        ? html`<div class="picture" @drop=${dropped(store, "target")} @dragover=${allow}>
            ${thumbnail(store, store.target)}
            <span class="name">${store.target.name}<br /><small>${facts(store.target)}</small></span>
            ${chooser(store, "target", text.replace)}
          </div>`
        : zone(store, "target")}
      <h3>${text.references} <small>${text.referencesHint}</small></h3>
      <ul class="pictures" @drop=${dropped(store, "reference")} @dragover=${allow}>
        ${store.references.map(
          (each, n) => html`<li class="picture">
            <button
              class="thumbnail"
              aria-pressed=${n === store.activeReference}
              aria-label=${each.name}
              @click=${() => store.set({ activeReference: n })}
            >
              ${thumbnail(store, each)}
            </button>
            <span class="name">
              ${each.name}<br /><small>${facts(each)}${share(store, n)}</small>
            </span>
            <button class="quiet" aria-label="${text.remove} ${each.name}" @click=${() => void store.removeReference(n)}>
              ${text.remove}
            </button>
          </li>`,
        )}
      </ul>
      ${store.references.length ? chooser(store, "reference", text.chooseMore) : zone(store, "reference")}
      ${store.target || store.references.length
        ? nothing
        : html`<div class="row">
            <button @click=${() => void store.example("transfer")}>${text.exampleTransfer}</button>
            <button @click=${() => void store.example("colorize")}>${text.exampleColorize}</button>
          </div>`}
    </section>
  `;
}

/** Take pictures that are pasted: the first one is the target, the next ones are references. */
export function takePasted(store: Store): void {
  document.addEventListener("paste", (event) => {
    for (const file of event.clipboardData?.files ?? []) take(store, store.target ? "reference" : "target", file);
  });
}

function zone(store: Store, role: Role): TemplateResult {
  return html`<div class="zone" @drop=${dropped(store, role)} @dragover=${allow}>
    <p>${role === "target" ? text.dropTarget : text.dropReference}</p>
    ${chooser(store, role, text.choose)}
    ${store.hasFolder
      ? html`<button @click=${() => store.set({ dialog: role === "target" ? "folder-target" : "folder-reference" })}>
          ${text.folder}
        </button>`
      : nothing}
  </div>`;
}

function chooser(store: Store, role: Role, label: string): TemplateResult {
  return html`<label class="button">
    ${label}<span class="visually-hidden">: ${role === "target" ? text.target : text.references}</span>
    <input
      type="file"
      class="visually-hidden"
      ?multiple=${role === "reference"}
      @change=${(event: Event) => {
        const input = event.target as HTMLInputElement;
        for (const file of input.files ?? []) take(store, role, file);
        input.value = "";
      }}
    />
  </label>`;
}

function dropped(store: Store, role: Role): (event: DragEvent) => void {
  return (event) => {
    event.preventDefault();
    for (const file of event.dataTransfer?.files ?? []) take(store, role, file);
  };
}

function take(store: Store, role: Role, file: File): void {
  if (file.name.endsWith(".zip")) void store.openRecipe(file);
  else if (role === "target") void store.addTarget(file, file.name);
  else void store.addReference(file, file.name);
}

function allow(event: DragEvent): void {
  event.preventDefault();
}

function thumbnail(store: Store, picture: Picture): TemplateResult {
  return html`<img src=${store.thumbnails.get(picture.id) ?? ""} alt="" width="56" height="56" />`;
}

function facts(picture: Picture): string {
  const profile = picture.profile === "srgb" ? "" : `, ${picture.profile}`;
  return `${picture.size.width}×${picture.size.height}, ${picture.depth}${profile}`;
}

function share(store: Store, index: number): string {
  const shares = store.result?.facts.contributions;
  const own = shares?.[index];
  return !shares || shares.length < 2 || own === undefined ? "" : `, ${Math.round(100 * own)} %`;
}
