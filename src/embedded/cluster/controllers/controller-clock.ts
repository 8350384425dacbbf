import { timestamp } from '../store/writes.js';

/** The time the controllers live by. A test puts a virtual one in its place. */
export abstract class ControllerClock {
  /** milliseconds since the epoch */
  abstract now(): number;
  /** Runs once after that many milliseconds, unless cancelled by calling the answer. */
  abstract after(ms: number, run: () => void): () => void;
  /** Runs once after what is going on now, unless cancelled by calling the answer. */
  abstract soon(run: () => void): () => void;

  /** The time as metav1.Time prints it, in whole seconds. */
  timestamp(): string {
    return timestamp(new Date(this.now()));
  }

  /** Milliseconds passed since an RFC 3339 time; infinite when there is none. */
  since(stamp: string | undefined): number {
    return stamp === undefined ? Number.POSITIVE_INFINITY : this.now() - Date.parse(stamp);
  }
}

/** setTimeout fires at once beyond this; a yearly CronJob waits longer. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Real time. Its timers keep no process alive: the server that the controllers belong to does that. */
export class SystemControllerClock extends ControllerClock {
  override now(): number {
    return Date.now();
  }

  override after(ms: number, run: () => void): () => void {
    const due = Date.now() + ms;
    let timer: NodeJS.Timeout;
    const arm = (): void => {
      const left = due - Date.now();
      timer = left > LONGEST_TIMER_MS ? setTimeout(arm, LONGEST_TIMER_MS) : setTimeout(run, Math.max(0, left));
      timer.unref();
    };
    arm();
    return () => clearTimeout(timer);
  }

  override soon(run: () => void): () => void {
    const immediate = setImmediate(run);
    return () => clearImmediate(immediate);
  }
}
