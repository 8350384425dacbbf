import { z } from 'zod';
import { memberOf, textOf, whateverElse } from '../../platform/http/faulty-input.js';
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
    const [included, minimum, maximum, commitment] = (
      ['included_quantity', 'minimum', 'maximum', 'commitment'] as const
    ).map((member) => textOf(given, member));
    if (textOf(memberOf(given, 'price'), 'model') === 'flat' && exactOf(included)?.isZero() === false) {
      refuse('included_quantity', 'a flat price has no quantity');
    }
    if (minimum !== undefined && commitment !== undefined) {
      refuse('commitment', 'cannot stand beside a minimum: both are what is owed at least');
    }
    for (const [member, least] of Object.entries({ minimum, commitment })) {
      const most = exactOf(maximum);
      if (most !== undefined && exactOf(least)?.gt(most) === true) refuse(member, 'must not be more than the maximum');
    }
  }, whateverElse)
  .meta({ id: 'PriceTerms' });
export type Terms = z.infer<typeof terms>;

function exactOf(text: string | undefined): ReturnType<typeof exactOrUndefined> {
  return text === undefined ? undefined : exactOrUndefined(text);
}
