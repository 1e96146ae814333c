/** Tile sources of pictures and results, and the options that all viewers share. */
import OpenSeadragon from "openseadragon";
import type { Picture } from "../api/types";

const SMALLEST = 8; // a level of 256 pixels: smaller ones save nothing

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

export function viewerOptions(element: HTMLElement, headers: Record<string, string>): OpenSeadragon.Options {
  return {
    element,
    drawer: "canvas",
    loadTilesWithAjax: true,
    ajaxHeaders: headers,
    showNavigationControl: false,
    animationTime: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 0.25,
    springStiffness: 10,
    maxZoomPixelRatio: 16,
    minZoomImageRatio: 0.5,
    visibilityRatio: 0.5,
    imageSmoothingEnabled: true,
    gestureSettingsMouse: { clickToZoom: false, dblClickToZoom: true },
    gestureSettingsTouch: { clickToZoom: false, dblClickToZoom: true },
    immediateRender: true,
    maxTilesPerFrame: 8,
    imageLoaderLimit: 6,
    tabIndex: "" as unknown as number,
  } as OpenSeadragon.Options;
}

/** Zoom so that a pixel of the picture is a pixel of the screen. */
export function zoomToPixels(viewer: OpenSeadragon.Viewer): void {
  const item = viewer.world.getItemAt(0);
  if (item) viewer.viewport.zoomTo(item.imageToViewportZoom(1 / devicePixelRatio));
}
