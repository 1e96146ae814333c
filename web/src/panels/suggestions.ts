/** Which reference shows a scene like the target's. */
import { html, nothing, type TemplateResult } from "lit";
import type { Store } from "../state/store";
import { text } from "../text/en";

interface Ranked {
  picture: string;
  fit: number;
  notes: string[];
}

let ranking: Ranked[] = [];

export function suggestDialog(store: Store): TemplateResult {
  return html`<button
      class="primary"
      ?disabled=${store.busy > 0 || !store.references.length}
      @click=${() => void rank(store)}
    >
      ${text.suggest}
    </button>
    ${ranking.length
      ? html`<ol class="ranking">
          ${ranking.map((each) => {
            const index = store.references.findIndex((reference) => reference.id === each.picture);
            const reference = store.references[index];
            if (!reference) return nothing;
            return html`<li class="picture">
              <img src=${store.thumbnails.get(each.picture) ?? ""} alt="" width="56" height="56" />
              <span class="name">${reference.name}<br /><small>${text.fitOf(each.fit)}</small></span>
              <button
                @click=${async () => {
                  for (let n = store.references.length - 1; n >= 0; n--) {
                    if (store.references[n]!.id !== each.picture) await store.removeReference(n);
                  }
                  store.set({ dialog: "none" });
                }}
              >
                ${text.useThis}
              </button>
            </li>`;
          })}
        </ol>`
      : nothing}`;
}

async function rank(store: Store): Promise<void> {
  const job = await store.study("suggestions", { candidates: store.references.map((each) => each.id) });
  ranking = (job?.result?.["suggestions"] ?? []) as Ranked[];
  store.changed();
}
