import type { Decimal } from 'decimal.js';
import type { InputFault } from '../../platform/errors.js';
import { faultsOfIssues, missingIsRequired } from '../../platform/http/faults.js';
import { decimalText, exact, zero } from '../money/decimal.js';
import { moneyText, roundLines } from '../money/round-lines.js';
import { zoneDataVersion } from '../periods/billing-period.js';
import { prorated, shareOf, shareText, type Share } from '../periods/proration.js';
import { evaluateTerms, type ExplanationStep } from '../prices/evaluate.js';
import { inputsHash } from './inputs-hash.js';
import {
  meteredQuantities,
  ratingInput,
  subscriptionPeriod,
  type Quantity,
  type SubscriptionPeriod,
} from './rating-input.js';
import { segmentsOf, type Segment, type Unpriced } from './segments.js';

/** Amounts, quantities: decimal strings. `from` and `to`: half-open, UTC. */
export interface InvoiceLine {
  readonly kind: 'recurring' | 'usage' | 'true_up' | 'rounding';
  readonly component: string | null;
  readonly meter: string | null;
  readonly unit: string | null;
  readonly from: string;
  readonly to: string;
  readonly quantity: string | null;
  readonly price_version: string | null;
  /** Rounded to the decimals of the currency. */
  readonly amount: string;
  /** Before rounding, to 30 decimals; the steps of the explanation add up to it. */
  readonly unrounded: string;
  readonly explanation: readonly ExplanationStep[];
  /** SHA-256 of all that the line was made of. */
  readonly inputs_hash: string;
}

export interface RatedPeriod {
  readonly currency: string;
  readonly zone_data_version: string;
  readonly lines: readonly InvoiceLine[];
  /** subtotal (the rounded lines) + rounding = total. */
  readonly totals: { readonly subtotal: string; readonly rounding: string; readonly total: string };
}

interface Refusal {
  readonly state: 'refused';
  readonly faults: readonly InputFault[];
}
export type Rating = { readonly state: 'rated'; readonly rated: RatedPeriod } | Refusal;

/** A subscription in a period that was looked at, and what is to be rated of it. */
export interface SegmentPlan {
  readonly state: 'planned';
  readonly subscription: SubscriptionPeriod;
  readonly segments: readonly Segment[];
}

interface ExactLine {
  readonly amount: Decimal;
  readonly line: Omit<InvoiceLine, 'amount' | 'unrounded'>;
}

/** What is to be rated of a period, and so what has to be asked of the meters. Every fault at once. */
export function planSegments(subscription: unknown): SegmentPlan | Refusal {
  const parsed = subscriptionPeriod.safeParse(subscription, { error: missingIsRequired });
  if (!parsed.success) return { state: 'refused', faults: faultsOfIssues('body', parsed.error.issues) };
  const { segments, unpriced } = segmentsOf(parsed.data);
  if (unpriced.length > 0) return { state: 'refused', faults: unpricedFaults(unpriced, '') };
  return { state: 'planned', subscription: parsed.data, segments };
}

/** As `ratePeriod`, of what was planned. @param quantities those of `ratingInput` */
export function ratePlanned({ subscription, segments }: SegmentPlan, quantities: unknown): Rating {
  const parsed = meteredQuantities.safeParse({ quantities }, { error: missingIsRequired });
  if (!parsed.success) return { state: 'refused', faults: faultsOfIssues('body', parsed.error.issues) };
  const given = parsed.data.quantities;
  const faults = quantityFaults(segments, given);
  if (faults.length > 0) return { state: 'refused', faults };
  return { state: 'rated', rated: rateSegments(subscription, segments, given) };
}

/**
 * Rates one subscription in one period: a line for each segment (`planSegments`), one more for a commitment that was not reached, and one for
 * what rounding line by line leaves. The same inputs give the same lines.
 * @param input `ratingInput`: what the meters say of each segment that has one; no other segments, none twice
 */
export function ratePeriod(input: unknown): Rating {
  const parsed = ratingInput.safeParse(input, { error: missingIsRequired });
  if (!parsed.success) return { state: 'refused', faults: faultsOfIssues('body', parsed.error.issues) };
  const { subscription, quantities } = parsed.data;
  const { segments, unpriced } = segmentsOf(subscription);
  const faults = [...unpricedFaults(unpriced, '/subscription'), ...quantityFaults(segments, quantities)];
  if (faults.length > 0) return { state: 'refused', faults };
  return { state: 'rated', rated: rateSegments(subscription, segments, quantities) };
}

function rateSegments(
  subscription: SubscriptionPeriod,
  segments: readonly Segment[],
  quantities: readonly Quantity[],
): RatedPeriod {
  const byKey = new Map(quantities.map((entry) => [keyOf(entry), entry.quantity]));
  const lines = segments.flatMap((segment) => linesOf(segment, byKey.get(keyOf(segment)) ?? '1', subscription));
  return settle(lines, subscription);
}

