import { setTimeout as delay } from 'node:timers/promises';

/** Waits until something is so, for at most 20 s: for what other parts do in their own time. */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`waited 20 s in vain: ${what}`);
    await delay(5);
  }
}
