/** The target and its result, one above the other in one viewer. A clip shows as much of the upper one as is asked. */
import OpenSeadragon from "openseadragon";
import type { Client } from "../api/client";
import type { Picture } from "../api/types";
import { tileSource, viewerOptions } from "./tiles";

export class CompareViewer {
  readonly viewer: OpenSeadragon.Viewer;
  private target: Picture | null = null;
  private lower: OpenSeadragon.TiledImage | null = null;
  private upper: OpenSeadragon.TiledImage | null = null;
  private revision = 0;
  private wanted = 0;
  private from = 0; // the share of the width where the result begins
  private shownBase = "";

  constructor(element: HTMLElement, client: Client) {
    this.viewer = new OpenSeadragon.Viewer(viewerOptions(element, client.headers));
  }

  /** Show a target, with nothing above it. */
  showTarget(target: Picture | null): void {
    if (target?.id === this.target?.id) return;
    this.viewer.world.removeAll();
    this.target = target;
    this.lower = this.upper = null;
    this.revision = this.wanted = 0;
    this.shownBase = "";
    if (!target) return;
    this.viewer.addTiledImage({
      tileSource: tileSource(target, `/v1/pictures/${target.id}`),
      success: (event) => {
        this.lower = (event as unknown as { item: OpenSeadragon.TiledImage }).item;
        this.viewer.viewport.goHome(true);
      },
    });
  }

  /** Lay a result over the target. The one before stays until all visible tiles of the new one are there. */
  showResult(session: string, revision: number): void {
    const base = `/v1/sessions/${session}/revisions/${revision}`;
    if (!this.target || base === this.shownBase) return;
    this.shownBase = base;
    this.wanted = revision;
    const before = this.upper;
    this.viewer.addTiledImage({
      tileSource: tileSource(this.target, base),
      success: (event) => {
        const item = (event as unknown as { item: OpenSeadragon.TiledImage }).item;
        if (revision !== this.wanted) {
          this.viewer.world.removeItem(item);
          return;
        }
        this.upper = item;
        this.clip();
        this.whenLoaded(item, () => {
          for (const old of this.items()) {
            if (old !== this.lower && old !== this.upper) this.viewer.world.removeItem(old);
          }
          if (before && before !== this.upper && this.items().includes(before)) this.viewer.world.removeItem(before);
          this.revision = revision;
          this.viewer.element.dataset["revision"] = String(revision);
        });
      },
    });
  }

  /** Show the result from a share of the width on: 0 shows all of it, 1 none. */
  showFrom(share: number): void {
    this.from = share;
    this.clip();
  }

  get shownRevision(): number {
    return this.revision;
  }

  private clip(): void {
    const { target } = this;
    if (!target) return;
    const { width, height } = target.size;
    const left = Math.round(this.from * width);
    for (const item of this.items()) {
      if (item === this.lower) continue;
      item.setOpacity(left >= width ? 0 : 1);
      item.setClip(left > 0 && left < width ? new OpenSeadragon.Rect(left, 0, width - left, height) : null);
    }
  }

  private items(): OpenSeadragon.TiledImage[] {
    return Array.from({ length: this.viewer.world.getItemCount() }, (_, n) => this.viewer.world.getItemAt(n));
  }

  private whenLoaded(item: OpenSeadragon.TiledImage, then: () => void): void {
    if (item.getFullyLoaded()) {
      then();
      return;
    }
    item.addOnceHandler("fully-loaded-change", () => {
      if (item.getFullyLoaded()) then();
      else this.whenLoaded(item, then);
    });
  }
}

/** Let one viewer follow another at once, without an animation of its own. */
export function follow(leader: OpenSeadragon.Viewer, follower: OpenSeadragon.Viewer): () => void {
  const update = (): void => {
    follower.viewport.zoomTo(leader.viewport.getZoom(true), undefined, true);
    follower.viewport.panTo(leader.viewport.getCenter(true), true);
  };
  leader.addHandler("update-viewport", update);
  update();
  return () => leader.removeHandler("update-viewport", update);
}
