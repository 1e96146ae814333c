/** Maps of one result: labels and attention, so that pointing asks nothing of the server. */
import type { Client } from "../api/client";

export interface Labels {
  width: number;
  height: number;
  values: Uint16Array;
}

export interface Attention {
  perRow: number;
  counts: number[];
  superpixels: Uint32Array;
  weights: Float32Array;
}

export const BESIDE = 65535;

export class Maps {
  labels: Labels | null = null;
  attention: Attention | null = null;
  readonly references = new Map<number, Labels>();
  readonly pictures = new Map<string, ImageData>();
  private wanted = new Set<string>();

  constructor(
    private readonly client: Client,
    private readonly session: string,
    private readonly revision: number,
    private readonly changed: () => void,
  ) {}

  /** Load what pointing needs, once. */
  load(reference: number): void {
    this.loadPicture("matched");
    this.loadPicture("confidence");
    this.once("labels", async () => (this.labels = await this.readLabels("labels.u16")));
    this.once("attention", async () => (this.attention = await this.readAttention()));
    this.once(`reference ${reference}`, async () => {
      this.references.set(reference, await this.readLabels(`labels.u16?reference=${reference}`));
    });
  }

  /** Load the picture of an overlay, once. */
  loadPicture(name: "confidence" | "matched" | "clipped"): void {
    this.once(name, async () => {
      const body = await (await this.client.map(this.session, this.revision, name)).blob();
      this.pictures.set(name, pixelsOf(await createImageBitmap(body)));
    });
  }

  /** Which superpixels of a reference a superpixel of the target attends to, and how much. */
  attended(superpixel: number, reference: number): { superpixel: number; weight: number }[] {
    const { attention } = this;
    if (!attention) return [];
    const first = attention.counts.slice(0, reference).reduce((sum, count) => sum + count, 0);
    const end = first + (attention.counts[reference] ?? 0);
    const found: { superpixel: number; weight: number }[] = [];
    for (let n = superpixel * attention.perRow; n < (superpixel + 1) * attention.perRow; n++) {
      const other = attention.superpixels[n]!;
      const weight = attention.weights[n]!;
      if (other >= first && other < end && weight > 0.001) found.push({ superpixel: other - first, weight });
    }
    return found;
  }

  /** Return the share of pixels whose new colour the file cannot hold; null while it is not known. */
  get clippedShare(): number | null {
    const clipped = this.pictures.get("clipped");
    if (!clipped) return null;
    let count = 0;
    for (let n = 0; n < clipped.data.length; n += 4) count += clipped.data[n]! > 127 ? 1 : 0;
    return (4 * count) / clipped.data.length;
  }

  private once(name: string, load: () => Promise<unknown>): void {
    if (this.wanted.has(name)) return;
    this.wanted.add(name);
    load().then(this.changed, () => this.wanted.delete(name)); // a result that was superseded has no maps any more
  }

  private async readLabels(name: string): Promise<Labels> {
    const response = await this.client.map(this.session, this.revision, name);
    const [height, width] = response.headers.get("Huegraft-Size")!.split("x").map(Number);
    return { width: width!, height: height!, values: new Uint16Array(await response.arrayBuffer()) };
  }

  private async readAttention(): Promise<Attention> {
    const body = await (await this.client.map(this.session, this.revision, "attention.bin")).arrayBuffer();
    const [rows, perRow, references] = new Uint32Array(body, 0, 3);
    const counts = [...new Uint32Array(body, 12, references!)];
    const start = 12 + 4 * references!;
    const length = rows! * perRow!;
    return {
      perRow: perRow!,
      counts,
      superpixels: new Uint32Array(body, start, length),
      weights: new Float32Array(body, start + 4 * length, length),
    };
  }
}

function pixelsOf(bitmap: ImageBitmap): ImageData {
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext("2d")!;
  context.drawImage(bitmap, 0, 0);
  return context.getImageData(0, 0, width, height);
}
