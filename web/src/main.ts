/** The page: its parts, and the keys that work everywhere. */
import { html, render, type TemplateResult } from "lit";
import { Client } from "./api/client";
import { dialogs, showDialog } from "./panels/dialogs";
import { picturesPanel, takePasted } from "./panels/drop-zone";
import { toolbar, toolOptions } from "./panels/mask-tools";
import { pinList } from "./panels/pin-list";
import { advice, historyList, statusLine } from "./panels/results";
import { settingsPanel } from "./panels/settings-panel";
import { underCursor, viewBar } from "./panels/view-bar";
import { Store, type Tool } from "./state/store";
import "./styles/page.css";
import { text } from "./text/en";
import { ReferenceView } from "./viewer/reference-viewer";
import { TargetView } from "./viewer/target-view";

const TOKEN_KEY = "huegraft-token";
const root = document.getElementById("app")!;

/** Return the token of the address, which is then taken out of it, or the one of this tab. */
function token(): string | null {
  const given = location.hash.slice(1);
  if (given) {
    sessionStorage.setItem(TOKEN_KEY, given);
    history.replaceState(null, "", location.pathname);
  }
  return given || sessionStorage.getItem(TOKEN_KEY);
}

function page(store: Store, view: () => TargetView): TemplateResult {
  return html`
    <header class="top">
      <h1>${text.title}</h1>
      ${toolbar(store)}
      <div class="row">
        <button ?disabled=${!store.result} @click=${() => store.set({ dialog: "sweep" })}>${text.sweep}</button>
        <button ?disabled=${!store.references.length} @click=${() => store.set({ dialog: "suggest" })}>
          ${text.suggestions}
        </button>
        <button class="primary" ?disabled=${!store.result} @click=${() => store.set({ dialog: "export" })}>
          ${text.takeAway}
        </button>
        <label class="button">
          ${text.openRecipe}
          <input
            type="file"
            accept=".zip"
            class="visually-hidden"
            @change=${(event: Event) => {
              const input = event.target as HTMLInputElement;
              if (input.files?.[0]) void store.openRecipe(input.files[0]);
              input.value = "";
            }}
          />
        </label>
        ${store.target ? html`<button @click=${() => void store.startAnew()}>${text.newSession}</button>` : ""}
      </div>
    </header>
    <aside class="left" aria-label=${text.references}>
      ${picturesPanel(store)} ${pinList(store)} ${historyList(store)}
    </aside>
    <main>
      ${viewBar(store, view)}
      <div class="viewers">
        <div class="viewer" id="target-viewer"></div>
        <div class="viewer" id="second-viewer" hidden></div>
      </div>
      ${underCursor(store)} ${statusLine(store)} ${toolOptions(store)}
    </main>
    <aside class="right" aria-label=${text.settings}>
      <div class="viewer" id="reference-viewer"></div>
      ${settingsPanel(store)} ${advice(store)}
    </aside>
    ${dialogs(store)}
  `;
}

function useKeys(store: Store): void {
  const tools: Record<string, Tool> = { l: "look", p: "pin", b: "brush", o: "lasso" };
  document.addEventListener("keydown", (event) => {
    if (event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement) return;
    const key = event.key.toLowerCase();
    if ((event.ctrlKey || event.metaKey) && key === "z") event.shiftKey ? store.redo() : store.undo();
    else if ((event.ctrlKey || event.metaKey) && key === "y") store.redo();
    else if (event.ctrlKey || event.metaKey || event.altKey) return;
    else if (tools[key]) store.set({ tool: tools[key], pendingPin: null });
    else if (key === "t" && !event.repeat) store.set({ showsBefore: true });
    else if (key === "escape") store.set({ pendingPin: null, chosenPin: null });
    else if (key === "delete" && store.chosenPin !== null) store.deletePin(store.chosenPin);
    else return;
    if (key !== "t") event.preventDefault();
  });
  document.addEventListener("keyup", (event) => {
    if (event.key.toLowerCase() === "t") store.set({ showsBefore: false });
  });
}

function start(): void {
  const found = token();
  if (!found) {
    render(html`<main class="alone"><h1>${text.title}</h1><p role="alert">${text.noToken}</p></main>`, root);
    return;
  }
  const store = new Store(new Client(found));
  let view: TargetView;
  const draw = (): void => {
    render(page(store, () => view), root);
    showDialog(root);
  };
  draw();
  const element = (id: string): HTMLElement => document.getElementById(id)!;
  view = new TargetView(store, element("target-viewer"), element("second-viewer"));
  const reference = new ReferenceView(store, element("reference-viewer"));
  store.subscribe(() => {
    draw();
    view.update();
    reference.update();
  });
  useKeys(store);
  takePasted(store);
  void store.start();
}

start();
