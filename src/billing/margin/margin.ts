import type { Decimal } from 'decimal.js';
import { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import { textOf, whateverElse } from '../../platform/http/faulty-input.js';
import { date, id, instant } from '../../platform/http/schemas.js';
import { exact, hundred, roundedTo } from '../money/decimal.js';

/** Of one currency: exact decimal strings, whatever the decimals of the currency are, since a call costs a fraction of a cent. */
export const tenantMargin = z
  .object({
    tenant_id: id,
    currency: z.string(),
    revenue: z.string().describe('Lines of invoices that are owed or paid, less credit notes, by their time'),
    llm_cost: z.string().describe('Calls to language models: the cost that came with the call, else the computed one'),
    llm_computed: z.string().describe('The same by the price table alone'),
    cluster_cost: z.string().describe('Of each resource the larger of asked for and used, at the cost rates'),
    margin: z.string().nullable().describe('Null where the tenant has amounts in several currencies'),
    margin_percent: z.string().nullable().describe('Of the revenue, with two decimals; null without revenue'),
  })
  .meta({ id: 'TenantMargin' });
export type TenantMargin = z.infer<typeof tenantMargin>;

/** What the whole cluster cost beside what of it tenants are charged. */
export const idleCost = z
  .object({
    currency: z.string(),
    bought: z.string().nullable().describe('By the cost rates, until now; null where one does not say how much'),
    charged: z.string().describe('The cluster cost of all tenants together'),
    idle: z.string().nullable().describe('What of it nobody is charged'),
    overcommitted: z
      .string()
      .nullable()
      .describe('What tenants are charged beyond what was bought; `bought` and this are `charged` and `idle`'),
  })
  .meta({ id: 'IdleCost' });
export type IdleCost = z.infer<typeof idleCost>;

/** What costs are made of; what is unpriced is not in them. */
export const costsCounted = z
  .object({
    llm_calls: z.string(),
    llm_unpriced: z.string().describe('Neither a price nor a cost of their own, or not to be read'),
    samples: z.string(),
    samples_unpriced: z.string().describe('From when no cost rate held'),
  })
  .meta({ id: 'CostsCounted' });
export type CostsCounted = z.infer<typeof costsCounted>;

const midnight = instant
  .regex(/T00:00:00(\.0+)?Z$/, 'must be a midnight in UTC')
  .transform((text) => text.slice(0, 10));
/** A day in UTC, also as the instant at which it begins; parsed to `YYYY-MM-DD`. */
const dayText = z.union([date, midnight]).describe('A day in UTC: YYYY-MM-DD, or the instant at which it begins');

const longestDays = 400;

/** Whole days in UTC, half-open. */
export const days = z
  .strictObject({ from: dayText, to: dayText.describe('The first day that is not in it, as `from`') })
  .superRefine((given, context) => {
    const length = daysBetween(textOf(given, 'from') ?? '', textOf(given, 'to') ?? '');
    if (length === undefined || (length >= 1 && length <= longestDays)) return;
    const message = length < 1 ? 'must be after `from`' : `must be at most ${longestDays} days after \`from\``;
    context.addIssue({ code: 'custom', path: ['to'], message });
  }, whateverElse);

/** Undefined where one of them is no day, which is told by itself. */
function daysBetween(from: string, to: string): number | undefined {
  if (![from, to].every((text) => date.safeParse(text).success)) return undefined;
  return Temporal.PlainDate.from(from).until(Temporal.PlainDate.from(to), { largestUnit: 'days' }).days;
}

/** @returns a percentage with two decimals, half away from zero; null where there is no revenue to compare with */
export function marginPercent(margin: string | null, revenue: string): string | null {
  if (margin === null || exact(revenue).lte(exact('0'))) return null;
  const percent: Decimal = exact(margin).times(hundred).div(exact(revenue));
  return roundedTo(percent, 2).toFixed(2);
}
