import type { InputFault } from '../../platform/errors.js';
import { membersMeter } from '../../usage-metrics/meters/built-in-meters.js';
import { isAtOrAfter, isBefore } from '../periods/instant.js';
import {
  planSegments,
  ratePlanned,
  type InvoiceLine,
  type RatedPeriod,
  type SegmentPlan,
} from '../rating/rate-period.js';

/** A question to the meters. Half-open, UTC. */
export interface QuantityAsk {
  readonly tenant_id: string;
  readonly meter: string;
  readonly from: string;
  readonly to: string;
}

/** What the meters say of one ask. */
export type QuantityAnswer =
  { readonly quantity: string } | { readonly outcome: 'meter_not_found' | 'versions_differ' | 'raw_expired' };

/** Why a period cannot be billed. `code` is stable and snake_case. */
export interface BillingFailure {
  readonly code: string;
  readonly message: string;
}

/** One period that was asked for: what has to be asked of the meters, in the order of the answers. */
export interface PlannedPeriod {
  readonly tenantId: string;
  readonly period: object;
  readonly asks: readonly QuantityAsk[];
  readonly metered: readonly MeteredSegment[];
  readonly plan: SegmentPlan;
}

interface MeteredSegment {
  readonly meter: string;
  readonly from: string;
  readonly to: string;
  /** Up to where it is counted; null: it has not begun. */
  readonly countedTo: string | null;
}

export type Planned = { readonly state: 'planned'; readonly planned: PlannedPeriod } | Refused;
export interface RatedInputs {
  readonly state: 'rated';
  readonly rated: RatedPeriod;
  /** Everything that it was rated from, to be kept with the invoice. */
  readonly inputs: { readonly subscription: object; readonly quantities: readonly object[] };
}
export type Rated = RatedInputs | Refused;
interface Refused {
  readonly state: 'refused';
  readonly failure: BillingFailure;
}

/**
 * What has to be asked to rate a period.
 * @param period as `periodOf` gives it
 * @param until nothing after it is counted: a preview's day; absent: all of the period
 */
export function planPeriod(tenantId: string, period: object, until?: string): Planned {
  const plan = planSegments(period);
  if (plan.state === 'refused') return { state: 'refused', failure: failureOf(plan.faults) };
  const wanted = new Map<string, MeteredSegment>();
  for (const { meter, from, to } of plan.segments) {
    if (meter !== null)
      wanted.set(`${meter} ${from} ${to}`, { meter, from, to, countedTo: countedTo(from, to, until) });
  }
  const metered = [...wanted.values()];
  const asks = metered.flatMap(({ meter, from, countedTo: to }) =>
    to === null ? [] : [{ tenant_id: tenantId, meter, from, to }],
  );
  return { state: 'planned', planned: { tenantId, period, asks, metered, plan } };
}

/** @param answers of the asks, in their order */
export function rateAnswered(planned: PlannedPeriod, answers: readonly QuantityAnswer[]): Rated {
  const left = [...answers];
  const quantities = [];
  for (const { meter, from, to, countedTo: counted } of planned.metered) {
    const answer = counted === null ? { quantity: '0' } : left.shift();
    if (answer === undefined) throw new Error('the meters left a question without an answer');
    if ('outcome' in answer) return { state: 'refused', failure: unanswered(meter, answer.outcome) };
    quantities.push({ meter, from, to, quantity: answer.quantity });
  }
  const inputs = { subscription: planned.period, quantities };
  const rating = ratePlanned(planned.plan, quantities);
  if (rating.state === 'refused') return { state: 'refused', failure: failureOf(rating.faults) };
  return { state: 'rated', rated: rating.rated, inputs };
}

/** Path and query of the request that gives a line's quantity again; null where no meter of events was asked. */
export function queryOf(tenantId: string, { kind, meter, from, to, quantity }: InvoiceLine): string | null {
  if (meter === null || quantity === null || meter === membersMeter || kind === 'rounding') return null;
  return `/v1/meters/${meter}/query?${new URLSearchParams({ from, to, subject: tenantId }).toString()}`;
}

function countedTo(from: string, to: string, until: string | undefined): string | null {
  if (until === undefined || isAtOrAfter(until, to)) return to;
  return isBefore(from, until) ? until : null;
}

const unansweredMessages = {
  meter_not_found: 'does not exist',
  versions_differ: 'has versions in this time that count differently',
  raw_expired: 'cannot be counted to these bounds: the events at them are no longer kept',
} as const;

function unanswered(meter: string, outcome: keyof typeof unansweredMessages): BillingFailure {
  return { code: outcome, message: `meter ${meter} ${unansweredMessages[outcome]}` };
}

function failureOf(faults: readonly InputFault[]): BillingFailure {
  return {
    code: 'not_ratable',
    message: faults
      .map(({ pointer, message }) => `${pointer} ${message}`)
      .join('; ')
      .slice(0, 2_000),
  };
}
