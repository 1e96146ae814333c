/** What is drawn over a viewer: maps, outlines, pins, masks, the divider and the cursor. */
import type OpenSeadragon from "openseadragon";
import type { Place, Size, Stroke } from "../api/types";
import { pointOf } from "./coordinates";

export interface Mark {
  place: Place;
  label: string;
  chosen: boolean;
}

export interface LayerPicture {
  image: ImageData;
  alpha: number;
}

const MASK = 0.5; // the opacity of a mask

export class OverlayCanvas {
  private readonly canvas = document.createElement("canvas");
  private readonly maskCanvas = document.createElement("canvas");
  private layers: { image: HTMLCanvasElement; alpha: number }[] = [];
  marks: Mark[] = [];
  strokes: readonly Stroke[] = [];
  cursor: Place | null = null;
  divider: number | null = null; // as a share of the width

  constructor(
    private readonly viewer: OpenSeadragon.Viewer,
    private readonly size: () => Size | null,
  ) {
    this.canvas.className = "overlay";
    this.canvas.setAttribute("aria-hidden", "true");
    viewer.element.append(this.canvas);
    viewer.addHandler("update-viewport", () => this.draw());
  }

  /** Lay pictures of maps over the picture. */
  setLayers(layers: LayerPicture[]): void {
    this.layers = layers.map(({ image, alpha }) => ({ image: canvasOf(image), alpha }));
  }

  draw(): void {
    const size = this.size();
    const { clientWidth: width, clientHeight: height } = this.viewer.element;
    const context = sized(this.canvas, width, height);
    if (!size || this.viewer.world.getItemCount() === 0) return;
    const [left, top] = pointOf(this.viewer, [0, 0]);
    const [right, bottom] = pointOf(this.viewer, [size.width, size.height]);
    context.imageSmoothingEnabled = false;
    for (const { image, alpha } of this.layers) {
      context.globalAlpha = alpha;
      context.drawImage(image, left, top, right - left, bottom - top);
    }
    context.globalAlpha = 1;
    if (this.strokes.length) this.drawMask(context, (right - left) / size.width, width, height);
    if (this.divider !== null) drawDivider(context, this.divider * width, height);
    for (const mark of this.marks) drawMark(context, pointOf(this.viewer, mark.place), mark);
    if (this.cursor) drawCursor(context, pointOf(this.viewer, this.cursor));
  }

  /** Draw strokes one over the other, as the server lays them, and the whole in one tint. */
  private drawMask(context: CanvasRenderingContext2D, scale: number, width: number, height: number): void {
    const mask = sized(this.maskCanvas, width, height);
    mask.lineCap = mask.lineJoin = "round";
    mask.strokeStyle = mask.fillStyle = "#ff3c3c";
    for (const stroke of this.strokes) {
      const soft = stroke.radius * stroke.softness * scale;
      const radius = Math.max(0.5, stroke.radius * scale - soft / 2); // where the soft edge is half as strong
      mask.globalCompositeOperation = stroke.erase ? "destination-out" : "source-over";
      mask.filter = soft > 1 ? `blur(${soft / 4}px)` : "none";
      const path = new Path2D();
      const [first, ...others] = stroke.points.map((place) => pointOf(this.viewer, place));
      path.moveTo(...first!);
      if (!others.length) path.lineTo(first![0] + 0.01, first![1]); // browsers draw no blurred line without length
      for (const point of others) path.lineTo(...point);
      if (stroke.fill) {
        path.closePath();
        mask.fill(path);
      }
      mask.lineWidth = 2 * radius;
      mask.stroke(path);
    }
    mask.globalCompositeOperation = "source-over";
    mask.filter = "none";
    context.globalAlpha = MASK;
    context.drawImage(this.maskCanvas, 0, 0, width, height);
    context.globalAlpha = 1;
  }
}

function drawDivider(context: CanvasRenderingContext2D, x: number, height: number): void {
  stroked(context, () => {
    context.moveTo(x, 0);
    context.lineTo(x, height);
  });
  context.beginPath();
  context.arc(x, height / 2, 13, 0, 2 * Math.PI);
  context.fillStyle = "#ffffff";
  context.fill();
  context.strokeStyle = "#000000";
  context.lineWidth = 1.5;
  context.stroke();
  context.beginPath();
  for (const side of [-1, 1]) {
    context.moveTo(x + side * 4, height / 2 - 4);
    context.lineTo(x + side * 8, height / 2);
    context.lineTo(x + side * 4, height / 2 + 4);
  }
  context.stroke();
}

function drawMark(context: CanvasRenderingContext2D, [x, y]: Place, mark: Mark): void {
  context.beginPath();
  context.arc(x, y, mark.chosen ? 11 : 9, 0, 2 * Math.PI);
  context.fillStyle = mark.chosen ? "#ffd34d" : "#ffffff";
  context.fill();
  context.lineWidth = 2;
  context.strokeStyle = "#000000";
  context.stroke();
  context.fillStyle = "#000000";
  context.font = "bold 11px system-ui, sans-serif";
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillText(mark.label, x, y + 0.5);
}

function drawCursor(context: CanvasRenderingContext2D, [x, y]: Place): void {
  stroked(context, () => {
    context.moveTo(x - 12, y);
    context.lineTo(x + 12, y);
    context.moveTo(x, y - 12);
    context.lineTo(x, y + 12);
  });
}

/** Draw a white line with a dark edge, which is seen on every picture. */
function stroked(context: CanvasRenderingContext2D, path: () => void): void {
  for (const [color, width] of [["#000000", 3.5], ["#ffffff", 1.5]] as const) {
    context.strokeStyle = color;
    context.lineWidth = width;
    context.beginPath();
    path();
    context.stroke();
  }
}

/** Return the context of a canvas that is cleared and has the size of its viewer. */
function sized(canvas: HTMLCanvasElement, width: number, height: number): CanvasRenderingContext2D {
  const scale = devicePixelRatio;
  const [wide, high] = [Math.round(width * scale), Math.round(height * scale)];
  if (canvas.width !== wide || canvas.height !== high) Object.assign(canvas, { width: wide, height: high });
  const context = canvas.getContext("2d")!;
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}

function canvasOf(image: ImageData): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  canvas.width = image.width;
  canvas.height = image.height;
  canvas.getContext("2d")!.putImageData(image, 0, 0);
  return canvas;
}
