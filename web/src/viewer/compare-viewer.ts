/** The target and its result, one above the other in one viewer. A crop shows as much of the upper one as is asked. */
import OpenSeadragon from "openseadragon";
import type { Client } from "../api/client";
import type { Picture, Place } from "../api/types";
import { colorAt, covers, newViewer, tileSource, type LoadedTile } from "./tiles";

export class CompareViewer {
  readonly viewer: OpenSeadragon.Viewer;
  private target: Picture | null = null;
  private lower: OpenSeadragon.TiledImage | null = null;
  private upper: OpenSeadragon.TiledImage | null = null; // the result that is seen
  private coming: OpenSeadragon.TiledImage | null = null; // the one whose tiles are on their way
  private comingRevision = 0;
  private readonly levels = new Map<number, Set<string>>(); // its tiles that came, by level
  private wanted = "";
  private from = 0; // the share of the viewer's width where the result begins

  constructor(
    readonly element: HTMLElement,
    client: Client,
  ) {
    this.viewer = newViewer(element, client.headers);
    this.viewer.addHandler("viewport-change", () => this.crop());
    this.viewer.addHandler("tile-loaded", (event) => {
      const { tiledImage, tile } = event as unknown as { tiledImage: OpenSeadragon.TiledImage; tile: LoadedTile };
      this.loaded(tiledImage, tile);
    });
  }

  /** Show a target, with nothing above it. */
  showTarget(target: Picture | null): void {
    if (target?.id === this.target?.id) return;
    this.viewer.world.removeAll();
    this.target = target;
    this.lower = this.upper = this.coming = null;
    this.wanted = "";
    delete this.element.dataset["revision"];
    if (!target) return;
    this.viewer.addTiledImage({
      tileSource: tileSource(target, `/v1/pictures/${target.id}`),
      success: (event) => {
        this.lower = itemOf(event);
        this.viewer.viewport.goHome(true);
      },
    });
  }

  /** Lay a result over the target. The one before is seen until all visible tiles of the new one are there. */
  showResult(session: string, revision: number): void {
    const base = `/v1/sessions/${session}/revisions/${revision}`;
    if (!this.target || base === this.wanted) return;
    this.wanted = base;
    this.comingRevision = revision;
    if (this.coming) this.viewer.world.removeItem(this.coming);
    this.coming = null;
    this.viewer.addTiledImage({
      tileSource: tileSource(this.target, base),
      opacity: 0,
      preload: true,
      success: (event) => {
        const item = itemOf(event);
        if (base !== this.wanted) {
          this.viewer.world.removeItem(item);
          return;
        }
        this.coming = item;
        this.levels.clear();
        whenLoaded(item, () => this.take(item, revision));
      },
    });
  }

  /** A tile has come. A level that covers what is seen is shown at once; finer tiles follow. */
  private loaded(item: OpenSeadragon.TiledImage, tile: LoadedTile): void {
    if (item !== this.coming || !this.target) return;
    const names = this.levels.get(tile.level) ?? new Set();
    this.levels.set(tile.level, names.add(`${tile.x}_${tile.y}`));
    if (covers(this.viewer, item, this.target, tile.level, names)) this.take(item, this.comingRevision);
  }

  /** Let a result take the place of the one before. */
  private take(item: OpenSeadragon.TiledImage, revision: number): void {
    if (item !== this.coming) return;
    if (this.upper) this.viewer.world.removeItem(this.upper);
    this.upper = item;
    this.coming = null;
    this.crop();
    this.viewer.forceRedraw();
    this.element.dataset["revision"] = String(revision);
  }

  /** Show the result from a share of the viewer's width on: 0 shows all of it, 1 none. */
  showFrom(share: number): void {
    this.from = share;
    this.crop();
  }

  /** Return the colours of target and result at a place. */
  colorsAt(place: Place): { own: ReturnType<typeof colorAt>; result: ReturnType<typeof colorAt> } {
    const found = (item: OpenSeadragon.TiledImage | null): ReturnType<typeof colorAt> =>
      item && this.target ? colorAt(this.viewer, item, this.target, place) : null;
    return { own: found(this.lower), result: found(this.upper) };
  }

  private crop(): void {
    const { upper, target, from } = this;
    if (!upper || !target) return;
    upper.setOpacity(from >= 1 ? 0 : 1);
    const { width, height } = target.size;
    const at = upper.viewerElementToImageCoordinates(new OpenSeadragon.Point(from * this.element.clientWidth, 0)).x;
    if (from <= 0 || at <= 0) {
      upper.resetCroppingPolygons();
      return;
    }
    const left = Math.min(at, width);
    // A crop, not a clip: tiles beyond a clip would be forgotten, and be missing when it moves.
    upper.setCroppingPolygons([
      [
        { x: left, y: 0 },
        { x: width, y: 0 },
        { x: width, y: height },
        { x: left, y: height },
      ],
    ] as unknown as OpenSeadragon.Point[][]);
  }
}

function itemOf(event: unknown): OpenSeadragon.TiledImage {
  return (event as { item: OpenSeadragon.TiledImage }).item;
}

function whenLoaded(item: OpenSeadragon.TiledImage, then: () => void): void {
  if (item.getFullyLoaded()) {
    then();
    return;
  }
  item.addOnceHandler("fully-loaded-change", () => whenLoaded(item, then));
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
