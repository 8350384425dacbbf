import type { Decimal } from 'decimal.js';
import { z } from 'zod';
import { memberOf, textOf, whateverElse } from '../../platform/http/faulty-input.js';
import {
  decimalString,
  exact,
  exactOrUndefined,
  priceAmount,
  quantityLimits,
  smallerOf,
  zero,
} from '../money/decimal.js';

/** A bound belongs to the tier below it: 100 units are in the tier up to 100, the 101st is in the next. */
const bounds = {
  from: decimalString(quantityLimits)
    .optional()
    .describe('Where it begins; may be left out, and must else be where the tier before it ends'),
  up_to: decimalString({ ...quantityLimits, sign: 'positive' })
    .nullable()
    .describe('Where it ends, itself included; null in the last tier, and only there'),
};
const flatAmount = priceAmount.default('0').describe('Added once something of the tier is used');

const percent = decimalString({ wholeDigits: 3, places: 15, sign: 'not_negative', most: '100' });

const maxTiers = 100;

interface Tier {
  readonly from?: string | undefined;
  readonly up_to: string | null;
}

export const amountTiers = tiersOf(z.strictObject({ ...bounds, unit_amount: priceAmount, flat_amount: flatAmount }));
export const percentTiers = tiersOf(z.strictObject({ ...bounds, percent, flat_amount: flatAmount }));
export const percentage = percent;

function tiersOf<T extends z.ZodType<Tier>>(tier: T): z.ZodArray<T> {
  return z
    .array(tier)
    .min(1)
    .max(maxTiers)
    .superRefine((tiers, context) => {
      for (const { path, message } of tierFaults(tiers)) context.addIssue({ code: 'custom', path: [...path], message });
    }, whateverElse);
}

interface TierFault {
  readonly path: readonly [index: number, member: 'from' | 'up_to'];
  readonly message: string;
}

/** @param tiers whatever was sent; of what cannot be read nothing is said */
function tierFaults(tiers: unknown): TierFault[] {
  if (!Array.isArray(tiers)) return [];
  const faults: TierFault[] = [];
  let start: Decimal | undefined = zero;
  for (const [index, tier] of tiers.entries()) {
    const isLast = index + 1 === tiers.length;
    const up_to = memberOf(tier, 'up_to');
    const given = boundIn(tier, 'from');
    if (given !== undefined && start !== undefined && !given.eq(start)) {
      const what = given.lt(start) ? 'overlaps with the tier before' : 'leaves a gap to the tier before';
      faults.push({ path: [index, 'from'], message: `${what}, which ends at ${start.toFixed()}` });
    }
    const end = boundIn(tier, 'up_to');
    if (isLast && typeof up_to === 'string')
      faults.push({ path: [index, 'up_to'], message: 'must be null in the last tier' });
    if (!isLast && up_to === null)
      faults.push({ path: [index, 'up_to'], message: 'may be null in the last tier only' });
    if (end !== undefined && start !== undefined && end.lte(start)) {
      faults.push({ path: [index, 'up_to'], message: `must be more than ${start.toFixed()}, where the tier begins` });
    }
    start = end;
  }
  return faults;
}

function boundIn(tier: unknown, member: 'from' | 'up_to'): Decimal | undefined {
  const text = textOf(tier, member);
  return text === undefined ? undefined : exactOrUndefined(text);
}

export interface TierPart<T extends Tier> {
  /** From 0. */
  readonly index: number;
  readonly tier: T;
  /** What of the range is in the tier; more than 0. */
  readonly quantity: Decimal;
  /** Whether the range holds the beginning of the tier, so that its flat amount is due. */
  readonly begins: boolean;
}

/** Cuts the units after the first `after` up to and with `upTo` by tiers. */
export function splitByTiers<T extends Tier>(tiers: readonly T[], after: Decimal, upTo: Decimal): TierPart<T>[] {
  const parts: TierPart<T>[] = [];
  let start = zero;
  for (const [index, tier] of tiers.entries()) {
    const end = tier.up_to === null ? upTo : smallerOf(exact(tier.up_to), upTo);
    const begin = start.gte(after) ? start : after;
    if (end.gt(begin)) parts.push({ index, tier, quantity: end.minus(begin), begins: start.gte(after) });
    if (tier.up_to !== null) start = exact(tier.up_to);
  }
  return parts;
}

/** The tier that holds the whole quantity; the first for 0. */
export function tierOf<T extends Tier>(tiers: readonly T[], quantity: Decimal): { index: number; tier: T } {
  for (const [index, tier] of tiers.entries()) {
    if (tier.up_to === null || quantity.lte(exact(tier.up_to))) return { index, tier };
  }
  throw new RangeError('the last tier is not open');
}
