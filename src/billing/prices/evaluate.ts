import type { Decimal } from 'decimal.js';
import { decimalText, exact, hundred, largerOf, one, smallerOf, sumOf, zero } from '../money/decimal.js';
import { prorated, type Share } from '../periods/proration.js';
import type { Price, Terms } from './price.js';
import { splitByTiers, tierOf } from './tiers.js';

/** One step from a quantity to an amount. Numbers are decimal strings; `tier` counts from 0. */
export interface ExplanationStep {
  readonly step:
    | 'included'
    | 'flat'
    | 'unit'
    | 'tier'
    | 'tier_flat'
    | 'package'
    | 'percent'
    | 'dynamic'
    | 'minimum'
    | 'maximum'
    | 'true_up'
    | 'proration'
    | 'trial';
  readonly tier?: number;
  /** What the rate applies to: units, packages, an amount of money, or the share of a period as `x/y`. */
  readonly quantity?: string;
  /** Price of one unit or package, per cent, or factor. */
  readonly rate?: string;
  /** What the step adds; negative where a maximum or a proration takes away. */
  readonly amount: string;
}

export interface Evaluation {
  /** Not rounded. The amounts of the steps add up to it. */
  readonly amount: Decimal;
  readonly steps: readonly ExplanationStep[];
}

export interface TermsEvaluation extends Evaluation {
  /** What a commitment adds to the amount; undefined without one, or when it was reached. */
  readonly trueUp: Decimal | undefined;
}

interface Part {
  readonly amount: Decimal;
  readonly step: ExplanationStep;
}

/**
 * @param quantity not negative
 * @param share the part of a period that the included quantity, minimum, maximum and commitment are for; absent: all of it
 */
export function evaluateTerms(terms: Terms, quantity: Decimal, share?: Share): TermsEvaluation {
  const forShare = (whole: string): Decimal => (share === undefined ? exact(whole) : prorated(exact(whole), share));
  const included = forShare(terms.included_quantity);
  const billable = largerOf(quantity.minus(included), zero);
  const free = included.isZero()
    ? []
    : [part('included', zero, { quantity: decimalText(smallerOf(included, quantity)), rate: '0' })];
  const parts = [...free, ...evaluatePrice(terms.price, billable)];
  const metered = sumOf(parts.map(({ amount }) => amount));
  const bounded = withinBounds(metered, terms, forShare);
  if (bounded !== undefined) parts.push(bounded);
  const amount = bounded === undefined ? metered : metered.plus(bounded.amount);
  const lacking = terms.commitment === null ? zero : forShare(terms.commitment).minus(amount);
  return { amount, steps: parts.map(({ step }) => step), trueUp: lacking.gt(zero) ? lacking : undefined };
}

function withinBounds(amount: Decimal, terms: Terms, forShare: (whole: string) => Decimal): Part | undefined {
  const minimum = terms.minimum === null ? undefined : forShare(terms.minimum);
  const maximum = terms.maximum === null ? undefined : forShare(terms.maximum);
  if (minimum !== undefined && amount.lt(minimum)) {
    return part('minimum', minimum.minus(amount), { rate: decimalText(minimum) });
  }
  if (maximum !== undefined && amount.gt(maximum)) {
    return part('maximum', maximum.minus(amount), { rate: decimalText(maximum) });
  }
  return undefined;
}

function evaluatePrice(price: Price, quantity: Decimal): Part[] {
  switch (price.model) {
    case 'flat':
      return [part('flat', exact(price.amount), { rate: price.amount })];
    case 'per_unit':
      return [rated('unit', quantity, price.unit_amount)];
    case 'graduated':
      return graduated(price.tiers, zero, quantity);
    case 'volume':
      return volume(price.tiers, quantity);
    case 'package':
      return [rated('package', packagesOf(quantity, exact(price.package_size)), price.package_amount)];
    case 'percentage':
      return [percentOf(quantity, price.percent)];
    case 'graduated_percentage':
      return splitByTiers(price.tiers, zero, quantity).flatMap(({ index, tier, quantity: within }) => [
        percentOf(within, tier.percent, { tier: index }),
        ...flatOf(tier.flat_amount, index),
      ]);
    case 'dynamic':
      return [rated('dynamic', quantity, price.multiplier)];
  }
}

type AmountTiers = Extract<Price, { model: 'graduated' }>['tiers'];

/** What the units after the first `after` cost, up to and with `upTo`: the sum over adjoining ranges is the price of the whole. */
export function graduatedAmount(tiers: AmountTiers, after: Decimal, upTo: Decimal): Decimal {
  return sumOf(graduated(tiers, after, upTo).map(({ amount }) => amount));
}

function graduated(tiers: AmountTiers, after: Decimal, upTo: Decimal): Part[] {
  return splitByTiers(tiers, after, upTo).flatMap(({ index, tier, quantity, begins }) => [
    rated('tier', quantity, tier.unit_amount, { tier: index }),
    ...(begins ? flatOf(tier.flat_amount, index) : []),
  ]);
}

function volume(tiers: AmountTiers, quantity: Decimal): Part[] {
  const { index, tier } = tierOf(tiers, quantity);
  return [
    rated('tier', quantity, tier.unit_amount, { tier: index }),
    ...(quantity.isZero() ? [] : flatOf(tier.flat_amount, index)),
  ];
}

/**
 * Packages that were begun. By the remainder, which is exact: the ceiling of a quotient that was cut could be one too low.
 */
function packagesOf(quantity: Decimal, size: Decimal): Decimal {
  const rest = quantity.mod(size);
  const full = quantity.minus(rest).div(size);
  return rest.isZero() ? full : full.plus(one);
}

function flatOf(amount: string, tier: number): Part[] {
  const value = exact(amount);
  return value.isZero() ? [] : [part('tier_flat', value, { tier, rate: amount })];
}

function percentOf(quantity: Decimal, percent: string, where: { tier?: number } = {}): Part {
  const amount = quantity.times(exact(percent)).div(hundred);
  return part('percent', amount, { ...where, quantity: decimalText(quantity), rate: percent });
}

function rated(step: ExplanationStep['step'], quantity: Decimal, rate: string, where: { tier?: number } = {}): Part {
  return part(step, quantity.times(exact(rate)), { ...where, quantity: decimalText(quantity), rate });
}

function part(step: ExplanationStep['step'], amount: Decimal, how: Omit<ExplanationStep, 'step' | 'amount'>): Part {
  return { amount, step: { step, ...how, amount: decimalText(amount) } };
}
