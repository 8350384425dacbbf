import { Injectable, Logger } from '@nestjs/common';
import { LeaseLost } from '../../background-tasks/task.js';
import { Clock } from '../../platform/clock.js';
import { BillingConfig } from '../billing.config.js';
import { ClosingBilling } from './closing-billing.service.js';
import { inParallel } from './in-parallel.js';
import { LateBilling, type LateOutcome } from './late-billing.service.js';
import type { LateState } from './late-usage.js';
import { type BilledPeriod, PeriodBilling, type RatedNext } from './period-billing.service.js';
import type { BillingFailure } from './period-rating.js';
import { closingFailedItem, failedItem, lateItem, type NewItem } from './run-item.js';
import { isOver, mostStates, type RunOrder, type RunSignals, secondsBefore } from './run-order.js';
import { RunsStore } from './runs.store.js';
import type { SubscriptionState } from './subscription-state.js';
import { type RunFence, WritingStore } from './writing.store.js';

/** Of those that are read together, how many are rated and written together: nobody else gets a number while they get theirs. */
const together = 50;
/** How many of these at a time: while the database writes some, others are rated. */
const atATime = 3;
/** What a transaction writes at most: a database may give it no more than seconds. */
const mostLines = 1_000;
const lateAtATime = 4;
/** How often a subscription may change under the hands of a run before it is left to the next one. */
const mostChanges = 20;

/**
 * Goes through all that is due: late usage first, so that what it adds is on the invoices that follow; then every missed period, in order; and last what
 * waits for an invoice that is not to come.
 */
@Injectable()
export class RunWork {
  private readonly logger = new Logger(RunWork.name);

  constructor(
    private readonly periods: PeriodBilling,
    private readonly late: LateBilling,
    private readonly closings: ClosingBilling,
    private readonly writing: WritingStore,
    private readonly runs: RunsStore,
    private readonly config: BillingConfig,
    private readonly clock: Clock,
  ) {}

  /**
   * Writes every invoice that is due, each whole or not at all. Begun again after a kill, it goes on with what is left.
   * @returns false when it was cancelled on the way
   * @throws LeaseLost when somebody else has the run
   */
  async bill(order: RunOrder, signals: RunSignals): Promise<boolean> {
    await this.billLate(order, signals);
    await this.billPeriods(order, signals);
    await this.billClosings(order, signals);
    return !isOver(signals);
  }

  private async billPeriods(order: RunOrder, signals: RunSignals): Promise<void> {
    const by = secondsBefore(order.asOf, this.config.graceSeconds);
    const changes = new Map<string, number>();
    const runId = order.run?.id ?? null;
    const failed = new Set<string>();
    for (let after: string | undefined; ;) {
      if (isOver(signals)) return;
      const due = await this.writing.due(by, { tenants: order.tenants, runId, after }, mostStates);
      if (due.length === 0) return;
      const states = due.filter(({ id }) => !failed.has(id));
      // Those that are due again come again from the beginning, where nothing is left but what failed by then.
      after = states.length === 0 ? due.at(-1)?.id : undefined;
      for (const [state, failure] of await this.billRound(states, by, order, signals, changes)) {
        failed.add(state.id);
        await this.recordFailed(order.run, failedItem(state, failure, this.now()));
      }
    }
  }

  /** One period of each. @returns those that failed, and why */
  private async billRound(
    states: readonly SubscriptionState[],
    by: string,
    order: RunOrder,
    signals: RunSignals,
    changes: Map<string, number>,
  ): Promise<Map<SubscriptionState, BillingFailure>> {
    const failed = new Map<SubscriptionState, BillingFailure>();
    const open = await this.periods.close(states, by);
    for (const state of states) {
      const fault = open.get(state.id);
      if (fault !== undefined && fault !== 'not_due') failed.set(state, fault);
    }
    const closed = states.filter(({ id }) => !open.has(id));
    await inParallel(partsOf(closed, together), atATime, async (part) => {
      if (isOver(signals)) return;
      for (const [state, outcome] of await this.billPart(part, order, signals)) {
        if (outcome === 'lost') throw new LeaseLost();
        if (typeof outcome === 'object') failed.set(state, outcome.failure);
        if (outcome !== 'changed') continue;
        const times = (changes.get(state.id) ?? 0) + 1;
        changes.set(state.id, times);
        if (times >= mostChanges) failed.set(state, { code: 'changing', message: 'the subscription keeps changing' });
      }
    });
    return failed;
  }

