/** Undo and redo: a list of requests, and the place in it. */
import type { ResultRequest } from "../api/types";

const MOST = 100;

export interface Step {
  /** What changed, in words. */
  name: string;
  request: ResultRequest;
}

export class History {
  constructor(
    private list: Step[] = [],
    private place = list.length - 1,
  ) {}

  get steps(): readonly Step[] {
    return this.list;
  }

  get current(): number {
    return this.place;
  }

  get canUndo(): boolean {
    return this.place > 0;
  }

  get canRedo(): boolean {
    return this.place < this.list.length - 1;
  }

  /** Add a step. What was undone before is forgotten. A step that continues the last one stands in its place. */
  add(name: string, request: ResultRequest, continues: boolean): void {
    const kept = this.list.slice(0, this.place + 1);
    if (continues && kept.length > 1) kept.pop();
    kept.push({ name, request: structuredClone(request) });
    this.list = kept.slice(-MOST);
    this.place = this.list.length - 1;
  }

  go(place: number): ResultRequest {
    this.place = Math.min(Math.max(place, 0), this.list.length - 1);
    return structuredClone(this.list[this.place]!.request);
  }
}

const KEY = "huegraft-history";

/** Keep a history beside the browser's page, so that a reload has it again. */
export function keep(session: string, history: History): void {
  try {
    localStorage.setItem(KEY, JSON.stringify({ session, steps: history.steps, place: history.current }));
  } catch {
    localStorage.removeItem(KEY); // it grew too long for the browser: only undo after a reload is lost
  }
}

/** Return the history of a session that was kept, or null. */
export function kept(session: string): History | null {
  const found = JSON.parse(localStorage.getItem(KEY) ?? "null") as { session: string; steps: Step[]; place: number } | null;
  return found?.session === session ? new History(found.steps, found.place) : null;
}
