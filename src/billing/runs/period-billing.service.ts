import { Injectable } from '@nestjs/common';
import { bySystem } from '../../audit/change-context.js';
import { Clock } from '../../platform/clock.js';
import { newId } from '../../platform/ids.js';
import { BillingConfig } from '../billing.config.js';
import { failureOf, isOfOne } from './failures.js';
import {
  type BillingFailure,
  type Planned,
  planPeriod,
  queryOf,
  rateAnswered,
  type Rated,
  type RatedInputs,
} from './period-rating.js';
import { QuantitiesStore } from './quantities.store.js';
import { following, periodOf, type SubscriptionState } from './subscription-state.js';
import { type InvoiceDraft, type RunFence, type Written, WritingStore } from './writing.store.js';

/** What can be rated: a subscription's period, read or stored. */
export interface Ratable {
  readonly tenantId: string;
  readonly period: object;
}

export interface Counting {
  /** The counts, or the events themselves, which must say the same. */
  readonly from?: 'counts' | 'events';
  /** Nothing after it is counted; absent: all of the periods. */
  readonly until?: string;
}

/** The next period of a subscription, rated. */
export interface RatedNext {
  readonly state: SubscriptionState;
  readonly rating: RatedInputs;
}

export type BilledPeriod = Written | { readonly failure: BillingFailure };

/** Rates periods and writes their invoices, many at a time. */
@Injectable()
export class PeriodBilling {
  constructor(
    private readonly writing: WritingStore,
    private readonly quantities: QuantitiesStore,
    private readonly config: BillingConfig,
    private readonly clock: Clock,
  ) {}

  /** What each of these comes to. What cannot be rated says why, and keeps nobody else from it. */
  async rate(periods: readonly Ratable[], { from = 'counts', until }: Counting = {}): Promise<Rated[]> {
    const plans = periods.map(({ tenantId, period }) => planPeriod(tenantId, period, until));
    try {
      return await this.answered(plans, from);
    } catch (error) {
      if (!isOfOne(error)) throw error;
      // One of the questions is at fault: each for itself, then.
      return Promise.all(plans.map((plan) => this.answeredAlone(plan, from)));
    }
  }

  /** What the next periods of these subscriptions come to. */
  rateNext(states: readonly SubscriptionState[]): Promise<Rated[]> {
    return this.rate(states.map((state) => ({ tenantId: state.tenant_id, period: periodOf(state) })));
  }

  /** Closes what is due of these. @returns why not, by the id of the subscription */
  async close(states: readonly SubscriptionState[], by: string): Promise<Map<string, BillingFailure | 'not_due'>> {
    const faults = new Map<string, BillingFailure | 'not_due'>();
    for (const { id, outcome } of await this.writing.close(
      states.map((state) => state.id),
      by,
    )) {
      if (outcome === 'not_due') faults.set(id, 'not_due');
      if (outcome === 'period_not_over') faults.set(id, { code: outcome, message: 'the period has not ended yet' });
    }
    return faults;
  }

  /**
   * Writes the invoices of subscriptions' next periods as they were rated, together; where one of them is refused, each by itself, so that the others are
   * written. None that somebody else wrote, and none of a subscription that has changed since.
   */
  async write(rated: readonly RatedNext[], run: RunFence | null): Promise<BilledPeriod[]> {
    const drafts = rated.map((each) => this.draftOf(each));
    try {
      return await this.writing.write(drafts, this.terms(run), bySystem);
    } catch (error) {
      if (!isOfOne(error)) throw error;
      const [only, ...others] = rated;
      if (only !== undefined && others.length === 0) return [{ failure: failureOf(error) }];
      const alone: BilledPeriod[] = [];
      for (const each of rated) alone.push(...(await this.write([each], run)));
      return alone;
    }
  }

  private draftOf({ state, rating: { rated, inputs } }: RatedNext): InvoiceDraft {
    return {
      subscription_id: state.id,
      period_index: state.next_period,
      row_version: state.row_version,
      invoice_id: newId(),
      next_invoice_id: newId(),
      lines: rated.lines.map((line) => ({ ...line, query: queryOf(state.tenant_id, line) })),
      subtotal: rated.totals.subtotal,
      rounding: rated.totals.rounding,
      zone_data_version: rated.zone_data_version,
      inputs,
      next: following(state),
    };
  }

  private terms(run: RunFence | null): { at: string; terms_days: number; run: RunFence | null } {
    return { at: this.clock.now().toISOString(), terms_days: this.config.paymentTermsDays, run };
  }

  private async answered(plans: readonly Planned[], from: 'counts' | 'events'): Promise<Rated[]> {
    const asks = plans.flatMap((plan) => (plan.state === 'planned' ? plan.planned.asks : []));
    const answers = await this.quantities.ask(asks, from);
    let next = 0;
    return plans.map((plan) => {
      if (plan.state === 'refused') return plan;
      const { length } = plan.planned.asks;
      next += length;
      return rateAnswered(plan.planned, answers.slice(next - length, next));
    });
  }

  private async answeredAlone(plan: Planned, from: 'counts' | 'events'): Promise<Rated> {
    try {
      const [rated] = await this.answered([plan], from);
      if (rated === undefined) throw new Error('a period was left without a rating');
      return rated;
    } catch (error) {
      if (!isOfOne(error)) throw error;
      return { state: 'refused', failure: failureOf(error) };
    }
  }
}
