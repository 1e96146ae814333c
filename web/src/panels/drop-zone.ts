/** Pictures come in: dropped, pasted, chosen, or from the served folder. */
import { html, nothing, type TemplateResult } from "lit";
import type { Picture } from "../api/types";
import type { Side } from "../state/masks";
import type { Store } from "../state/store";
import { text } from "../text/en";

export function picturesPanel(store: Store): TemplateResult {
  return html`
    <section aria-labelledby="pictures-heading">
      <h2 id="pictures-heading" class="visually-hidden">${text.pictures}</h2>
      <h3>${text.target} <small>${text.targetHint}</small></h3>
      ${store.target
        ? html`<div class="picture" @drop=${dropped(store, "target")} @dragover=${allow}>
            ${thumbnail(store, store.target)} ${nameOf(store.target)}
            ${chooser(store, "target", text.replace)}
          </div>`
        : zone(store, "target")}
      <h3>${text.references} <small>${text.referencesHint}</small></h3>
      ${store.references.length
        ? html`<ul class="pictures" @drop=${dropped(store, "reference")} @dragover=${allow}>
              ${store.references.map(
                (each, n) => html`<li class="picture">
                  <button
                    class="thumbnail"
                    aria-pressed=${n === store.activeReference}
                    aria-label=${text.showReference(each.name)}
                    @click=${() => store.set({ activeReference: n })}
                  >
                    ${thumbnail(store, each)}
                  </button>
                  ${nameOf(each, share(store, n))}
                  <button class="quiet" aria-label=${text.remove(each.name)} @click=${() => store.removeReference(n)}>×</button>
                </li>`,
              )}
            </ul>
            <div class="row">${chooser(store, "reference", text.chooseMore)} ${folderButton(store, "reference")}</div>`
        : zone(store, "reference")}
    </section>
  `;
}

/** What is seen before there is a picture. */
export function welcome(store: Store): TemplateResult | typeof nothing {
  if (store.target || store.busy > 0) return nothing;
  const role = store.references.length ? "target" : null;
  return html`<section class="welcome" @drop=${dropped(store, "target")} @dragover=${allow}>
    <h2>${text.welcome}</h2>
    ${role
      ? html`<p>${text.needsTarget}</p>`
      : html`<p>${text.welcomeHint}</p>
          <div class="examples">
            ${(["transfer", "colorize"] as const).map(
              (kind) => html`<button @click=${() => void store.example(kind)}>
                <img src="./static/examples/${kind}-target.jpg" alt="" />
                <img src="./static/examples/${kind}-reference.jpg" alt="" />
                <span>${kind === "transfer" ? text.exampleTransfer : text.exampleColorize}</span>
              </button>`,
            )}
          </div>`}
  </section>`;
}

/** Take pictures that are pasted: the first one is the target, the next ones are references. */
export function takePasted(store: Store): void {
  document.addEventListener("paste", (event) => take(store, null, event.clipboardData?.files));
  for (const name of ["dragover", "drop"]) {
    // A picture that misses its place must not take the place of the page.
    document.addEventListener(name, (event) => event.preventDefault());
  }
}

function zone(store: Store, side: Side): TemplateResult {
  return html`<div class="zone" @drop=${dropped(store, side)} @dragover=${allow}>
    <p>${side === "target" ? text.dropTarget : text.dropReference}</p>
    <div class="row">${chooser(store, side, text.choose)} ${folderButton(store, side)}</div>
  </div>`;
}

function folderButton(store: Store, side: Side): TemplateResult | typeof nothing {
  if (!store.hasFolder) return nothing;
  return html`<button @click=${() => store.set({ dialog: `folder-${side}` })}>${text.folder}</button>`;
}

function chooser(store: Store, side: Side, label: string): TemplateResult {
  return html`<label class="button">
    ${label}<span class="visually-hidden">: ${side === "target" ? text.target : text.references}</span>
    <input
      type="file"
      class="visually-hidden"
      ?multiple=${side === "reference"}
      @change=${(event: Event) => {
        const input = event.target as HTMLInputElement;
        take(store, side, input.files);
        input.value = "";
      }}
    />
  </label>`;
}

function dropped(store: Store, side: Side): (event: DragEvent) => void {
  return (event) => {
    event.preventDefault();
    event.stopPropagation();
    take(store, side, event.dataTransfer?.files);
  };
}

function take(store: Store, side: Side | null, files: FileList | null | undefined): void {
  const list = [...(files ?? [])];
  const recipe = list.find((file) => file.name.endsWith(".zip"));
  if (recipe) {
    void store.openRecipe(recipe);
    return;
  }
  const isTarget = side === "target" || (side === null && !store.target);
  const [target, references] = isTarget ? [list[0], list.slice(1)] : [undefined, list];
  void (async () => {
    if (target) await store.addTarget(target, target.name);
    await store.addReferences(references);
  })();
}

function allow(event: DragEvent): void {
  event.preventDefault();
}

function thumbnail(store: Store, picture: Picture): TemplateResult {
  return html`<img src=${store.thumbnails.get(picture.id) ?? ""} alt="" width="52" height="52" />`;
}

function nameOf(picture: Picture, more = ""): TemplateResult {
  const { size, depth, profile, notes } = picture;
  const facts = [`${size.width}×${size.height}`, text.bits[depth] ?? depth, text.profile[profile] ?? ""];
  return html`<span class="name">
    <span title=${picture.name}>${picture.name}</span>
    <small>${[...facts, more].filter(Boolean).join(", ")}</small>
    ${notes.map((note) => html`<small>${note}</small>`)}
  </span>`;
}

function share(store: Store, index: number): string {
  const shares = store.result?.facts.contributions;
  const own = shares?.[index];
  return !shares || shares.length < 2 || own === undefined ? "" : text.percent(own);
}
