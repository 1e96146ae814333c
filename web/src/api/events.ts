/** The stream of events, read by fetch: an EventSource could not send the token. */
import type { Client } from "./client";

export interface ServerEvent {
  name: string;
  data: { kind?: string; revision?: number; place?: number; node?: string; done?: number; of?: number; job?: string } & {
    problem?: { detail: string };
  };
}

const RETRY = 1000;

/** Call `heard` with each event of a session until `signal` is aborted. A stream that breaks is opened again. */
export async function listen(
  client: Client,
  session: string,
  heard: (event: ServerEvent) => void,
  lost: (isLost: boolean) => void,
  signal: AbortSignal,
): Promise<void> {
  let last: string | null = null;
  while (!signal.aborted) {
    try {
      const headers: Record<string, string> = last === null ? {} : { "Last-Event-ID": last };
      const response = await client.fetch(`/v1/events?session=${session}`, { headers, signal });
      lost(false);
      for await (const block of blocks(response)) {
        const event = parsed(block);
        if (event.id !== null) last = event.id;
        if (event.name) heard({ name: event.name, data: JSON.parse(event.data) as ServerEvent["data"] });
      }
    } catch {
      if (signal.aborted) return;
      lost(true);
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY));
  }
}

async function* blocks(response: Response): AsyncGenerator<string> {
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    text += value;
    for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
      yield text.slice(0, end);
      text = text.slice(end + 2);
    }
  }
}

function parsed(block: string): { id: string | null; name: string; data: string } {
  const event = { id: null as string | null, name: "", data: "" };
  for (const line of block.split("\n")) {
    const [field, ...rest] = line.split(": ");
    const value = rest.join(": ");
    if (field === "id") event.id = value;
    if (field === "event") event.name = value;
    if (field === "data") event.data += value;
  }
  return event;
}
