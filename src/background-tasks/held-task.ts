import type { Clock } from '../platform/clock.js';
import type { TaskQueueStore } from './task-queue.store.js';
import { type ClaimedTask, LeaseLost, type TaskSignals } from './task.js';

/**
 * Keeps the lease of one task while its handler works, and tells the handler when to stop. When the database is away the lease counts
 * as held until the time of the last renewal runs out: from then on another worker may have it.
 */
export class HeldTask implements TaskSignals {
  private readonly stopper = new AbortController();
  private readonly canceller = new AbortController();
  private readonly ended = new AbortController();
  readonly stop = this.stopper.signal;
  readonly cancel = this.canceller.signal;

  constructor(
    readonly task: ClaimedTask,
    private readonly store: TaskQueueStore,
    private readonly clock: Clock,
    private readonly leaseMs: number,
  ) {}

  /** Renews the lease until `end` is called or the lease is lost. Never throws. */
  async keep(): Promise<void> {
    let renewedAt = this.clock.now().getTime();
    while (!this.ended.signal.aborted && !this.stop.aborted) {
      await this.clock.sleep(this.leaseMs / 3, this.ended.signal).catch(() => undefined);
      if (this.ended.signal.aborted) return;
      const askedAt = this.clock.now().getTime();
      if (await this.renew()) renewedAt = askedAt;
      else if (this.clock.now().getTime() - renewedAt >= this.leaseMs) this.abort(new LeaseLost());
    }
  }

  /** Tells the handler to stop, for the given reason. */
  abort(reason: Error): void {
    this.stopper.abort(reason);
  }

  end(): void {
    this.ended.abort();
  }

  private async renew(): Promise<boolean> {
    const outcome = await this.store.heartbeat(this.task, this.leaseMs).catch(() => undefined);
    if (outcome === undefined || this.ended.signal.aborted) return false;
    if (outcome.outcome === 'lost') {
      this.abort(new LeaseLost());
      return false;
    }
    if (outcome.cancel_requested) this.canceller.abort();
    return true;
  }
}
