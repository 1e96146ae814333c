/** The state of the page, and what changes it. */
import { Client, Problem } from "../api/client";
import { listen, type ServerEvent } from "../api/events";
import type {
  Facts,
  Folder,
  Job,
  Mode,
  Picture,
  Pin,
  Place,
  ResultRequest,
  Session,
  SettingsSchema,
  Stroke,
} from "../api/types";
import { text } from "../text/en";
import { History, keep, kept } from "./history";
import { hold } from "./hold";
import { Maps } from "./maps";
import { maskOf, wholeMask, withMask, withoutReference, withStroke, type Layer, type Side } from "./masks";
import { isGrey } from "./tone";

export type Tool = "look" | "pin" | "brush" | "lasso";
export type View = "slider" | "side" | "result";
export type Overlay = "none" | "superpixels" | "confidence" | "matched" | "clipped";
export type Dialog = "none" | "sweep" | "suggest" | "export" | "folder-target" | "folder-reference" | "keys";
export type Theme = "system" | "light" | "dark";

export interface Result {
  revision: number;
  facts: Facts;
}

/** What lies under the cursor: colours in 8-bit sRGB, null where they are not known. */
export interface Under {
  own: Color | null;
  result: Color | null;
  matched: Color | null;
  confidence: number | null;
  isShrunk: boolean;
}
export type Color = [number, number, number];

export interface Ranked {
  picture: string;
  fit: number;
  notes: string[];
}

export interface Study {
  changes: Record<string, unknown>;
  url: string;
}

const SESSION_KEY = "huegraft-session";
const THEME_KEY = "huegraft-theme";
const TYPING = 600; // milliseconds within which changes of one setting are one step of the history
const CALM = 1200; // milliseconds without a change after which figures are fetched that nobody waits for

export class Store {
  // Pictures, request and result
  target: Picture | null = null;
  references: Picture[] = [];
  thumbnails = new Map<string, string>();
  session: Session | null = null;
  request: ResultRequest = emptyRequest();
  result: Result | null = null;
  other: ResultRequest | null = null; // the request that A/B changes to
  showsA = false;
  unused: Record<string, string> = {};
  schema: SettingsSchema | null = null;
  maps: Maps | null = null;
  history = new History();

  // What is shown
  tool: Tool = "look";
  view: View = "slider";
  overlay: Overlay = "none";
  theme: Theme = (localStorage.getItem(THEME_KEY) as Theme | null) ?? "system";
  showsBefore = false;
  split = 0.5;
  layer: Layer = null;
  erase = false;
  radius = 40;
  softness = 0.5;
  pendingPin: Place | null = null;
  chosenPin: number | null = null;
  activeReference = 0;
  pointed: Place | null = null; // the place of the target under the cursor
  hovered: number | null = null; // the superpixel there
  under: Under | null = null; // and its colours
  dialog: Dialog = "none";

  // What the dialogs hold
  sweep = { setting: "tau", studies: [] as Study[] };
  ranking: Ranked[] = [];
  export = { format: "png", depth: "source", saveAs: "", said: "" };
  folder: { path: string; listed: Folder | null } = { path: "", listed: null };

  // How far things are
  status: "idle" | "queued" | "running" | "failed" = "idle";
  place = 0;
  node = "";
  message = "";
  lost = false;
  busy = 0;
  hasFolder = false;

  private listeners = new Set<() => void>();
  private listening: AbortController | null = null;
  private asking = false;
  private asksAgain = false;
  private lastChange = { name: "", time: 0 };
  private scheduled = false;
  private calm = 0;
  private last: ServerEvent | null = null;
  private readonly known = new Map<string, Picture>();

  constructor(readonly client: Client) {}

  subscribe(listener: () => void): void {
    this.listeners.add(listener);
  }

  /** Tell the listeners, once in a frame. */
  changed(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    requestAnimationFrame(() => {
      this.scheduled = false;
      for (const each of this.listeners) each();
    });
  }

  set(values: Partial<Store>): void {
    Object.assign(this, values);
    this.changed();
  }

  setTheme(theme: Theme): void {
    localStorage.setItem(THEME_KEY, theme);
    this.set({ theme });
  }

  /** Run something that a person waits for, and say so where it fails. */
  async attempt<T>(work: () => Promise<T>): Promise<T | undefined> {
    this.busy += 1;
    this.message = "";
    this.changed();
    try {
      return await work();
    } catch (error) {
      this.message = said(error);
      return undefined;
    } finally {
      this.busy -= 1;
      this.changed();
    }
  }