function linesOf(segment: Segment, quantity: string, { currency, zone, period }: SubscriptionPeriod): ExactLine[] {
  const { kind, component, meter, unit, from, to, price_version } = segment;
  const share = segment.proration === 'none' ? undefined : shareOf(segment, period, segment.proration, zone);
  const { amount, steps, trueUp } = segment.trial ? free(quantity) : evaluate(segment, exact(quantity), share);
  const inputs_hash = inputsHash({ currency, zone, period, segment, quantity });
  const common = { component, meter, unit, from, to, price_version, inputs_hash };
  const lines: ExactLine[] = [{ amount, line: { kind, ...common, quantity, explanation: steps } }];
  if (trueUp !== undefined) {
    const step: ExplanationStep = {
      step: 'true_up',
      rate: segment.terms.commitment ?? '0',
      ...(share === undefined ? {} : { quantity: shareText(share) }),
      amount: decimalText(trueUp),
    };
    lines.push({ amount: trueUp, line: { kind: 'true_up', ...common, quantity: null, explanation: [step] } });
  }
  return lines;
}

interface SegmentAmount {
  readonly amount: Decimal;
  readonly steps: readonly ExplanationStep[];
  readonly trueUp: Decimal | undefined;
}

function free(quantity: string): SegmentAmount {
  return { amount: zero, steps: [{ step: 'trial', quantity, rate: '0', amount: '0' }], trueUp: undefined };
}

function evaluate({ kind, terms }: Segment, quantity: Decimal, share: Share | undefined): SegmentAmount {
  if (kind === 'usage' || share === undefined) return evaluateTerms(terms, quantity, share);
  const { amount, steps, trueUp } = evaluateTerms(terms, quantity);
  if (share.part.eq(share.whole)) return { amount, steps, trueUp };
  const part = prorated(amount, share);
  const step: ExplanationStep = {
    step: 'proration',
    quantity: shareText(share),
    amount: decimalText(part.minus(amount)),
  };
  return {
    amount: part,
    steps: [...steps, step],
    trueUp: trueUp === undefined ? undefined : prorated(trueUp, share),
  };
}

function settle(exactLines: readonly ExactLine[], { currency, period }: SubscriptionPeriod): RatedPeriod {
  const rounded = roundLines(
    exactLines.map(({ amount }) => amount),
    currency,
  );
  const money = (amount: Decimal): string => moneyText(amount, currency);
  const lines = exactLines.map(({ amount, line }, index): InvoiceLine => {
    return { ...line, amount: money(rounded.lines[index] ?? zero), unrounded: decimalText(amount) };
  });
  const { residual, total } = rounded;
  const rounding = residual.isZero() ? [] : [roundingLine(lines, money(residual), period)];
  return {
    currency,
    zone_data_version: zoneDataVersion(),
    lines: [...lines, ...rounding],
    totals: { subtotal: money(total.minus(residual)), rounding: money(residual), total: money(total) },
  };
}

function roundingLine(
  lines: readonly InvoiceLine[],
  amount: string,
  { from, to }: SubscriptionPeriod['period'],
): InvoiceLine {
  const nothing = { component: null, meter: null, unit: null, quantity: null, price_version: null };
  const hashes = lines.map(({ inputs_hash, kind }) => [kind, inputs_hash]);
  return {
    kind: 'rounding',
    ...nothing,
    from,
    to,
    amount,
    unrounded: amount,
    explanation: [],
    inputs_hash: inputsHash(hashes),
  };
}

function quantityFaults(segments: readonly Segment[], given: readonly Quantity[]): InputFault[] {
  const wanted = new Map(segments.flatMap((segment) => (segment.meter === null ? [] : [[keyOf(segment), segment]])));
  const seen = new Set<string>();
  const faults = given.flatMap((entry, index): InputFault[] => {
    const key = keyOf(entry);
    const pointer = `/quantities/${index}`;
    const twice = seen.has(key);
    seen.add(key);
    if (twice) return [{ pointer, message: 'is there twice' }];
    return wanted.has(key) ? [] : [{ pointer, message: `no segment of meter ${entry.meter} has these bounds` }];
  });
  for (const [key, { meter, from, to }] of wanted) {
    if (!seen.has(key)) faults.push({ pointer: '/quantities', message: `meter ${meter} lacks ${from} to ${to}` });
  }
  return faults;
}

function keyOf({ meter, from, to }: { meter: string | null; from: string; to: string }): string {
  return JSON.stringify([meter, from, to]);
}

function unpricedFaults(unpriced: readonly Unpriced[], under: string): InputFault[] {
  return unpriced.map(({ component, from }) => ({
    pointer: `${under}/phases`,
    message: `component ${component} has no price at ${from}`,
  }));
}
