import { StatusError } from '../store/status-error.js';
import type { Controller, Delay, ObjectId, Requeue } from './controller.js';
import type { ControllerClock } from './controller-clock.js';
import { backoff, type Timing } from './timing.js';

interface Item {
  readonly controller: Controller;
  readonly id: ObjectId;
}

interface Pending {
  readonly due: number;
  readonly background: boolean;
  readonly cancel: () => void;
}

/** So long may one batch hold up the requests that the same process answers. */
const BATCH_ITEMS = 64;

export type ReportError = (error: unknown, controller: string, id: ObjectId) => void;

/** Reconciles each object that is asked for once, in order, in batches between other work; failures after a wait. */
export class WorkQueue {
  private readonly ready = new Map<string, Item>();
  private readonly delayed = new Map<string, Pending>();
  private readonly failures = new Map<string, number>();
  private waiters: (() => void)[] = [];
  private underWay = 0;
  private cancelBatch: (() => void) | undefined;
  private stopped = false;

  constructor(
    private readonly clock: ControllerClock,
    private readonly timing: Timing,
    private readonly report: ReportError,
  ) {}

  add(controller: Controller, id: ObjectId): void {
    if (this.stopped) return;
    this.ready.set(keyOf(controller, id), { controller, id });
    this.cancelBatch ??= this.clock.soon(() => this.runBatch());
  }

  addAfter(controller: Controller, id: ObjectId, ms: number, { background = false }: Delay = {}): void {
    if (this.stopped) return;
    const key = keyOf(controller, id);
    const due = this.clock.now() + ms;
    const earlier = this.delayed.get(key);
    if (earlier !== undefined && earlier.due <= due) return;
    if (earlier !== undefined) this.forget(key, earlier);
    const pending: Pending = {
      due,
      background,
      cancel: this.clock.after(ms, () => {
        this.forget(key, pending);
        this.add(controller, id);
      }),
    };
    this.delayed.set(key, pending);
    if (!background) this.underWay += 1;
  }

  /** Resolves when nothing is to be done and nothing is under way but deadlines, schedules and back-offs. */
  settled(): Promise<void> {
    if (this.isSettled()) return Promise.resolve();
    return new Promise((resolve) => this.waiters.push(resolve));
  }

  stop(): void {
    this.stopped = true;
    this.cancelBatch?.();
    for (const { cancel } of this.delayed.values()) cancel();
    this.ready.clear();
    this.delayed.clear();
    this.release();
  }

  private runBatch(): void {
    this.cancelBatch = undefined;
    let left = BATCH_ITEMS;
    for (const [key, item] of this.ready) {
      if (left === 0) break;
      left -= 1;
      this.ready.delete(key);
      this.reconcile(key, item);
    }
    if (this.ready.size > 0 && !this.stopped) this.cancelBatch ??= this.clock.soon(() => this.runBatch());
    if (this.isSettled()) this.release();
  }

  /** The one boundary of the loop: whatever a controller throws is reported and tried again. */
  private reconcile(key: string, { controller, id }: Item): void {
    const requeue: Requeue = { after: (ms, delay) => this.addAfter(controller, id, ms, delay) };
    try {
      controller.reconcile(id, requeue);
      this.failures.delete(key);
    } catch (error) {
      const count = this.failures.get(key) ?? 0;
      this.failures.set(key, count + 1);
      this.addAfter(controller, id, backoff(this.timing.retryMs, this.timing.retryMaxMs, count), { background: true });
      // A refusal of the API is part of life and told in Events; anything else is a fault of this program.
      if (!(error instanceof StatusError)) this.report(error, controller.name, id);
    }
  }

  private forget(key: string, pending: Pending): void {
    pending.cancel();
    this.delayed.delete(key);
    if (!pending.background) this.underWay -= 1;
  }

  private isSettled(): boolean {
    return this.stopped || (this.ready.size === 0 && this.underWay === 0);
  }

  private release(): void {
    const waiters = this.waiters;
    this.waiters = [];
    for (const resolve of waiters) resolve();
  }
}

function keyOf(controller: Controller, { key = '', namespace = '', name }: ObjectId): string {
  return `${controller.name} ${key} ${namespace}/${name}`;
}
