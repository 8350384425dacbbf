import { setTimeout as delay } from 'node:timers/promises';

/** Time as the product sees it; tests put a clock of their own in its place. */
export abstract class Clock {
  abstract now(): Date;
  /** Waits `ms` milliseconds; rejects with the signal's reason when it aborts first. */
  abstract sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export class SystemClock extends Clock {
  now(): Date {
    return new Date();
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    try {
      await delay(ms, undefined, signal ? { signal } : {});
    } catch (error) {
      // Node wraps the reason in an AbortError of its own; callers compare with the reason they gave.
      signal?.throwIfAborted();
      throw error;
    }
  }
}
