import { Injectable } from '@nestjs/common';
import { bySystem } from '../../audit/change-context.js';
import { Clock } from '../../platform/clock.js';
import { newId } from '../../platform/ids.js';
import { failureOf, isOfOne } from './failures.js';
import { type Difference, type Differences, differencesOf, type LateState } from './late-usage.js';
import { PeriodBilling } from './period-billing.service.js';
import { type BillingFailure, queryOf } from './period-rating.js';
import { type RunFence, WritingStore } from './writing.store.js';

export type LateOutcome =
  | { readonly outcome: 'rated'; readonly differences: Differences }
  | { readonly outcome: 'failed'; readonly failure: BillingFailure };

/** How credit notes for late usage say why they are. What they gave back is told from other notes by it. */
const lateUsageReason = 'late_usage';

/** Bills, or gives back, what usage that changed after its period was billed makes of it (docs/decisions/0058). */
@Injectable()
export class LateBilling {
  constructor(
    private readonly periods: PeriodBilling,
    private readonly writing: WritingStore,
    private readonly clock: Clock,
  ) {}

  /** What each of these comes to, beside what was billed. */
  async rate(states: readonly LateState[]): Promise<LateOutcome[]> {
    const ratings = await this.periods.rate(
      states.map(({ tenant_id: tenantId, subscription: period }) => ({ tenantId, period })),
    );
    return states.map((state, index): LateOutcome => {
      const rating = ratings[index];
      if (rating === undefined) throw new Error('a period was left without a rating');
      if (rating.state === 'refused') return { outcome: 'failed', failure: rating.failure };
      return { outcome: 'rated', differences: differencesOf(state, rating.rated) };
    });
  }

  /** Once for each mark: more waits for the tenant's next invoice, less is a credit note. */
  async write(
    state: LateState,
    { more, less, net }: Differences,
    run: RunFence | null,
  ): Promise<{ outcome: 'written' | 'changed' | 'lost' } | { outcome: 'failed'; failure: BillingFailure }> {
    const change = {
      invoice_id: state.invoice_id,
      mark: state.mark ?? '',
      adjustments: more.map((difference) => adjustmentOf(state, difference)),
      credit: less.length === 0 ? null : creditOf(state, less),
      amount: net,
      at: this.clock.now().toISOString(),
    };
    try {
      return { outcome: await this.writing.writeLate(change, run, bySystem) };
    } catch (error) {
      if (!isOfOne(error)) throw error;
      return { outcome: 'failed', failure: failureOf(error) };
    }
  }
}

function adjustmentOf(state: LateState, { component, from, to, amount, line }: Difference): object {
  const { meter = null, unit = null, quantity = null, price_version = null } = line ?? {};
  return {
    id: newId(),
    component,
    meter,
    unit,
    from,
    to,
    quantity,
    price_version,
    amount,
    explanation: line?.explanation ?? [],
    inputs_hash: line?.inputs_hash ?? '',
    query: line === undefined ? null : queryOf(state.tenant_id, line),
    description: 'Usage that came after its period was billed',
  };
}

function creditOf(state: LateState, less: readonly Difference[]): object {
  return {
    id: newId(),
    invoice_id: state.invoice_id,
    reason: lateUsageReason,
    lines: less.map(({ component, from, to, amount, line }) => ({
      component,
      meter: line?.meter ?? null,
      unit: line?.unit ?? null,
      from,
      to,
      quantity: line?.quantity ?? null,
      price_version: line?.price_version ?? null,
      amount,
      explanation: line?.explanation ?? [],
      inputs_hash: line?.inputs_hash ?? '',
      query: line === undefined ? null : queryOf(state.tenant_id, line),
      description: 'Usage that was taken back after its period was billed',
      adjusts_invoice: state.invoice_id,
    })),
  };
}
