import { Clock } from '../../src/platform/clock.js';

interface Sleeper {
  readonly due: number;
  wake(): void;
}

/** Time that stands still until it is told to go on. */
export class FakeClock extends Clock {
  private readonly sleepers = new Set<Sleeper>();

  constructor(private time = Date.parse('2026-01-01T00:00:00Z')) {
    super();
  }

  now(): Date {
    return new Date(this.time);
  }

  /** How many sleep: what has ended leaves none behind. */
  get sleeping(): number {
    return this.sleepers.size;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    if (signal?.aborted) return Promise.reject(signal.reason);
    const leave = (): void => reject(signal?.reason);
    const end = (): void => {
      this.sleepers.delete(sleeper);
      signal?.removeEventListener('abort', leave);
    };
    const sleeper: Sleeper = { due: this.time + ms, wake: resolve };
    this.sleepers.add(sleeper);
    signal?.addEventListener('abort', leave, { once: true });
    return promise.finally(end);
  }

  /** Lets time pass, waking sleepers in the order in which they are due; what they do next is given a turn between. */
  async advance(ms: number): Promise<void> {
    const end = this.time + ms;
    for (let next = this.next(end); next !== undefined; next = this.next(end)) {
      this.time = Math.max(this.time, next.due);
      this.sleepers.delete(next);
      next.wake();
      await turn();
    }
    this.time = end;
    await turn();
  }

  private next(end: number): Sleeper | undefined {
    return [...this.sleepers].filter(({ due }) => due <= end).sort((a, b) => a.due - b.due)[0];
  }
}

/** Lets everything run that waits for nothing but its turn. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
