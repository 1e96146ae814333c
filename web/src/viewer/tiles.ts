/** Tile sources of pictures and results, and the options that all viewers share. */
import OpenSeadragon from "openseadragon";
import type { Picture, Place } from "../api/types";
import type { Color } from "../state/store";

const SMALLEST = 8; // a level of 256 pixels: smaller ones save nothing
const CRISP = 2; // pixels of the screen for one of the picture from which on pixels are shown as squares

// Tiles of a result that another one followed end early. That is no fault that people should see.
const { console } = window;
(OpenSeadragon as unknown as { console: Pick<Console, "error"> }).console = {
  ...console,
  error: (...said: unknown[]) => (String(said[0]).startsWith("Tile %s failed to load") ? undefined : console.error(...said)),
};

export function tileSource(picture: Picture, base: string): OpenSeadragon.TileSource {
  return new OpenSeadragon.TileSource({
    width: picture.size.width,
    height: picture.size.height,
    tileSize: picture.tile,
    tileOverlap: 0,
    minLevel: Math.min(SMALLEST, picture.levels),
    maxLevel: picture.levels,
    getTileUrl: (level: number, x: number, y: number) => `${base}/tiles/${level}/${x}_${y}.webp`,
  } as unknown as OpenSeadragon.TileSourceOptions);
}

/** Make a viewer that shows single pixels as squares, and that fits its picture again when its own size changes. */
export function newViewer(element: HTMLElement, headers: Record<string, string>): OpenSeadragon.Viewer {
  const viewer = new OpenSeadragon.Viewer({
    element,
    drawer: "canvas",
    loadTilesWithAjax: true,
    ajaxHeaders: headers,
    showNavigationControl: false,
    animationTime: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 0.25,
    springStiffness: 10,
    maxZoomPixelRatio: 32,
    minZoomImageRatio: 0.5,
    visibilityRatio: 0.5,
    gestureSettingsMouse: { clickToZoom: false, dblClickToZoom: true },
    gestureSettingsTouch: { clickToZoom: false, dblClickToZoom: true },
    autoResize: false,
    immediateRender: true,
    maxTilesPerFrame: 8,
    imageLoaderLimit: 3, // a coarse level comes first, and is seen before the fine one
    tabIndex: "" as unknown as number,
  } as OpenSeadragon.Options);
  let isSmooth = true;
  viewer.addHandler("update-viewport", () => {
    const item = viewer.world.getItemAt(0);
    const smooth = !item || item.viewportToImageZoom(viewer.viewport.getZoom(true)) * devicePixelRatio < CRISP;
    if (smooth === isSmooth) return;
    isSmooth = smooth;
    viewer.drawer.setImageSmoothingEnabled(smooth);
  });
  const box = { width: 0, height: 0 };
  new ResizeObserver(() => {
    const { clientWidth: width, clientHeight: height } = element;
    if (!width || !height || (width === box.width && height === box.height)) return;
    const { viewport } = viewer;
    const wasFitted = viewport.getZoom() <= 1.01 * viewport.getHomeZoom();
    Object.assign(box, { width, height });
    viewport.resize(new OpenSeadragon.Point(width, height), true);
    if (wasFitted) viewport.goHome(true);
    viewer.forceRedraw();
  }).observe(element);
  return viewer;
}

/** Zoom so that a pixel of the picture is a pixel of the screen. */
export function zoomToPixels(viewer: OpenSeadragon.Viewer): void {
  const item = viewer.world.getItemAt(0);
  if (item) viewer.viewport.zoomTo(item.imageToViewportZoom(1 / devicePixelRatio));
}

/** Tell whether tiles of one level, named "x_y", cover what is seen of a picture. */
export function covers(viewer: OpenSeadragon.Viewer, item: OpenSeadragon.TiledImage, picture: Picture, level: number, names: Set<string>): boolean {
  const seen = item.viewportToImageRectangle(viewer.viewport.getBounds(true));
  const scale = 2 ** (level - picture.levels) / picture.tile;
  const range = (from: number, length: number, most: number): [number, number] => [
    Math.floor(Math.max(from, 0) * scale),
    Math.ceil(Math.min(from + length, most) * scale),
  ];
  const [left, right] = range(seen.x, seen.width, picture.size.width);
  const [top, bottom] = range(seen.y, seen.height, picture.size.height);
  for (let y = top; y < bottom; y++) for (let x = left; x < right; x++) if (!names.has(`${x}_${y}`)) return false;
  return true;
}

export interface LoadedTile {
  level: number;
  x: number;
  y: number;
  loaded: boolean;
}

/** Return the colour that a viewer has at a place of a picture, and whether it is that pixel alone. */
export function colorAt(
  viewer: OpenSeadragon.Viewer,
  item: OpenSeadragon.TiledImage,
  picture: Picture,
  place: Place,
): { color: Color; isExact: boolean } | null {
  const drawn = (item as unknown as { lastDrawn: { tile: LoadedTile }[] }).lastDrawn;
  let found: { tile: LoadedTile; x: number; y: number } | null = null;
  for (const { tile } of drawn) {
    if (!tile.loaded || (found && found.tile.level >= tile.level)) continue;
    const scale = 2 ** (tile.level - picture.levels);
    const [x, y] = [Math.floor(place[0] * scale) - tile.x * picture.tile, Math.floor(place[1] * scale) - tile.y * picture.tile];
    if (x >= 0 && y >= 0 && x < picture.tile && y < picture.tile) found = { tile, x, y };
  }
  if (!found) return null;
  const drawer = viewer.drawer as unknown as { getDataToDraw(tile: LoadedTile): CanvasRenderingContext2D | undefined };
  const pixel = drawer.getDataToDraw(found.tile)?.getImageData(found.x, found.y, 1, 1).data;
  if (!pixel) return null;
  return { color: [pixel[0]!, pixel[1]!, pixel[2]!], isExact: found.tile.level === picture.levels };
}
