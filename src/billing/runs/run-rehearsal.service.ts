import { Injectable } from '@nestjs/common';
import { Clock } from '../../platform/clock.js';
import { BillingConfig } from '../billing.config.js';
import { isAtOrAfter } from '../periods/instant.js';
import { ClosingBilling } from './closing-billing.service.js';
import { adjustmentsOf, LateBilling } from './late-billing.service.js';
import { PeriodBilling } from './period-billing.service.js';
import { closingRatedItem, failedItem, lateItem, type NewItem, ratedItem } from './run-item.js';
import { isOver, mostStates, type RunOrder, type RunSignals, secondsBefore } from './run-order.js';
import { RunsStore } from './runs.store.js';
import { advanced, isDue, type SubscriptionState } from './subscription-state.js';
import { earliest, ForeseenAdjustments, type Waiting } from './waiting.js';
import { WritingStore } from './writing.store.js';

/**
 * A dry run: the same reading and rating as a run, in the same order, from any history up to any day, and to the same cents. Writes nothing but the items
 * of the run.
 */
@Injectable()
export class RunRehearsal {
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
   * @returns false when it was cancelled on the way
   * @throws LeaseLost when somebody else has the run
   */
  async rehearse(order: RunOrder, signals: RunSignals): Promise<boolean> {
    const foreseen = await this.rehearseLate(order, signals);
    const by = secondsBefore(order.asOf, this.config.graceSeconds);
    for (let after: string | undefined; !isOver(signals);) {
      const states = await this.writing.due(by, { tenants: order.tenants, runId: null, after }, mostStates);
      if (states.length === 0) break;
      after = states.at(-1)?.id;
      await this.rehearsePeriods(states, by, foreseen, order, signals);
    }
    await this.rehearseClosings(foreseen, order, signals);
    return !isOver(signals);
  }

  private async rehearseLate({ tenants, run }: RunOrder, signals: RunSignals): Promise<ForeseenAdjustments> {
    const foreseen = new ForeseenAdjustments();
    for await (const found of this.late.foresee({ tenants, runId: run?.id ?? null })) {
      const at = this.now();
      const items = found.map(([state, outcome]) => {
        if (outcome.outcome === 'rated') foreseen.add(state, adjustmentsOf(state, outcome.differences.more), at);
        return lateItem(state, outcome, at);
      });
      await this.runs.addItems(run, items);
      if (isOver(signals)) break;
    }
    return foreseen;
  }

  /** Every period of these that is due, in order. */
  private async rehearsePeriods(
    due: readonly SubscriptionState[],
    by: string,
    foreseen: ForeseenAdjustments,
    { run }: RunOrder,
    signals: RunSignals,
  ): Promise<void> {
    const waiting = await this.writing.waiting(due.map(({ tenant_id }) => tenant_id));
    for (let states = due; states.length > 0 && !isOver(signals);) {
      const ratings = await this.periods.rateNext(states);
      const items: NewItem[] = [];
      const rated: SubscriptionState[] = [];
      for (const [index, state] of states.entries()) {
        const rating = ratings[index];
        if (rating?.state === 'refused') items.push(failedItem(state, rating.failure, this.now()));
        if (rating?.state !== 'rated') continue;
        items.push(ratedItem(state, rating, foreseen.take(state, waiting), this.now()));
        rated.push(state);
      }
      await this.runs.addItems(run, items);
      states = rated.map((state) => advanced(state)).filter((state) => isDue(state, by));
    }
  }

  /** What nobody has taken by now, and no next invoice is to come for. */
  private async rehearseClosings(
    foreseen: ForeseenAdjustments,
    { tenants, asOf, run }: RunOrder,
    signals: RunSignals,
  ): Promise<void> {
    const since = this.closings.waitingSince(asOf);
    for (let after: string | undefined; !isOver(signals);) {
      const found = await this.writing.closings(
        null,
        { tenants, runId: null, also: foreseen.payers, after },
        mostStates,
      );
      if (found.length === 0) return;
      after = found.at(-1)?.subscription_id;
      const stored = await this.writing.waiting(found.map(({ tenant_id }) => tenant_id));
      const items = found.flatMap((closing) => {
        const waits = foreseen.take(closing, stored);
        return isDueSince(waits, since) ? [closingRatedItem(closing, waits, this.now())] : [];
      });
      await this.runs.addItems(run, items);
    }
  }

  private now(): string {
    return this.clock.now().toISOString();
  }
}

function isDueSince(waits: readonly Waiting[], since: string): boolean {
  return waits.length > 0 && isAtOrAfter(since, earliest(waits.map((each) => each.since)));
}
