/** Which reference shows a scene like the target's. */
import { html, nothing, type TemplateResult } from "lit";
import type { Ranked, Store } from "../state/store";
import { text } from "../text/en";

export function suggestDialog(store: Store): TemplateResult {
  const isAlone = store.references.length < 2;
  return html`<p>${isAlone ? text.needsMore : text.suggestHint}</p>
    <button class="primary" ?disabled=${store.busy > 0 || isAlone} @click=${() => void rank(store)}>${text.suggest}</button>
    <ol class="ranking">
      ${store.ranking.map((each) => {
        const index = store.references.findIndex((reference) => reference.id === each.picture);
        const reference = store.references[index];
        if (!reference) return nothing;
        return html`<li class="picture">
          <img src=${store.thumbnails.get(each.picture) ?? ""} alt="" width="96" height="96" />
          <span class="name">
            <span>${reference.name}</span> <small>${text.fitOf(each.fit)}</small>
            ${each.notes.map((note) => html`<small>${note}</small>`)}
          </span>
          <button
            @click=${() => {
              store.keepReference(index);
              store.set({ dialog: "none" });
            }}
          >
            ${text.useThis}
          </button>
        </li>`;
      })}
    </ol>`;
}

async function rank(store: Store): Promise<void> {
  const job = await store.study("suggestions", { candidates: store.references.map((each) => each.id) });
  store.set({ ranking: (job?.result?.["suggestions"] ?? []) as Ranked[] });
}
