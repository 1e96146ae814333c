/** The page: its parts, and the keys that work everywhere. */
import { html, render, type TemplateResult } from "lit";
import { Client } from "./api/client";
import { dialogs, showDialog } from "./panels/dialogs";
import { picturesPanel, takePasted, welcome } from "./panels/drop-zone";
import { maskList, toolbar, toolOptions } from "./panels/mask-tools";
import { pinList } from "./panels/pin-list";
import { advice, errorLine, historyList } from "./panels/results";
import { settingsPanel } from "./panels/settings-panel";
import { attendedShare, splitSlider, underCursor, viewBar } from "./panels/view-bar";
import { Store, type Theme, type Tool } from "./state/store";
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
      ${toolbar(store)} ${actions(store)} ${themeChooser(store)}
    </header>
    <aside class="left" aria-label=${text.pictures}>
      ${picturesPanel(store)} ${advice(store)} ${pinList(store)} ${maskList(store)} ${historyList(store)}
    </aside>
    <main>
      ${viewBar(store, view)}
      <div class="viewers">
        <div class="viewer" id="second-viewer" hidden></div>
        <div class="viewer" id="target-viewer"></div>
        ${welcome(store)} ${store.dialog === "none" ? errorLine(store) : ""}
      </div>
      ${splitSlider(store)} ${underCursor(store)} ${toolOptions(store)}
    </main>
    <aside class="right" aria-label=${text.settings}>
      <div class="viewer" id="reference-viewer"></div>
      ${attendedShare(store)}
      ${settingsPanel(store)}
    </aside>
    ${dialogs(store)}
  `;
}

function actions(store: Store): TemplateResult {
  return html`<div class="row">
    <button ?disabled=${!store.result} @click=${() => store.set({ dialog: "sweep", message: "" })}>${text.sweep}</button>
    <button ?disabled=${store.references.length < 2} @click=${() => store.set({ dialog: "suggest", message: "" })}>
      ${text.suggestions}
    </button>
    <button class="primary" ?disabled=${!store.result} @click=${() => store.set({ dialog: "export", message: "" })}>
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
  </div>`;
}

function themeChooser(store: Store): TemplateResult {
  return html`<div class="row end">
    <button @click=${() => store.set({ dialog: "keys" })}>${text.keys}</button>
    <label>
      <span class="visually-hidden">${text.theme}</span>
      <select @change=${(event: Event) => store.setTheme((event.target as HTMLSelectElement).value as Theme)}>
        ${Object.entries(text.themes).map(
          ([theme, label]) => html`<option value=${theme} .selected=${theme === store.theme}>${label}</option>`,
        )}
      </select>
    </label>
  </div>`;
}

function useKeys(store: Store, view: TargetView): void {
  const tools: Record<string, Tool> = { l: "look", p: "pin", b: "brush", o: "lasso" };
  document.addEventListener("keydown", (event) => {
    if (isTyped(event.target) || store.dialog !== "none") return;
    const key = event.key.toLowerCase();
    if ((event.ctrlKey || event.metaKey) && key === "z") event.shiftKey ? store.redo() : store.undo();
    else if ((event.ctrlKey || event.metaKey) && key === "y") store.redo();
    else if (event.ctrlKey || event.metaKey || event.altKey) return;
    else if (tools[key] && store.target) store.set({ tool: tools[key], pendingPin: null });
    else if (key === "t") event.repeat || store.set({ showsBefore: true });
    else if (key === "a") store.swap();
    else if (key === "f") view.fit();
    else if (key === "1") view.oneToOne();
    else if (key === "escape") store.set({ pendingPin: null, chosenPin: null });
    else if (key === "delete" && store.chosenPin !== null) store.deletePin(store.chosenPin);
    else return;
    event.preventDefault();
  });
  document.addEventListener("keyup", (event) => {
    if (event.key.toLowerCase() === "t" && store.showsBefore) store.set({ showsBefore: false });
  });
}

/** Tell whether letters go into a field. A slider takes none. */
function isTyped(target: EventTarget | null): boolean {
  if (target instanceof HTMLInputElement) return !["range", "checkbox", "radio", "file"].includes(target.type);
  return target instanceof HTMLSelectElement;
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
    document.documentElement.dataset["theme"] = store.theme;
    render(page(store, () => view), root);
    showDialog(root);
  };
  draw();
  const element = (id: string): HTMLElement => document.getElementById(id)!;
  view = new TargetView(store, element("target-viewer"), element("second-viewer"));
  const reference = new ReferenceView(store, element("reference-viewer"));
  store.subscribe(() => {
    view.look();
    draw();
    view.update();
    reference.update();
  });
  useKeys(store, view);
  takePasted(store);
  window.addEventListener("hashchange", () => location.reload()); // an address with another token was opened here
  void store.start();
}

start();
