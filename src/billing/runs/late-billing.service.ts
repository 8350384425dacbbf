import { Injectable } from '@nestjs/common';
import { bySystem } from '../../audit/change-context.js';
import { Clock } from '../../platform/clock.js';
import { newId } from '../../platform/ids.js';
import { failureOf, isOfOne } from './failures.js';
import { type Difference, type Differences, differencesOf, type LateState, type Less } from './late-usage.js';
import { PeriodBilling } from './period-billing.service.js';
import { type BillingFailure, queryOf } from './period-rating.js';
import { mostStates } from './run-order.js';
import type { WaitingLine } from './waiting.js';
import { type RunFence, WritingStore } from './writing.store.js';

export type LateOutcome =
  | { readonly outcome: 'rated'; readonly differences: Differences }
  | { readonly outcome: 'failed'; readonly failure: BillingFailure };

const lateUsageReason = 'late_usage';

/** Bills, or gives back, what usage that changed after its period was billed makes of it (docs/decisions/0058). */
@Injectable()
export class LateBilling {
  constructor(
    private readonly periods: PeriodBilling,
    private readonly writing: WritingStore,
    private readonly clock: Clock,
  ) {}

  /** What a run would find and make of it, a page at a time. Nothing is marked. */
  async *foresee(where: {
    readonly tenants: readonly string[] | null;
    readonly runId: string | null;
  }): AsyncGenerator<(readonly [LateState, LateOutcome])[]> {
    for (let after: string | undefined; ;) {
      const states = await this.writing.late({ ...where, after, unmarked: true }, mostStates);
      if (states.length === 0) return;
      after = states.at(-1)?.invoice_id;
      const outcomes = await this.rate(states);
      yield states.flatMap((state, index) => {
        const outcome = outcomes[index];
        return outcome === undefined ? [] : [[state, outcome] as const];
      });
    }
  }

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
    const at = this.clock.now().toISOString();
    const change = {
      invoice_id: state.invoice_id,
      mark: state.mark ?? '',
      waiting: state.waiting,
      adjustments: adjustmentsOf(state, more).map((line) => ({ ...line, id: newId() })),
      credits: creditsOf(state, less, at),
      amount: net,
      at,
    };
    try {
      return { outcome: await this.writing.writeLate(change, run, bySystem) };
    } catch (error) {
      if (!isOfOne(error)) throw error;
      return { outcome: 'failed', failure: failureOf(error) };
    }
  }
}

/** What waits for the next invoice. */
export function adjustmentsOf(state: LateState, more: readonly Difference[]): WaitingLine[] {
  return more.map((each) => lineOf(state, each, 'Usage that came after its period was billed'));
}

/** One credit note for each invoice. */
function creditsOf(state: LateState, less: readonly Less[], at: string): object[] {
  return [...new Set(less.map(({ invoiceId }) => invoiceId))].map((invoiceId) => ({
    id: newId(),
    invoice_id: invoiceId,
    reason: lateUsageReason,
    at,
    lines: less
      .filter((each) => each.invoiceId === invoiceId)
      .map((each) => lineOf(state, each, 'Usage that was taken back after its period was billed'))
      .map((line) => ({ ...line, id: newId() })),
  }));
}

function lineOf(state: LateState, { component, from, to, amount, line }: Difference, description: string): WaitingLine {
  const { meter = null, unit = null, quantity = null, price_version = null } = line ?? {};
  return {
    component,
    meter,
    unit,
    from,
    to,
    quantity,
    price_version,
    amount,
    explanation: [...(line?.explanation ?? [])],
    inputs_hash: line?.inputs_hash ?? '',
    query: line === undefined ? null : queryOf(state.tenant_id, line),
    description,
    adjusts_invoice: state.invoice_id,
  };
}