  /** Rates and writes these; those that it did not come to are left out. */
  private async billPart(
    states: readonly SubscriptionState[],
    { run }: RunOrder,
    signals: RunSignals,
  ): Promise<Map<SubscriptionState, BilledPeriod>> {
    const outcomes = new Map<SubscriptionState, BilledPeriod>();
    const rated: RatedNext[] = [];
    for (const [index, rating] of (await this.periods.rateNext(states)).entries()) {
      const state = states[index];
      if (state === undefined) throw new Error('there are more ratings than subscriptions');
      if (rating.state === 'refused') outcomes.set(state, { failure: rating.failure });
      else rated.push({ state, rating });
    }
    for (const batch of batchesOf(rated)) {
      if (isOver(signals)) break;
      const written = await this.periods.write(batch, run);
      for (const [index, { state }] of batch.entries()) {
        const outcome = written[index];
        if (outcome === undefined) throw new Error('an invoice was left without an outcome');
        outcomes.set(state, outcome);
      }
    }
    return outcomes;
  }

  private async billLate(order: RunOrder, signals: RunSignals): Promise<void> {
    await this.writing.claimLate(order.tenants);
    for (let after: string | undefined; !isOver(signals);) {
      const where = { tenants: order.tenants, runId: order.run?.id ?? null, after, unmarked: false };
      const states = await this.writing.late(where, mostStates);
      if (states.length === 0) return;
      after = states.at(-1)?.invoice_id;
      const outcomes = await this.late.rate(states);
      await inParallel(states.entries(), lateAtATime, async ([index, state]) => {
        const outcome = outcomes[index];
        if (outcome === undefined || isOver(signals)) return;
        await this.writeLate(state, outcome, order);
      });
    }
  }

  private async writeLate(state: LateState, outcome: LateOutcome, { run }: RunOrder): Promise<void> {
    const written = outcome.outcome === 'failed' ? outcome : await this.late.write(state, outcome.differences, run);
    // A mark that changed is that of a later change, and comes in the next run.
    if (written.outcome === 'lost') throw new LeaseLost();
    if (written.outcome === 'failed') await this.recordFailed(run, lateItem(state, written, this.now()));
  }

  private async billClosings(order: RunOrder, signals: RunSignals): Promise<void> {
    const { run, tenants } = order;
    const since = this.closings.waitingSince(order.asOf);
    for (let after: string | undefined; !isOver(signals);) {
      const closings = await this.writing.closings(since, { tenants, runId: run?.id ?? null, after }, mostStates);
      if (closings.length === 0) return;
      after = closings.at(-1)?.subscription_id;
      await inParallel(closings, lateAtATime, async (closing) => {
        if (isOver(signals)) return;
        const written = await this.closings.write(closing, run);
        if (written.outcome === 'lost') throw new LeaseLost();
        if (written.outcome !== 'failed') return;
        await this.recordFailed(run, closingFailedItem(closing, written.failure, this.now()));
      });
    }
  }

  /** Told in the log too: nobody looks at a run of the clock's that has succeeded. */
  private async recordFailed(run: RunFence | null, item: NewItem): Promise<void> {
    const { kind, tenant_id, subscription_id, period_index, error } = item;
    const what = { billing_run_id: run?.id, kind, tenant_id, subscription_id, period_index, failure: error };
    this.logger.error(what, 'a tenant could not be billed; it is tried again');
    await this.runs.addItems(run, [item]);
  }

  private now(): string {
    return this.clock.now().toISOString();
  }
}

function* partsOf<T>(items: readonly T[], most: number): Generator<T[]> {
  for (let first = 0; first < items.length; first += most) yield items.slice(first, first + most);
}

/** What is written in one transaction. */
function* batchesOf(rated: readonly RatedNext[]): Generator<RatedNext[]> {
  let batch: RatedNext[] = [];
  let lines = 0;
  for (const each of rated) {
    const { length } = each.rating.rated.lines;
    if (batch.length > 0 && lines + length > mostLines) {
      yield batch;
      batch = [];
      lines = 0;
    }
    batch.push(each);
    lines += length;
  }
  if (batch.length > 0) yield batch;
}
