/** Undo and redo: a list of requests, and the place in it. */
import type { ResultRequest } from "../api/types";

const MOST = 200;

export class History {
  private list: ResultRequest[] = [];
  private place = -1;

  get entries(): readonly ResultRequest[] {
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

  /** Add a request. What was undone before is forgotten. One that replaces the last one stands in its place. */
  add(request: ResultRequest, replacesLast: boolean): void {
    const kept = this.list.slice(0, this.place + 1);
    if (replacesLast && kept.length > 1) kept.pop();
    kept.push(structuredClone(request));
    this.list = kept.slice(-MOST);
    this.place = this.list.length - 1;
  }

  go(place: number): ResultRequest {
    this.place = Math.min(Math.max(place, 0), this.list.length - 1);
    return structuredClone(this.list[this.place]!);
  }

  undo(): ResultRequest {
    return this.go(this.place - 1);
  }

  redo(): ResultRequest {
    return this.go(this.place + 1);
  }
}
