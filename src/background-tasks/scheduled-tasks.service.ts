import { type BeforeApplicationShutdown, Injectable, Logger } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { Clock } from '../platform/clock.js';
import { BackgroundTasksConfig } from './background-tasks.config.js';
import { ScheduleStore, type ScheduleState } from './schedule.store.js';

const minimumLeaseMs = 60_000;
/** How often it is looked whether a slot is due, at least: a process may be started anew more often than a long period ends. */
const longestPauseMs = 600_000;

/** Runs named work on a period, on one replica per slot. A slot is a multiple of the period since the epoch. */
@Injectable()
export class ScheduledTasks implements BeforeApplicationShutdown {
  private readonly logger = new Logger(ScheduledTasks.name);
  private readonly draining = new AbortController();
  private readonly running = new Set<Promise<void>>();

  constructor(
    private readonly registry: SchedulerRegistry,
    private readonly store: ScheduleStore,
    private readonly clock: Clock,
    private readonly config: BackgroundTasksConfig,
  ) {}

  /**
   * @param name unique; shown in the admin status
   * @param periodSeconds the time between two slots
   * @param run does the work; aborted when the process drains; a throw is recorded as the run's failure
   */
  every(name: string, periodSeconds: number, run: (signal: AbortSignal) => Promise<void>): void {
    const tick = (): void => {
      const turn = this.turn(name, periodSeconds * 1_000, run).finally(() => this.running.delete(turn));
      this.running.add(turn);
    };
    this.registry.addInterval(name, setInterval(tick, Math.min(periodSeconds * 1_000, longestPauseMs)));
  }

  list(): Promise<ScheduleState[]> {
    return this.store.list();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.draining.abort();
    for (const name of this.registry.getIntervals()) this.registry.deleteInterval(name);
    await Promise.allSettled(this.running);
  }

  private async turn(name: string, periodMs: number, run: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const now = this.clock.now().getTime();
    const slot = new Date(now - (now % periodMs));
    const next = new Date(slot.getTime() + periodMs);
    try {
      const leaseMs = Math.max(periodMs, minimumLeaseMs);
      if (!(await this.store.claim(name, slot, next, this.config.replica, leaseMs))) return;
      const failure = await this.failureOf(name, run);
      await this.store.finish(name, slot, this.config.replica, failure);
    } catch (error) {
      this.logger.warn(
        { err: error, task: name },
        'a scheduled task could not be claimed or recorded; the next slot tries again',
      );
    }
  }

  /** Runs it. @returns the message of its failure, or null */
  private async failureOf(name: string, run: (signal: AbortSignal) => Promise<void>): Promise<string | null> {
    try {
      await run(this.draining.signal);
      return null;
    } catch (error) {
      this.logger.error({ err: error, task: name }, 'a scheduled task failed');
      return error instanceof Error ? error.message : 'failed without an error';
    }
  }
}
