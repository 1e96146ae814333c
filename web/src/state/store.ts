/** The state of the page, and what changes it. */
import { Client, Problem } from "../api/client";
import { listen, type ServerEvent } from "../api/events";
import type { Facts, Job, Mode, Pin, Picture, ResultRequest, Session, SettingsSchema, Stroke } from "../api/types";
import { text } from "../text/en";
import { History } from "./history";
import { Maps } from "./maps";

export type Tool = "look" | "pin" | "brush" | "lasso";
export type View = "slider" | "side" | "result";
export type Overlay = "none" | "superpixels" | "confidence" | "matched" | "clipped";
export type Dialog = "none" | "sweep" | "suggest" | "export" | "folder-target" | "folder-reference";

export interface Result {
  revision: number;
  facts: Facts;
  request: ResultRequest;
}

const SESSION_KEY = "huegraft-session";
const TYPING = 400; // milliseconds within which changes of one setting are one step of the history

export class Store {
  target: Picture | null = null;
  references: Picture[] = [];
  thumbnails = new Map<string, string>();
  session: Session | null = null;
  request: ResultRequest = emptyRequest();
  result: Result | null = null;
  keptA: ResultRequest | null = null;
  unused: Record<string, string> = {};
  schema: SettingsSchema | null = null;
  maps: Maps | null = null;

  tool: Tool = "look";
  view: View = "slider";
  overlay: Overlay = "none";
  showsBefore = false;
  split = 0.5;
  erase = false;
  radius = 40;
  softness = 0.5;
  pendingPin: { place: [number, number]; at: number } | null = null;
  chosenPin: number | null = null;
  activeReference = 0;
  hovered: number | null = null;
  under: string = "";
  dialog: Dialog = "none";

  status: "idle" | "queued" | "running" | "failed" = "idle";
  place = 0;
  node = "";
  message = "";
  lost = false;
  busy = 0;
  hasFolder = false;
  history = new History();

  private listeners = new Set<() => void>();
  private listening: AbortController | null = null;
  private asked = 0;
  private lastChange = { name: "", time: 0 };
  private scheduled = false;

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

