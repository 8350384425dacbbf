import { z } from 'zod';
import { decimalString, exactOrUndefined, priceAmount, quantityLimits } from '../money/decimal.js';
import { amountTiers, percentage, percentTiers } from './tiers.js';

/** How a quantity becomes an amount. Amounts are in the currency of the plan. */
export const price = z.discriminatedUnion('model', [
  z.strictObject({ model: z.literal('flat'), amount: priceAmount }),
  z.strictObject({ model: z.literal('per_unit'), unit_amount: priceAmount }),
  // Each unit has the price of the tier that it falls into.
  z.strictObject({ model: z.literal('graduated'), tiers: amountTiers }),
  // All units have the price of the tier that their number falls into.
  z.strictObject({ model: z.literal('volume'), tiers: amountTiers }),
  // A package that was begun is paid whole.
  z.strictObject({
    model: z.literal('package'),
    package_size: decimalString({ ...quantityLimits, sign: 'positive' }),
    package_amount: priceAmount,
  }),
  // The quantity is an amount of money, such as payments that went through.
  z.strictObject({ model: z.literal('percentage'), percent: percentage }),
  z.strictObject({ model: z.literal('graduated_percentage'), tiers: percentTiers }),
  // The quantity is the sum of the prices that the events bring.
  z.strictObject({
    model: z.literal('dynamic'),
    multiplier: decimalString({ wholeDigits: 4, places: 15, sign: 'not_negative', most: '1000' }).default('1'),
  }),
]);
export type Price = z.infer<typeof price>;

/** A price with what bounds it in one period. */
export const terms = z
  .strictObject({
    price,
    included_quantity: decimalString(quantityLimits).default('0').describe('Free; tiers count from there'),
    minimum: priceAmount.nullable().default(null),
    maximum: priceAmount.nullable().default(null),
    commitment: priceAmount.nullable().default(null).describe('What is owed at least; the rest is a line of its own'),
  })
  .superRefine((given, context) => {
    const refuse = (member: string, message: string): void =>
      context.addIssue({ code: 'custom', path: [member], message });
    if (given.price.model === 'flat' && exactOrUndefined(given.included_quantity)?.isZero() === false) {
      refuse('included_quantity', 'a flat price has no quantity');
    }
    if (given.minimum !== null && given.commitment !== null) {
      refuse('commitment', 'cannot stand beside a minimum: both are what is owed at least');
    }
    for (const member of ['minimum', 'commitment'] as const) {
      if (isMore(given[member], given.maximum)) refuse(member, 'must not be more than the maximum');
    }
  })
  .meta({ id: 'PriceTerms' });
export type Terms = z.infer<typeof terms>;

function isMore(a: string | null, b: string | null): boolean {
  if (a === null || b === null) return false;
  const most = exactOrUndefined(b);
  return most !== undefined && exactOrUndefined(a)?.gt(most) === true;
}
