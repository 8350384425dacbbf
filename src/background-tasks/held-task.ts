import type { Clock } from '../platform/clock.js';
import type { TaskQueueStore } from './task-queue.store.js';
import { type ClaimedTask, LeaseLost, type TaskSignals } from './task.js';

/** For how long a lease was asked for, and when, by this worker's clock. */
export interface Lease {
  readonly ms: number;
  readonly askedAt: Date;
}

/**
 * Keeps the lease of one task while its handler works, and tells the handler when to stop. When the database is away, or silent, the
 * lease counts as held until the time of the last renewal runs out: from then on another worker may have it.
 */
export class HeldTask implements TaskSignals {
  private readonly stopper = new AbortController();
  private readonly canceller = new AbortController();
  /** Aborted when there is nothing left to keep: the handler has returned, or the lease is lost. */
  private readonly released = new AbortController();
  private heldUntil: number;
  readonly stop = this.stopper.signal;
  readonly cancel = this.canceller.signal;

  constructor(
    readonly task: ClaimedTask,
    private readonly store: TaskQueueStore,
    private readonly clock: Clock,
    private readonly lease: Lease,
  ) {
    this.heldUntil = lease.askedAt.getTime() + lease.ms;
  }

  /** Renews the lease until `end` is called or the lease is lost, also while the handler is stopping. Never throws. */
  async keep(): Promise<void> {
    await Promise.all([this.renewing(), this.expiring()]);
  }

  /** Tells the handler to stop, for the given reason. */
  abort(reason: Error): void {
    this.stopper.abort(reason);
  }

  end(): void {
    this.released.abort();
  }

  private async renewing(): Promise<void> {
    for (;;) {
      await this.pause(this.lease.ms / 3);
      if (this.released.signal.aborted) return;
      await this.renew();
    }
  }

  /** Apart from the renewals, since one of them may hang. */
  private async expiring(): Promise<void> {
    while (!this.released.signal.aborted) {
      const leftMs = this.heldUntil - this.clock.now().getTime();
      if (leftMs <= 0) return this.lose();
      await this.pause(leftMs);
    }
  }

  private async renew(): Promise<void> {
    const askedAt = this.clock.now().getTime();
    const outcome = await this.store
      .heartbeat(this.task, this.lease.ms, this.released.signal)
      .catch(() => ({ outcome: 'unknown' }) as const);
    if (this.released.signal.aborted || outcome.outcome === 'unknown') return;
    if (outcome.outcome === 'lost') return this.lose();
    this.heldUntil = askedAt + this.lease.ms;
    if (outcome.cancel_requested) this.canceller.abort();
  }

  private lose(): void {
    this.stopper.abort(new LeaseLost());
    this.released.abort();
  }

  private async pause(ms: number): Promise<void> {
    await this.clock.sleep(ms, this.released.signal).catch(() => undefined);
  }
}