  /** Run something that may fail, and say so where it did. */
  async attempt<T>(work: () => Promise<T>): Promise<T | undefined> {
    this.busy += 1;
    this.message = "";
    this.changed();
    try {
      return await work();
    } catch (error) {
      this.message = error instanceof Problem ? error.message : text.connectionLost;
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
      const kept = localStorage.getItem(SESSION_KEY);
      if (kept) await this.restore(kept);
    });
  }

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
    this.target = await this.client.picture(session.target);
    const request = { ...emptyRequest(), ...session.request };
    this.references = await Promise.all(request.references.map((each) => this.client.picture(each)));
    this.begin(session);
    this.request = request;
    await this.loadThumbnails();
    if (session.ready) await this.received(session.ready);
    if (request.references.length) this.history.add(request, false);
    if (session.revision > session.ready && request.references.length) await this.ask();
    this.changed();
  }

  async addTarget(file: Blob, name: string): Promise<void> {
    await this.attempt(async () => this.useTarget(await this.client.upload(file, name)));
  }

  async useTarget(picture: Picture): Promise<void> {
    const { references, request } = this;
    this.forgetSession();
    this.target = picture;
    this.references = references;
    this.request = { ...request, target_mask: null, pins: [], references: references.map((each) => each.id) };
    this.begin(await this.client.newSession(picture.id));
    await this.loadThumbnails();
    await this.askIfComplete();
  }

  async addReference(file: Blob, name: string): Promise<void> {
    await this.attempt(async () => this.useReference(await this.client.upload(file, name)));
  }

  async useReference(picture: Picture): Promise<void> {
    this.references = [...this.references, picture];
    this.activeReference = this.references.length - 1;
    this.request = { ...this.request, references: this.references.map((each) => each.id) };
    await this.loadThumbnails();
    await this.askIfComplete();
  }

  async removeReference(index: number): Promise<void> {
    this.references = this.references.filter((_, n) => n !== index);
    this.activeReference = Math.max(0, Math.min(this.activeReference, this.references.length - 1));
    const pins = this.request.pins
      .filter((pin) => pin.of !== index)
      .map((pin) => ({ ...pin, of: pin.of > index ? pin.of - 1 : pin.of }));
    this.request = { ...this.request, pins, references: this.references.map((each) => each.id) };
    await this.askIfComplete();
  }

  async openRecipe(file: Blob): Promise<void> {
    await this.attempt(async () => this.takeUp(await this.client.openRecipe(file)));
  }

  async example(kind: Mode): Promise<void> {
    await this.attempt(async () => {
      const [target, reference] = await Promise.all(
        [`${kind}-target.jpg`, `${kind}-reference.jpg`].map(async (name) => {
          const body = await (await fetch(`./static/examples/${name}`)).blob();
          return this.client.upload(body, name);
        }),
      );
      this.forgetSession();
      this.references = [];
      this.request = { ...emptyRequest(), mode: kind };
      await this.useTarget(target!);
      await this.useReference(reference!);
    });
  }

  async startAnew(): Promise<void> {
    const session = this.session;
    this.forgetSession();
    this.target = null;
    this.references = [];
    this.request = emptyRequest();
    localStorage.removeItem(SESSION_KEY);
    this.changed();
    if (session) await this.attempt(() => this.client.deleteSession(session.id));
  }

  /** Change the request. Quick changes under one name are one step of the history. */
  change(name: string, values: Partial<ResultRequest>): void {
    this.request = { ...this.request, ...values };
    const now = performance.now();
    const continues = name === this.lastChange.name && now - this.lastChange.time < TYPING;
    this.lastChange = { name, time: now };
    this.changed();
    void this.attempt(() => this.askIfComplete(continues));
  }

  changeSetting(name: string, value: unknown): void {
    const settings = { ...this.request.settings };
    if (value === undefined) delete settings[name];
    else settings[name] = value;
    this.change(`setting ${name}`, { settings });
  }

  addStroke(stroke: Stroke): void {
    const strokes = [...(this.request.target_mask?.strokes ?? []), stroke];
    this.change("stroke", { target_mask: { strokes } });
    this.lastChange.name = "";
  }

  addPin(pin: Pin): void {
    this.chosenPin = this.request.pins.length;
    this.pendingPin = null;
    this.change("pin", { pins: [...this.request.pins, pin] });
    this.lastChange.name = "";
  }

  movePin(index: number, values: Partial<Pin>): void {
    const pins = this.request.pins.map((pin, n) => (n === index ? { ...pin, ...values } : pin));
    this.change(`pin ${index}`, { pins });
  }

  deletePin(index: number): void {
    this.chosenPin = null;
    this.change("delete pin", { pins: this.request.pins.filter((_, n) => n !== index) });
    this.lastChange.name = "";
  }

  undo(): void {
    if (this.history.canUndo) this.goBack(this.history.undo());
  }

  redo(): void {
    if (this.history.canRedo) this.goBack(this.history.redo());
  }

  goTo(place: number): void {
    this.goBack(this.history.go(place));
  }

  private goBack(request: ResultRequest): void {
    this.request = request;
    this.references = request.references.map((id) => this.known.get(id)!).filter(Boolean);
    this.chosenPin = null;
    this.changed();
    void this.attempt(() => this.ask());
  }

  /** Show the request that was kept as A, or the last one again. */
  async swapA(showsA: boolean): Promise<void> {
    if (!this.keptA || showsA === (this.lastShown !== null)) return;
    const shown = showsA ? this.keptA : this.lastShown!;
    this.lastShown = showsA ? this.request : null;
    this.request = structuredClone(shown);
    await this.attempt(() => this.ask());
  }

  private lastShown: ResultRequest | null = null;
  private readonly known = new Map<string, Picture>();

  private async askIfComplete(continues = false): Promise<void> {
    for (const each of this.references) this.known.set(each.id, each);
    if (!this.session || !this.references.length) {
      this.changed();
      return;
    }
    this.history.add(this.request, continues);
    await this.ask();
  }

  private async ask(): Promise<void> {
    if (!this.session) return;
    const order = ++this.asked;
    this.status = "queued";
    try {
      const accepted = await this.client.ask(this.session.id, this.request);
      if (order !== this.asked) return;
      this.unused = accepted.unused_settings;
      this.session.revision = accepted.revision;
    } catch (error) {
      if (order === this.asked) this.status = "failed";
      throw error;
    }
    this.changed();
  }

  private begin(session: Session): void {
    this.session = session;
    localStorage.setItem(SESSION_KEY, session.id);
    this.listening = new AbortController();
    void listen(
      this.client,
      session.id,
      (event) => void this.heard(event),
      (lost) => this.set({ lost }),
      this.listening.signal,
    );
  }

  private async heard({ name, data }: ServerEvent): Promise<void> {
    if (data.kind !== "request" || !this.session) return;
    if (name === "ready" && data.revision !== undefined) {
      await this.attempt(() => this.received(data.revision!));
    }
    if (data.revision !== this.session.revision) return;
    if (name === "queued") this.set({ status: "queued", place: data.place ?? 0 });
    if (name === "started") this.set({ status: "running", node: "" });
    if (name === "progress") this.set({ node: data.node ?? "" });
    if (name === "ready") this.set({ status: "idle" });
    if (name === "failed") this.set({ status: "failed", message: data.problem?.detail ?? text.failed });
  }

  private async received(revision: number): Promise<void> {
    const session = this.session;
    if (!session) return;
    const found = await this.client.revision(session.id, revision);
    if (found.state !== "ready" || !found.result || session !== this.session) return;
    if (this.result && revision < this.result.revision) return;
    session.ready = revision;
    this.result = { revision, facts: found.result, request: this.request };
    this.maps = new Maps(this.client, session.id, revision, () => this.changed());
    this.changed();
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
    this.keptA = null;
    this.unused = {};
    this.status = "idle";
    this.pendingPin = null;
    this.chosenPin = null;
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

export function emptyRequest(): ResultRequest {
  return { mode: "transfer", references: [], settings: {}, target_mask: null, pins: [] };
}
