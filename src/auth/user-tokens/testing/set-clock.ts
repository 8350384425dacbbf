import { SystemClock } from '../../../platform/clock.js';

/** Shows the time it was set to. */
export class SetClock extends SystemClock {
  constructor(private time = Date.parse('2026-01-01T00:00:00Z')) {
    super();
  }

  override now(): Date {
    return new Date(this.time);
  }

  advance(seconds: number): void {
    this.time += seconds * 1_000;
  }

  /** Whole seconds since 1970, as tokens count. */
  seconds(offset = 0): number {
    return Math.floor(this.time / 1_000) + offset;
  }
}