  async start(): Promise<void> {
    await this.attempt(async () => {
      this.schema = await this.client.settingsSchema();
      this.hasFolder = (await this.client.folder("")).served;
      const session = localStorage.getItem(SESSION_KEY);
      if (session && (await hold(session))) await this.restore(session);
    });
  }

  // Pictures

  async addTarget(file: Blob, name: string): Promise<void> {
    await this.attempt(async () => this.useTarget(await this.client.upload(file, name)));
  }

  /** Begin a session with a target. References stay; what was drawn on the old target goes. */
  async useTarget(picture: Picture): Promise<void> {
    const { references, request } = this;
    this.forgetSession();
    this.target = picture;
    this.references = references;
    this.known.set(picture.id, picture);
    await this.loadThumbnails();
    const mode: Mode = (await isGrey(this.thumbnails.get(picture.id)!)) ? "colorize" : "transfer";
    this.request = { ...emptyRequest(), mode, references: request.references, settings: request.settings };
    this.begin(await this.client.newSession(picture.id));
    this.ask(text.steps.target, false);
  }

  async addReferences(files: Iterable<File>): Promise<void> {
    const wrong: string[] = [];
    for (const file of files) {
      await this.attempt(async () => this.useReference(await this.client.upload(file, file.name)));
      if (this.message) wrong.push(`${file.name}: ${this.message}`);
    }
    if (wrong.length) this.set({ message: wrong.join(" ") });
  }

  async useReference(picture: Picture): Promise<void> {
    if (this.references.some((each) => each.id === picture.id)) return;
    this.known.set(picture.id, picture);
    this.references = [...this.references, picture];
    this.activeReference = this.references.length - 1;
    this.request = { ...this.request, references: this.references.map((each) => each.id) };
    await this.loadThumbnails();
    this.ask(text.steps.reference, false);
  }

  removeReference(index: number): void {
    this.takeReferences(withoutReference(this.request, index));
  }

  /** Remove all references but one. */
  keepReference(index: number): void {
    let request = this.request;
    for (let n = request.references.length - 1; n >= 0; n--) {
      if (n !== index) request = { ...request, ...withoutReference(request, n) };
    }
    this.takeReferences(request);
  }

  private takeReferences(values: Partial<ResultRequest>): void {
    this.request = { ...this.request, ...values };
    this.references = this.request.references.map((id) => this.known.get(id)!);
    this.activeReference = Math.max(0, Math.min(this.activeReference, this.references.length - 1));
    this.chosenPin = this.pendingPin = null;
    this.ranking = [];
    this.ask(text.steps.removeReference, false);
  }

  async openRecipe(file: Blob): Promise<void> {
    await this.attempt(async () => this.takeUp(await this.client.openRecipe(file)));
  }

  /** Work on one of the pairs that come with the page. */
  async example(kind: Mode): Promise<void> {
    await this.attempt(async () => {
      const [target, reference] = await Promise.all(
        (["target", "reference"] as const).map(async (role) => {
          const file = await fetch(`./static/examples/${kind}-${role}.jpg`);
          return this.client.upload(await file.blob(), text.exampleNames[kind][role]);
        }),
      );
      this.references = [];
      this.request = emptyRequest();
      await this.useTarget(target!);
      await this.useReference(reference!);
    });
  }

  async startAnew(): Promise<void> {
    if (!confirm(text.deletesWork)) return;
    const session = this.session;
    this.forgetSession();
    this.target = null;
    this.references = [];
    this.tool = "look";
    this.overlay = "none";
    this.request = emptyRequest();
    localStorage.removeItem(SESSION_KEY);
    this.changed();
    if (session) await this.attempt(() => this.client.deleteSession(session.id));
  }

  // Changes of the request

  /** Change the request. Quick changes under one name are one step of the history. */
  change(name: string, values: Partial<ResultRequest>, isWhole = true): void {
    this.request = { ...this.request, ...values };
    const now = performance.now();
    const continues = !isWhole && name === this.lastChange.name && now - this.lastChange.time < TYPING;
    this.lastChange = { name, time: now };
    this.ask(name, continues);
  }

  changeSetting(name: string, value: unknown): void {
    const settings = { ...this.request.settings };
    if (value === undefined) delete settings[name];
    else settings[name] = value;
    this.change(text.steps.setting(text.plain[name]?.[0] ?? name), { settings }, false);
  }

  addStroke(side: Side, stroke: Stroke): void {
    const { request, layer, activeReference } = this;
    const mask = withStroke(maskOf(request, side, layer, activeReference), stroke);
    this.change(text.steps.stroke, withMask(request, side, layer, activeReference, mask));
  }

