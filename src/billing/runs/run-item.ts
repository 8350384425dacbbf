import type { Decimal } from 'decimal.js';
import { zero, exact, sumOf } from '../money/decimal.js';
import { moneyText } from '../money/round-lines.js';
import { minorDigits } from '../money/currency.js';
import type { LateOutcome } from './late-billing.service.js';
import type { LateState } from './late-usage.js';
import type { BillingFailure, Rated } from './period-rating.js';
import { adjustmentLines, shownLines } from './preview.js';
import { billedTo, type SubscriptionState } from './subscription-state.js';
import { earliest, latest, type Waiting, type WaitingLine } from './waiting.js';
import type { Closing } from './writing.store.js';

type RatedNow = Extract<Rated, { readonly state: 'rated' }>;

/** An item of a run as it is written. */
export interface NewItem {
  readonly kind: 'period' | 'late_usage' | 'closing';
  readonly tenant_id: string;
  readonly subscription_id: string;
  readonly period_index: number;
  readonly period_from: string;
  readonly period_to: string;
  readonly outcome: 'invoiced' | 'nothing_due' | 'adjusted' | 'failed';
  readonly invoice_id: string | null;
  readonly currency: string;
  readonly amount: string;
  readonly error: BillingFailure | null;
  readonly lines: readonly object[] | null;
  readonly at: string;
}

/** What a dry run would have billed, with what waits for that invoice. */
export function ratedItem(
  state: SubscriptionState,
  { rated }: RatedNow,
  waits: readonly Waiting[],
  at: string,
): NewItem {
  const lines = waits.map(({ line }) => line);
  const amount = totalOf(exact(rated.totals.total), lines, state.currency);
  return {
    ...periodItem(state, at),
    outcome: exact(amount).isZero() ? 'nothing_due' : 'invoiced',
    amount,
    error: null,
    lines: shownLines(state.tenant_id, rated, lines),
  };
}

/** The closing invoice that a dry run would have written. */
export function closingRatedItem(closing: Closing, waits: readonly Waiting[], at: string): NewItem {
  const lines = waits.map(({ line }) => line);
  const { currency } = closing;
  return {
    ...closingItem(closing, at),
    period_from: earliest(waits.map(({ period }) => period.from)),
    period_to: latest(waits.map(({ period }) => period.to)),
    outcome: 'invoiced',
    amount: totalOf(zero, lines, currency),
    error: null,
    lines: adjustmentLines(lines, currency),
  };
}

/** What an invoice comes to with adjustments. */
export function totalOf(rated: Decimal, adjustments: readonly WaitingLine[], currency: string): string {
  return moneyText(sumOf([rated, ...adjustments.map(({ amount }) => exact(amount))]), currency);
}

export function failedItem(state: SubscriptionState, error: BillingFailure, at: string): NewItem {
  return { ...periodItem(state, at), outcome: 'failed', error, lines: null };
}

/** Of late usage that could not be rated or written, or that a dry run looked at. */
export function lateItem(state: LateState, outcome: LateOutcome, at: string): NewItem {
  const { tenant_id, subscription_id, period_index, from, to, currency, invoice_id } = state;
  const about = {
    kind: 'late_usage',
    tenant_id,
    subscription_id,
    period_index,
    period_from: from,
    period_to: to,
  } as const;
  const common = { ...about, invoice_id, currency, lines: null, at };
  if (outcome.outcome === 'failed') {
    return { ...common, outcome: 'failed', amount: nothing(currency), error: outcome.failure };
  }
  const { more, less, net } = outcome.differences;
  const changed = more.length + less.length > 0;
  return { ...common, outcome: changed ? 'adjusted' : 'nothing_due', amount: net, error: null };
}

export function closingFailedItem(closing: Closing, error: BillingFailure, at: string): NewItem {
  return { ...closingItem(closing, at), outcome: 'failed', error, lines: null };
}

function closingItem({ from: period_from, to: period_to, ...about }: Closing, at: string) {
  return {
    kind: 'closing' as const,
    ...about,
    period_from,
    period_to,
    invoice_id: null,
    amount: nothing(about.currency),
    at,
  };
}

function periodItem(state: SubscriptionState, at: string) {
  return {
    kind: 'period' as const,
    tenant_id: state.tenant_id,
    subscription_id: state.id,
    period_index: state.next_period,
    period_from: state.next_period_from,
    period_to: billedTo(state),
    invoice_id: null,
    currency: state.currency,
    amount: nothing(state.currency),
    at,
  };
}

/** A currency that no amount can be in is among what may be wrong with a subscription. */
function nothing(currency: string): string {
  try {
    minorDigits(currency);
  } catch {
    return '0';
  }
  return moneyText(zero, currency);
}
