/** One tab works on a session at a time: two would overwrite each other's requests. */

let held = "";
let release: (() => void) | null = null;

/** Hold a session while this tab lives, in the place of the one that it held; false if another tab holds it. */
export async function hold(session: string): Promise<boolean> {
  if (held === session) return true;
  release?.();
  held = "";
  const isFree = await new Promise<boolean>((resolve) => {
    void navigator.locks.request(`huegraft ${session}`, { ifAvailable: true }, (lock) => {
      resolve(lock !== null);
      return lock && new Promise<void>((end) => (release = end));
    });
  });
  if (isFree) held = session;
  return isFree;
}
