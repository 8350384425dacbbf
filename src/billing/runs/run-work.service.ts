import { Injectable, Logger } from '@nestjs/common';
import { LeaseLost, type TaskSignals } from '../../background-tasks/task.js';
import { Clock } from '../../platform/clock.js';
import { BillingConfig } from '../billing.config.js';
import { inParallel } from './in-parallel.js';
import { LateBilling, type LateOutcome } from './late-billing.service.js';
import type { LateState } from './late-usage.js';
import { type BilledPeriod, PeriodBilling, type RatedNext } from './period-billing.service.js';
import type { BillingFailure } from './period-rating.js';
import { failedItem, lateItem, type NewItem, ratedItem } from './run-item.js';
import { RunsStore } from './runs.store.js';
import { advanced, isDue, type SubscriptionState } from './subscription-state.js';
import { type RunFence, WritingStore } from './writing.store.js';

/** Subscriptions that are read together. */
const mostStates = 200;
/** Of these, how many are rated and written together: nobody else gets a number while they get theirs. */
const together = 50;
/** How many of these at a time: while the database writes some, others are rated. */
const atATime = 3;
/** What a transaction writes at most: a database may give it no more than seconds. */
const mostLines = 1_000;
const lateAtATime = 4;
/** How often a subscription may change under the hands of a run before it is left to the next one. */
const mostChanges = 20;

/** A run as it is worked on. Without a fence nothing is recorded of it: for those who write invoices without a run. */
export interface RunOrder {
  readonly asOf: string;
  readonly tenants: readonly string[] | null;
  readonly run: RunFence | null;
}

type Signals = Pick<TaskSignals, 'stop' | 'cancel'>;

/** Goes through all that is due: late usage first, so that what it adds is on the invoices that follow; then every missed period, in order. */
@Injectable()
export class RunWork {
  private readonly logger = new Logger(RunWork.name);

  constructor(
    private readonly periods: PeriodBilling,
    private readonly late: LateBilling,
    private readonly writing: WritingStore,
    private readonly runs: RunsStore,
    private readonly config: BillingConfig,
    private readonly clock: Clock,
  ) {}

  /** What ended by this had its grace by `asOf`. */
  endedBy(asOf: string): string {
    return new Date(Date.parse(asOf) - this.config.graceSeconds * 1_000).toISOString();
  }

  /**
   * Writes every invoice that is due, each whole or not at all. Begun again after a kill, it goes on with what is left.
   * @returns false when it was cancelled on the way
   * @throws LeaseLost when somebody else has the run
   */
  async bill(order: RunOrder, signals: Signals): Promise<boolean> {
    await this.billLate(order, signals);
    const by = this.endedBy(order.asOf);
    const changes = new Map<string, number>();
    const runId = order.run?.id ?? null;
    const failed = new Set<string>();
    for (let after: string | undefined; ;) {
      if (isOver(signals)) return false;
      const due = await this.writing.due(by, { tenants: order.tenants, runId, after }, mostStates);
      if (due.length === 0) return true;
      const states = due.filter(({ id }) => !failed.has(id));
      // Those that are due again come again from the beginning, where nothing is left but what failed by then.
      after = states.length === 0 ? due.at(-1)?.id : undefined;
      for (const [state, failure] of await this.billRound(states, by, order, signals, changes)) {
        failed.add(state.id);
        await this.recordFailed(order.run, failedItem(state, failure, this.now()));
      }
    }
  }

  /** The same reading and rating, from any history up to any day. Writes nothing but the items of the run. */
  async rehearse(order: RunOrder, signals: Signals): Promise<boolean> {
    await this.rehearseLate(order, signals);
    const by = this.endedBy(order.asOf);
    for (let after: string | undefined; ;) {
      let states = await this.writing.due(by, { tenants: order.tenants, runId: null, after }, mostStates);
      if (states.length === 0) return true;
      after = states.at(-1)?.id;
      while (states.length > 0) {
        if (isOver(signals)) return false;
        const ratings = await this.periods.rateNext(states);
        const items = states.flatMap((state, index) => {
          const rating = ratings[index];
          return rating === undefined ? [] : [ratedItem(state, rating, this.now())];
        });
        await this.record(order.run, items);
        states = states
          .filter((_, index) => ratings[index]?.state === 'rated')
          .map((state) => advanced(state))
          .filter((state) => isDue(state, by));
      }
    }
  }

  /** One period of each. @returns those that failed, and why */
  private async billRound(
    states: readonly SubscriptionState[],
    by: string,
    order: RunOrder,
    signals: Signals,
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
    signals: Signals,
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

  private async billLate(order: RunOrder, signals: Signals): Promise<void> {
    await this.writing.claimLate(order.tenants);
    for (let after: string | undefined; !isOver(signals);) {
      const states = await this.lateStates(order, after, false);
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

  private async rehearseLate(order: RunOrder, signals: Signals): Promise<void> {
    for (let after: string | undefined; !isOver(signals);) {
      const states = await this.lateStates(order, after, true);
      if (states.length === 0) return;
      after = states.at(-1)?.invoice_id;
      const outcomes = await this.late.rate(states);
      const items = states.flatMap((state, index) => {
        const outcome = outcomes[index];
        return outcome === undefined ? [] : [lateItem(state, outcome, this.now())];
      });
      await this.record(order.run, items);
    }
  }

  private lateStates({ tenants, run }: RunOrder, after: string | undefined, unmarked: boolean): Promise<LateState[]> {
    return this.writing.late({ tenants, runId: run?.id ?? null, after, unmarked }, mostStates);
  }

  /** Told in the log too: nobody looks at a run of the clock's that has succeeded. */
  private async recordFailed(run: RunFence | null, item: NewItem): Promise<void> {
    const { kind, tenant_id, subscription_id, period_index, error } = item;
    const what = { billing_run_id: run?.id, kind, tenant_id, subscription_id, period_index, failure: error };
    this.logger.error(what, 'a tenant could not be billed; the next run tries again');
    await this.record(run, [item]);
  }

  private async record(run: RunFence | null, items: readonly NewItem[]): Promise<void> {
    if (run === null || items.length === 0) return;
    if ((await this.runs.addItems(run, items)) === 'lost') throw new LeaseLost();
  }

  private now(): string {
    return this.clock.now().toISOString();
  }
}

function isOver({ stop, cancel }: Signals): boolean {
  return stop.aborted || cancel.aborted;
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
