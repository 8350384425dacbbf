import { Injectable } from '@nestjs/common';
import type { ChangeContext } from '../../audit/change-context.js';
import { TaskWorker } from '../../background-tasks/task-worker.service.js';
import { Clock } from '../../platform/clock.js';
import { TenantryError } from '../../platform/errors.js';
import { newId } from '../../platform/ids.js';
import { TenantsService } from '../../tenants/tenants.service.js';
import { BillingConfig } from '../billing.config.js';
import { type BillingRun, type BillingRunEvent, hasEnded } from './billing-run.js';
import { ClosingBilling } from './closing-billing.service.js';
import { secondsBefore } from './run-order.js';
import { type NewRun, RunsStore } from './runs.store.js';
import { WritingStore } from './writing.store.js';

/** How often an open stream looks: another replica may do the work. */
const lookMs = 250;
/** How far a dry run looks ahead. One run works at a time: a year that was mistyped would keep the others waiting for days. */
const mostYearsAhead = 10;

const secondsOfDay = 86_400;
/** Rows of one statement: well within the time that hosted Supabase gives it. */
const prunedAtOnce = 2_000;

export interface RunRequest {
  readonly as_of?: string | undefined;
  readonly dry_run: boolean;
  /** By id or slug; absent: all of them. */
  readonly tenants?: readonly string[] | undefined;
}

export interface NumberedRunEvent {
  readonly number: number;
  readonly event: BillingRunEvent;
}

/** Asks for billing runs, shows and cancels them. */
@Injectable()
export class RunsService {
  constructor(
    private readonly store: RunsStore,
    private readonly writing: WritingStore,
    private readonly closings: ClosingBilling,
    private readonly tenants: TenantsService,
    private readonly worker: TaskWorker,
    private readonly config: BillingConfig,
    private readonly clock: Clock,
  ) {}

  /**
   * Puts a run into the queue.
   * @throws TenantryError `tenant_not_found`; `as_of_in_future`, of a dry run beyond ten years
   */
  async create({ as_of, dry_run, tenants }: RunRequest, context: ChangeContext): Promise<BillingRun> {
    const asOf = as_of ?? this.clock.now().toISOString();
    const message = farFault(asOf, dry_run, this.clock.now());
    if (message !== undefined) {
      throw new TenantryError('unprocessable', 'as_of_in_future', `as_of ${message}`, {
        faults: [{ pointer: '/as_of', message }],
      });
    }
    const ids = tenants === undefined ? null : await this.tenants.idsOf(tenants, 'all');
    return this.queued({ id: newId(), as_of: asOf, dry_run, tenants: ids, scheduled: false }, context);
  }

  /** Puts a run into the queue where it would find something to do, and none waits there already. It leaves alone what failed until its time has come. */
  async createIfDue(context: ChangeContext): Promise<BillingRun | undefined> {
    const [newest] = await this.store.list(1, undefined);
    if (newest?.run.status === 'queued' && !newest.run.dry_run) return undefined;
    const now = this.clock.now().toISOString();
    if (
      !(await this.writing.hasWork(secondsBefore(now, this.config.graceSeconds), this.closings.waitingSince(now), now))
    )
      return undefined;
    return this.queued({ id: newId(), as_of: now, dry_run: false, tenants: null, scheduled: true }, context);
  }

  private async queued(run: NewRun, context: ChangeContext): Promise<BillingRun> {
    const created = await this.store.create(run, context);
    this.worker.wake();
    return created;
  }

  /** @throws TenantryError `billing_run_not_found` */
  async get(id: string): Promise<BillingRun> {
    const run = await this.store.find(id);
    if (run === undefined) throw notFound();
    return run;
  }

  /** @throws TenantryError `billing_run_not_found`, `billing_run_not_cancellable` */
  async cancel(id: string, context: ChangeContext): Promise<BillingRun> {
    const cancelled = await this.store.cancel(id, context);
    if (cancelled.outcome === 'cancelled') return cancelled.run;
    if (cancelled.outcome === 'not_found') throw notFound();
    const message = `the run cannot be cancelled: it has already ${cancelled.status}`;
    throw new TenantryError('conflict', 'billing_run_not_cancellable', message);
  }

  /** Removes what is left of old runs. */
  async prune(signal: AbortSignal): Promise<void> {
    const now = this.clock.now().toISOString();
    const before = secondsBefore(now, this.config.runRetentionDays * secondsOfDay);
    while (!signal.aborted && (await this.store.prune(before, now, prunedAtOnce)));
  }

  /** Events after the given number as they happen, until the run has ended or the signal aborts. They are numbered by how many items there are. */
  async *follow(id: string, after: number, signal: AbortSignal): AsyncGenerator<NumberedRunEvent> {
    let last = after;
    while (!signal.aborted) {
      const run = await this.get(id);
      const { done } = run.progress;
      if (hasEnded(run)) {
        if (last <= done) yield { number: done + 1, event: { type: 'end', run } };
        return;
      }
      if (done > last) {
        last = done;
        yield { number: done, event: { type: 'progress', run } };
      }
      await this.clock.sleep(lookMs, signal).catch(() => undefined);
    }
  }
}

function farFault(asOf: string, dryRun: boolean, now: Date): string | undefined {
  const most = new Date(now);
  if (dryRun) most.setUTCFullYear(most.getUTCFullYear() + mostYearsAhead);
  if (Date.parse(asOf) <= most.getTime()) return undefined;
  if (dryRun) return `is more than ${mostYearsAhead} years ahead`;
  return 'lies in the future: only a dry run may look there';
}

function notFound(): TenantryError {
  return new TenantryError('not_found', 'billing_run_not_found', 'there is no such billing run');
}
