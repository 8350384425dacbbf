import { type BeforeApplicationShutdown, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { Clock } from '../platform/clock.js';
import { PlatformConfig } from '../platform/platform.config.js';
import { BackgroundTasksConfig } from './background-tasks.config.js';
import { bySubject, type ClaimedMessage, pauseAfter, type Settlement } from './outbox-message.js';
import { Outbox } from './outbox.service.js';
import { OutboxStore } from './outbox.store.js';
import { ScheduledTasks } from './scheduled-tasks.service.js';

const messagesAtOnce = 200;
const subjectsAtOnce = 8;
const leaseMs = 60_000;
/** Handlers are told to stop before the lease is over: afterwards another replica may deliver the same. */
const deliverForMs = 45_000;
const sweepSeconds = 3_600;
const sweptAtOnce = 5_000;

/** Delivers the outbox to its listeners. Every replica with the worker role takes part. */
@Injectable()
export class OutboxDeliveryTask implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(OutboxDeliveryTask.name);
  private readonly draining = new AbortController();
  private delivering: Promise<void> | undefined;

  constructor(
    private readonly outbox: Outbox,
    private readonly store: OutboxStore,
    private readonly schedules: ScheduledTasks,
    private readonly clock: Clock,
    private readonly platform: PlatformConfig,
    private readonly config: BackgroundTasksConfig,
  ) {}

  onApplicationBootstrap(): void {
    if (!this.platform.roles.includes('worker')) return;
    this.delivering = this.loop();
    this.schedules.every('outbox_sweep', sweepSeconds, (signal) => this.sweep(signal));
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.draining.abort();
    await this.delivering;
  }

  /** Takes what there is, once, and delivers it. @returns how many messages it had taken */
  async deliver(signal: AbortSignal): Promise<number> {
    const over = new AbortController();
    const stop = AbortSignal.any([signal, over.signal]);
    // Counted from before the claim, so that this replica's end of the lease is never later than the database's.
    const late = this.clock.sleep(deliverForMs, stop).then(
      () => over.abort(new Error('the lease of these messages is nearly over')),
      () => undefined,
    );
    try {
      const claimed = await this.store.claim(messagesAtOnce, leaseMs, signal);
      const subjects = bySubject(claimed);
      const settlements: Settlement[] = [];
      const worker = async (): Promise<void> => {
        for (let subject = subjects.shift(); subject !== undefined; subject = subjects.shift())
          settlements.push(...(await this.deliverInOrder(subject, stop)));
      };
      await Promise.all(Array.from({ length: subjectsAtOnce }, worker));
      await this.store.settle(settlements);
      return claimed.length;
    } finally {
      over.abort();
      await late;
    }
  }

  private async loop(): Promise<void> {
    const { signal } = this.draining;
    while (!signal.aborted) {
      const taken = await this.deliver(signal).catch((error: unknown) => {
        if (!signal.aborted) this.logger.warn({ err: error }, 'the outbox cannot be delivered; trying again');
        return 0;
      });
      if (taken < messagesAtOnce) await this.clock.sleep(this.config.pollMs, signal).catch(() => undefined);
    }
  }

  /** What follows one that failed waits with it. */
  private async deliverInOrder(messages: readonly ClaimedMessage[], signal: AbortSignal): Promise<Settlement[]> {
    const settlements: Settlement[] = [];
    for (const message of messages) {
      const before = settlements.at(-1);
      const stopped = signal.aborted || (before !== undefined && before.outcome !== 'delivered');
      settlements.push(stopped ? { message, outcome: 'returned' } : await this.deliverOne(message, signal));
    }
    return settlements;
  }

  private async deliverOne(message: ClaimedMessage, signal: AbortSignal): Promise<Settlement> {
    try {
      for (const handler of this.outbox.handlersOf(message.topic)) await handler(message, signal);
      return { message, outcome: 'delivered' };
    } catch (error) {
      if (this.draining.signal.aborted) return { message, outcome: 'returned' };
      const { id, topic, attempts } = message;
      const pauseMs = pauseAfter(attempts);
      this.logger.warn({ err: error, message_id: id, topic, attempts, pause_ms: pauseMs }, 'a message was not taken');
      return { message, outcome: 'failed', pauseMs, error: error instanceof Error ? error.message : 'no error' };
    }
  }

  private async sweep(signal: AbortSignal): Promise<void> {
    for (;;) {
      const removed = await this.store.sweep(this.config.outboxDays, sweptAtOnce);
      if (removed < sweptAtOnce || signal.aborted) return;
    }
  }
}
