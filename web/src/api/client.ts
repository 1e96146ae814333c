/** The API of the server, as this page uses it. */
import type { Folder, Job, Link, Picture, ResultRequest, Revision, Session, SettingsSchema } from "./types";

/** An answer that says what went wrong and what to do (RFC 9457). */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
    readonly retryAfter = 0,
  ) {
    super(detail);
  }
}

export class Client {
  constructor(private readonly token: string) {}

  get headers(): Record<string, string> {
    return { Authorization: `Bearer ${this.token}` };
  }

  async fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const response = await fetch(path, { ...init, headers: { ...this.headers, ...init.headers } });
    if (response.ok) return response;
    const document = (await response.json().catch(() => ({}))) as { type?: string; detail?: string };
    const code = (document.type ?? "").split(":").pop() ?? "";
    const retryAfter = Number(response.headers.get("Retry-After") ?? 0);
    throw new Problem(response.status, code, document.detail ?? response.statusText, retryAfter);
  }

  private async json<T>(path: string, init: RequestInit = {}): Promise<T> {
    return (await (await this.fetch(path, init)).json()) as T;
  }

  private send<T>(method: string, path: string, body: unknown): Promise<T> {
    return this.json(path, { method, body: JSON.stringify(body), headers: { "Content-Type": "application/json" } });
  }

  upload(file: Blob, name: string): Promise<Picture> {
    return this.json(`/v1/pictures?name=${encodeURIComponent(name)}`, { method: "POST", body: file });
  }

  fromFolder(path: string): Promise<Picture> {
    return this.send("POST", "/v1/pictures", { path });
  }

  folder(path: string): Promise<Folder> {
    return this.json(`/v1/folder?path=${encodeURIComponent(path)}`);
  }

  picture(id: string): Promise<Picture> {
    return this.json(`/v1/pictures/${id}`);
  }

  async thumbnail(id: string): Promise<string> {
    return URL.createObjectURL(await (await this.fetch(`/v1/pictures/${id}/thumbnail`)).blob());
  }

  newSession(target: string): Promise<Session> {
    return this.send("POST", "/v1/sessions", { target });
  }

  session(id: string): Promise<Session> {
    return this.json(`/v1/sessions/${id}`);
  }

  async deleteSession(id: string): Promise<void> {
    await this.fetch(`/v1/sessions/${id}`, { method: "DELETE" });
  }

  ask(session: string, request: ResultRequest): Promise<{ revision: number; unused_settings: Record<string, string> }> {
    return this.send("PUT", `/v1/sessions/${session}/request`, request);
  }

  revision(session: string, revision: number): Promise<Revision> {
    return this.json(`/v1/sessions/${session}/revisions/${revision}`);
  }

  async map(session: string, revision: number, name: string): Promise<Response> {
    return this.fetch(`/v1/sessions/${session}/revisions/${revision}/maps/${name}`);
  }

  download(session: string, revision: number, format: string, depth: string, saveAs: string | null): Promise<Link> {
    const body = { format, depth, save_as: saveAs };
    return this.send("POST", `/v1/sessions/${session}/revisions/${revision}/downloads`, body);
  }

  async file(session: string, revision: number, name: string): Promise<Blob> {
    return (await this.fetch(`/v1/sessions/${session}/revisions/${revision}/${name}`)).blob();
  }

  openRecipe(file: Blob): Promise<Session> {
    return this.json("/v1/projects", { method: "POST", body: file, headers: { "Content-Type": "application/zip" } });
  }

  study(session: string, kind: "sweeps" | "suggestions" | "explanations", body: unknown): Promise<Job> {
    return this.send("POST", `/v1/sessions/${session}/${kind}`, body);
  }

  async finished(job: Job): Promise<Job> {
    let found = job;
    while (found.state === "queued" || found.state === "running") {
      await new Promise((resolve) => setTimeout(resolve, 150));
      found = await this.json<Job>(`/v1/jobs/${job.id}`);
    }
    if (found.problem) throw new Problem(found.problem.status, "", found.problem.detail);
    return found;
  }

  async pictureOfJob(job: string, number: number): Promise<string> {
    return URL.createObjectURL(await (await this.fetch(`/v1/jobs/${job}/pictures/${number}.webp`)).blob());
  }

  settingsSchema(): Promise<SettingsSchema> {
    return this.json("/v1/settings-schema");
  }
}
