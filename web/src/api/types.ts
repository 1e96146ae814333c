/** What the API takes and gives. The server's schemas.py says what each field means; a test compares the names. */
export type Mode = "transfer" | "colorize";
export type Place = [number, number];

export interface Size {
  height: number;
  width: number;
}

export interface Picture {
  id: string;
  name: string;
  size: Size;
  depth: string;
  profile: string;
  notes: string[];
  levels: number;
  tile: number;
}

export interface Stroke {
  points: Place[];
  radius: number;
  softness: number;
  fill: boolean;
  erase: boolean;
}

export interface Mask {
  picture?: string | null;
  strokes: Stroke[];
}

export interface Pin {
  target: Place;
  reference: Place;
  of: number;
}

export interface Region {
  target_mask?: Mask | null;
  reference_mask?: Mask | null;
  reference?: number | null;
}

export interface ResultRequest {
  mode: Mode;
  references: string[];
  settings: Record<string, unknown>;
  target_mask: Mask | null;
  reference_masks: (Mask | null)[];
  regions: Region[];
  pins: Pin[];
}

export interface Session {
  id: string;
  target: string;
  revision: number;
  ready: number;
  request: Partial<ResultRequest>;
}

export interface Facts {
  fit: number;
  notes: string[];
  tones: string[];
  contributions: number[];
  confidence: number;
  superpixels: number;
  working_size: [number, number];
  window: [number, number, number, number];
}

export interface ProblemDocument {
  status: number;
  detail: string;
}

export interface Revision {
  revision: number;
  state: "queued" | "running" | "ready" | "failed" | "superseded" | "cancelled";
  size: Size;
  levels: number;
  tile: number;
  result: Facts | null;
  problem: ProblemDocument | null;
}

export interface Job {
  id: string;
  state: Revision["state"];
  problem: ProblemDocument | null;
  result: Record<string, unknown> | null;
}

export interface Link {
  link: string | null;
  name: string;
  notes: string[];
}

export interface SettingSchema {
  type?: "integer" | "number" | "boolean" | "string" | "array";
  enum?: string[];
  minimum?: number;
  maximum?: number;
  anyOf?: SettingSchema[];
  default: unknown;
  description: string;
  "x-stage": string;
}

export interface SettingsSchema {
  properties: Record<string, SettingSchema>;
}

export interface Folder {
  served: boolean;
  folders: string[];
  pictures: string[];
}