  clearMask(side: Side, layer: Layer, reference = this.activeReference): void {
    this.change(text.steps.clearMask, withMask(this.request, side, layer, reference, null));
  }

  deleteRegion(index: number): void {
    this.layer = null;
    this.change(text.steps.deleteRegion, { regions: this.request.regions.filter((_, n) => n !== index) });
  }

  addPin(pin: Pin): void {
    this.chosenPin = this.request.pins.length;
    this.pendingPin = null;
    this.change(text.steps.pin(this.chosenPin + 1), { pins: [...this.request.pins, rounded(pin)] });
  }

  movePin(index: number, values: Partial<Pin>): void {
    const pins = this.request.pins.map((pin, n) => (n === index ? rounded({ ...pin, ...values }) : pin));
    this.change(text.steps.movePin(index + 1), { pins }, false);
  }

  deletePin(index: number): void {
    this.chosenPin = null;
    this.change(text.steps.deletePin(index + 1), { pins: this.request.pins.filter((_, n) => n !== index) });
  }

  undo(): void {
    if (this.history.canUndo) this.goTo(this.history.current - 1);
  }

  redo(): void {
    if (this.history.canRedo) this.goTo(this.history.current + 1);
  }

  goTo(place: number): void {
    this.lastChange.name = "";
    this.show(this.history.go(place));
    if (this.session) keep(this.session.id, this.history); // a reload finds the same step
  }

  keepAsA(): void {
    this.set({ other: structuredClone(this.request), showsA: false });
  }

  /** Show the request that was kept as A, or again the one before. */
  swap(): void {
    if (!this.other) return;
    const shown = this.other;
    this.other = this.request;
    this.showsA = !this.showsA;
    this.show(shown);
  }

  private show(request: ResultRequest): void {
    this.request = request;
    this.references = request.references.map((id) => this.known.get(id)!);
    this.activeReference = Math.max(0, Math.min(this.activeReference, this.references.length - 1));
    this.chosenPin = this.pendingPin = null;
    void this.send();
  }

  private ask(name: string, continues: boolean): void {
    if (this.layer !== null && this.layer > this.request.regions.length) this.layer = null;
    this.changed();
    if (!this.session || !this.references.length) return;
    this.history.add(name, this.request, continues);
    keep(this.session.id, this.history);
    if (this.showsA) this.set({ showsA: false, other: null });
    void this.send();
  }

  /** Send the request. One is on its way at a time, so that they arrive in order; the last one counts. */
  private async send(): Promise<void> {
    this.asksAgain = true;
    clearTimeout(this.calm);
    this.changed();
    if (this.asking) return;
    this.asking = true;
    try {
      while (this.asksAgain && this.session && this.request.references.length) {
        this.asksAgain = false;
        await this.sendOnce(this.session);
      }
    } finally {
      this.asking = false;
    }
  }

  private async sendOnce(session: Session): Promise<void> {
    this.status = "queued";
    this.place = 0;
    try {
      const accepted = await this.client.ask(session.id, this.request);
      this.lost = false;
      this.message = "";
      this.unused = accepted.unused_settings;
      session.revision = accepted.revision;
      if (this.last) this.tell(this.last);
    } catch (error) {
      if (error instanceof Problem && error.status === 429) {
        this.message = error.message;
        await new Promise((resolve) => setTimeout(resolve, 1000 * Math.max(1, error.retryAfter)));
        this.asksAgain = true;
      } else {
        // An answer that never came is asked for again as soon as the stream of events is back.
        this.set({ status: "failed", message: said(error), lost: this.lost || !(error instanceof Problem) });
      }
    }
  }

  // The session

  /** Take up a session as it was left. */
  private async restore(id: string): Promise<void> {
    try {
      await this.takeUp(await this.client.session(id));
    } catch (error) {
      if (!(error instanceof Problem) || error.status !== 404) throw error;
      localStorage.removeItem(SESSION_KEY);
    }
  }

  private async takeUp(session: Session): Promise<void> {
    this.forgetSession();
    const request = wholeRequest(session.request ?? {});
    await this.know([session.target, ...request.references]);
    let steps = kept(session.id) ?? new History();
    try {
      await this.know(steps.steps.flatMap((each) => each.request.references));
    } catch {
      steps = new History(); // a picture of it is gone
    }
    if (!steps.steps.length && request.references.length) steps.add(text.steps.left, request, false);
    this.target = this.known.get(session.target)!;
    this.references = request.references.map((id) => this.known.get(id)!);
    this.begin(session);
    this.request = request;
    this.history = steps;
    await this.loadThumbnails();
    if (session.ready) await this.receive(session.ready);
    if (session.revision > session.ready) void this.send();
    this.changed();
  }

