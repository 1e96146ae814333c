/** Dialogs: sweep sheet, ranking of references, export, the served folder, and the keys. */
import { html, nothing, type TemplateResult } from "lit";
import type { Store } from "../state/store";
import { text } from "../text/en";
import { exportDialog } from "./export-dialog";
import { folderDialog } from "./folder-dialog";
import { errorLine } from "./results";
import { suggestDialog } from "./suggestions";
import { sweepDialog } from "./sweep-sheet";

export function dialogs(store: Store): TemplateResult | typeof nothing {
  const { dialog } = store;
  if (dialog === "none") return nothing;
  const [title, body] = {
    sweep: [text.sweep, () => sweepDialog(store)] as const,
    suggest: [text.suggestions, () => suggestDialog(store)] as const,
    export: [text.takeAway, () => exportDialog(store)] as const,
    "folder-target": [text.folder, () => folderDialog(store, "target")] as const,
    "folder-reference": [text.folder, () => folderDialog(store, "reference")] as const,
    keys: [text.keys, keysDialog] as const,
  }[dialog];
  return html`<dialog aria-labelledby="dialog-title" @close=${() => store.set({ dialog: "none" })}>
    <header>
      <h2 id="dialog-title">${title}</h2>
      <button @click=${() => store.set({ dialog: "none" })}>${text.close}</button>
    </header>
    ${errorLine(store)} ${body()}
  </dialog>`;
}

/** Open the dialog that was drawn, so that the keyboard stays in it. */
export function showDialog(root: HTMLElement): void {
  const dialog = root.querySelector("dialog");
  if (dialog && !dialog.open) dialog.showModal();
}

function keysDialog(): TemplateResult {
  return html`<dl class="keys">
    ${text.keyHelp.map(([keys, what]) => html`<div><dt>${keys}</dt><dd>${what}</dd></div>`)}
  </dl>`;
}
