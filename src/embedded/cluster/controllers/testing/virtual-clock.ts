import { ControllerClock } from '../controller-clock.js';

interface Timer {
  due: number;
  order: number;
  run: () => void;
}

/** Time that passes only when told to, synchronously: the same calls always give the same history. */
export class VirtualClock extends ControllerClock {
  private readonly timers = new Set<Timer>();
  private readonly immediates = new Set<Timer>();
  private order = 0;

  constructor(private time = Date.parse('2026-01-01T00:00:00Z')) {
    super();
  }

  override now(): number {
    return this.time;
  }

  override after(ms: number, run: () => void): () => void {
    const timer = { due: this.time + ms, order: (this.order += 1), run };
    this.timers.add(timer);
    return () => this.timers.delete(timer);
  }

  override soon(run: () => void): () => void {
    const immediate = { due: this.time, order: (this.order += 1), run };
    this.immediates.add(immediate);
    return () => this.immediates.delete(immediate);
  }

  /** How many timers and immediates wait: nothing is left ticking when it is zero. */
  get waiting(): number {
    return this.timers.size + this.immediates.size;
  }

  /** Lets that many milliseconds pass and runs all that falls due, in order. */
  advance(ms: number): void {
    const end = this.time + ms;
    this.runImmediates();
    for (let next = this.earliest(end); next !== undefined; next = this.earliest(end)) {
      this.timers.delete(next);
      this.time = Math.max(this.time, next.due);
      next.run();
      this.runImmediates();
    }
    this.time = end;
  }

  private runImmediates(): void {
    for (const immediate of this.immediates) {
      this.immediates.delete(immediate);
      immediate.run();
    }
  }

  private earliest(end: number): Timer | undefined {
    let found: Timer | undefined;
    for (const timer of this.timers) {
      if (timer.due > end) continue;
      if (found === undefined || timer.due < found.due || (timer.due === found.due && timer.order < found.order)) {
        found = timer;
      }
    }
    return found;
  }
}