  private async know(pictures: string[]): Promise<void> {
    const missing = [...new Set(pictures)].filter((id) => !this.known.has(id));
    await Promise.all(missing.map(async (id) => this.known.set(id, await this.client.picture(id))));
  }

  private begin(session: Session): void {
    this.session = session;
    void hold(session.id);
    localStorage.setItem(SESSION_KEY, session.id);
    this.listening = new AbortController();
    void listen(
      this.client,
      session.id,
      (event) => void this.hear(event),
      (lost) => {
        const isBack = this.lost && !lost;
        this.set({ lost });
        if (isBack && this.status !== "idle") void this.send(); // the server that stopped did not finish it
      },
      this.listening.signal,
    );
  }

  private async hear(event: ServerEvent): Promise<void> {
    const { kind, revision } = event.data;
    if (kind !== "request" || revision === undefined) return;
    this.last = event;
    if (event.name === "ready") await this.receive(revision);
    this.tell(event);
  }

  /** Show what is heard of the last request. What is heard before its number is known is told again then. */
  private tell({ name, data }: ServerEvent): void {
    if (data.revision !== this.session?.revision) return;
    if (name === "queued") this.set({ status: "queued", place: data.place ?? 0 });
    if (name === "started") this.set({ status: "running", node: "" });
    if (name === "progress") this.set({ status: "running", node: data.node ?? "" });
    if (name === "ready") this.set({ status: "idle" });
    if (name === "failed") this.set({ status: "failed", message: data.problem?.detail ?? text.failed });
  }

  private async receive(revision: number): Promise<void> {
    const session = this.session;
    if (!session || (this.result && revision <= this.result.revision)) return;
    session.ready = Math.max(session.ready, revision); // tiles are asked for while the facts come
    this.changed();
    const found = await this.client.revision(session.id, revision).catch(() => null); // another took its place
    if (found?.state !== "ready" || !found.result || session !== this.session) return;
    this.result = { revision, facts: found.result };
    const maps = new Maps(this.client, session.id, revision, () => this.changed());
    this.maps = maps;
    this.changed();
    clearTimeout(this.calm);
    this.calm = window.setTimeout(() => {
      if (maps === this.maps) maps.loadPicture("clipped");
    }, CALM);
  }

  async study(kind: "sweeps" | "suggestions", body: unknown): Promise<Job | undefined> {
    const session = this.session;
    if (!session) return undefined;
    return this.attempt(async () => this.client.finished(await this.client.study(session.id, kind, body)));
  }

  private forgetSession(): void {
    this.listening?.abort();
    this.session = null;
    this.result = null;
    this.maps = null;
    this.other = null;
    this.showsA = false;
    this.unused = {};
    this.status = "idle";
    this.last = null;
    this.layer = null;
    this.pendingPin = this.chosenPin = this.pointed = null;
    this.sweep = { ...this.sweep, studies: [] };
    this.ranking = [];
    this.history = new History();
  }

  private async loadThumbnails(): Promise<void> {
    const pictures = [...(this.target ? [this.target] : []), ...this.references];
    await Promise.all(
      pictures
        .filter((each) => !this.thumbnails.has(each.id))
        .map(async (each) => this.thumbnails.set(each.id, await this.client.thumbnail(each.id))),
    );
  }
}

/** Return what went wrong, for people. */
function said(error: unknown): string {
  if (!(error instanceof Problem)) return text.connectionLost;
  return error.status === 401 ? text.otherToken : error.message;
}

/** Return a pin whose places have the tenths of a pixel that can be pointed at. */
function rounded({ target, reference, of }: Pin): Pin {
  const tenths = ([x, y]: Place): Place => [Math.floor(10 * x) / 10, Math.floor(10 * y) / 10];
  return { target: tenths(target), reference: tenths(reference), of };
}

/** Return a request of the server with what it leaves out: values that are as by default. */
function wholeRequest(given: Partial<ResultRequest>): ResultRequest {
  const request = { ...emptyRequest(), ...given };
  return {
    ...request,
    target_mask: wholeMask(request.target_mask),
    reference_masks: request.reference_masks.map(wholeMask),
    regions: request.regions.map((each) => ({
      ...each,
      target_mask: wholeMask(each.target_mask),
      reference_mask: wholeMask(each.reference_mask),
    })),
    pins: request.pins.map((pin) => ({ ...pin, of: pin.of ?? 0 })),
  };
}

export function emptyRequest(): ResultRequest {
  return {
    mode: "transfer",
    references: [],
    settings: {},
    target_mask: null,
    reference_masks: [],
    regions: [],
    pins: [],
  };
}
