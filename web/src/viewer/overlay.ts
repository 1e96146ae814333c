/** What is drawn over a viewer: maps, outlines, pins, strokes and the cursor. */
import type OpenSeadragon from "openseadragon";
import type { Place, Size, Stroke } from "../api/types";
import { pointOf } from "./coordinates";

export interface Mark {
  place: Place;
  label: string;
  chosen: boolean;
}

export class OverlayCanvas {
  private readonly canvas = document.createElement("canvas");
  private layers: { image: CanvasImageSource; alpha: number; smooth: boolean }[] = [];
  marks: Mark[] = [];
  strokes: Stroke[] = [];
  cursor: Place | null = null;

  constructor(
    private readonly viewer: OpenSeadragon.Viewer,
    private readonly size: () => Size | null,
  ) {
    this.canvas.className = "overlay";
    this.canvas.setAttribute("aria-hidden", "true");
    viewer.element.append(this.canvas);
    viewer.addHandler("update-viewport", () => this.draw());
    viewer.addHandler("resize", () => this.draw());
  }

  /** Lay pictures of maps over the picture. */
  setLayers(layers: { image: ImageData | ImageBitmap; alpha: number; smooth?: boolean }[]): void {
    this.layers = layers.map(({ image, alpha, smooth }) => ({
      image: image instanceof ImageData ? canvasOf(image) : image,
      alpha,
      smooth: smooth ?? false,
    }));
    this.draw();
  }

  draw(): void {
    const size = this.size();
    const { clientWidth: width, clientHeight: height } = this.viewer.element;
    const scale = devicePixelRatio;
    if (this.canvas.width !== width * scale || this.canvas.height !== height * scale) {
      this.canvas.width = width * scale;
      this.canvas.height = height * scale;
    }
    const context = this.canvas.getContext("2d")!;
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, width, height);
    if (!size || this.viewer.world.getItemCount() === 0) return;
    const [left, top] = pointOf(this.viewer, [0, 0]);
    const [right, bottom] = pointOf(this.viewer, [size.width, size.height]);
    for (const { image, alpha, smooth } of this.layers) {
      context.globalAlpha = alpha;
      context.imageSmoothingEnabled = smooth;
      context.drawImage(image, left, top, right - left, bottom - top);
    }
    context.globalAlpha = 1;
    for (const stroke of this.strokes) this.drawStroke(context, stroke, (right - left) / size.width);
    for (const mark of this.marks) this.drawMark(context, mark);
    if (this.cursor) this.drawCursor(context, pointOf(this.viewer, this.cursor));
  }

  private drawStroke(context: CanvasRenderingContext2D, stroke: Stroke, scale: number): void {
    const path = new Path2D();
    for (const place of stroke.points) path.lineTo(...pointOf(this.viewer, place));
    if (stroke.fill) path.closePath();
    context.lineCap = context.lineJoin = "round";
    context.strokeStyle = context.fillStyle = stroke.erase ? "rgb(0 0 0 / 35%)" : "rgb(255 80 80 / 35%)";
    context.lineWidth = Math.max(1, 2 * stroke.radius * scale);
    if (stroke.fill) context.fill(path);
    if (stroke.points.length === 1) {
      const [x, y] = pointOf(this.viewer, stroke.points[0]!);
      context.beginPath();
      context.arc(x, y, stroke.radius * scale, 0, 2 * Math.PI);
      context.fill();
    } else context.stroke(path);
  }

  private drawMark(context: CanvasRenderingContext2D, mark: Mark): void {
    const [x, y] = pointOf(this.viewer, mark.place);
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

  private drawCursor(context: CanvasRenderingContext2D, [x, y]: Place): void {
    for (const [color, width] of [["#000000", 4], ["#ffffff", 2]] as const) {
      context.strokeStyle = color;
      context.lineWidth = width;
      context.beginPath();
      context.moveTo(x - 12, y);
      context.lineTo(x + 12, y);
      context.moveTo(x, y - 12);
      context.lineTo(x, y + 12);
      context.stroke();
    }
  }
}

function canvasOf(image: ImageData): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  canvas.width = image.width;
  canvas.height = image.height;
  canvas.getContext("2d")!.putImageData(image, 0, 0);
  return canvas;
}
