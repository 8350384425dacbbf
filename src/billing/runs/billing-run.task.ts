import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { bySystem } from '../../audit/change-context.js';
import { ScheduledTasks } from '../../background-tasks/scheduled-tasks.service.js';
import { type ClaimedTask, LeaseLost, type TaskEnd, type TaskSignals } from '../../background-tasks/task.js';
import { TaskWorker } from '../../background-tasks/task-worker.service.js';
import { DatabaseError } from '../../platform/database-error.js';
import { PlatformConfig } from '../../platform/platform.config.js';
import { BillingConfig } from '../billing.config.js';
import type { BillingRun } from './billing-run.js';
import type { BillingFailure } from './period-rating.js';
import { RunRehearsal } from './run-rehearsal.service.js';
import { RunWork } from './run-work.service.js';
import { RunsService } from './runs.service.js';
import { RunsStore } from './runs.store.js';

const hour = 3_600;

/** Asks each hour for a run where there is something to bill, and works on the runs that were asked for: one at a time, on one replica. */
@Injectable()
export class BillingRunTask implements OnApplicationBootstrap {
  private readonly logger = new Logger(BillingRunTask.name);

  constructor(
    private readonly worker: TaskWorker,
    private readonly schedules: ScheduledTasks,
    private readonly runs: RunsService,
    private readonly store: RunsStore,
    private readonly work: RunWork,
    private readonly rehearsal: RunRehearsal,
    private readonly config: BillingConfig,
    private readonly platform: PlatformConfig,
  ) {}

  onApplicationBootstrap(): void {
    if (!this.platform.roles.includes('worker')) return;
    this.schedules.every('billing_run', hour, async () => {
      await this.runs.createIfDue(bySystem);
    });
    this.schedules.every('billing_run_retention', hour, (signal) => this.runs.prune(signal));
    this.worker.start('billing', (task, signals) => this.handle(task, signals));
  }

  /** One run: to its written end, or back to the queue, from where it goes on with what is left. */
  private async handle(task: ClaimedTask, signals: TaskSignals): Promise<TaskEnd> {
    const run = await this.store.begin(task, this.config.graceSeconds);
    if (run === undefined) return 'ended';
    try {
      const isThrough = await this.through(run, task, signals);
      if (signals.stop.aborted) return 'unfinished';
      return await this.finish(task, isThrough ? 'succeeded' : 'cancelled', null);
    } catch (error) {
      if (error instanceof LeaseLost || signals.stop.aborted) return 'unfinished';
      // The database being away, it waits in the queue; what is wrong with the run itself would be so again.
      if (error instanceof DatabaseError && error.retryable) throw error;
      this.logger.error({ err: error, billing_run_id: task.id }, 'a billing run failed');
      return this.finish(task, 'failed', {
        code: error instanceof DatabaseError ? error.code : 'internal',
        message: 'the run could not go on; what it has written stands, and the next run does the rest',
      });
    }
  }

  private through(run: BillingRun, { id, fence }: ClaimedTask, signals: TaskSignals): Promise<boolean> {
    const order = { asOf: run.as_of, tenants: run.tenants, run: { id, fence } };
    return run.dry_run ? this.rehearsal.rehearse(order, signals) : this.work.bill(order, signals);
  }

  private async finish(
    task: ClaimedTask,
    status: 'succeeded' | 'failed' | 'cancelled',
    error: BillingFailure | null,
  ): Promise<TaskEnd> {
    return (await this.store.finish(task, status, error, bySystem)) === 'lost' ? 'unfinished' : 'followed';
  }
}
