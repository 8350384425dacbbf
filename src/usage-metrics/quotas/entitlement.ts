import { z } from 'zod';
import { id, instant } from '../../platform/http/schemas.js';
import { amount, numberOf } from './amount.js';
import { featureKind } from './feature.js';

const period = z.enum(['day', 'month', 'lifetime']);
const enforcement = z.enum(['soft', 'hard']);

/** On which terms a plan, or a tenant, has a feature: one of three, by the feature's kind. */
export const terms = z
  .union([
    z.strictObject({ enabled: z.boolean().describe('For boolean features') }),
    z.strictObject({
      value: z
        .json()
        .refine((value) => JSON.stringify(value).length <= 16_384, 'must be at most 16 KiB as JSON')
        .describe('For static features'),
    }),
    z.strictObject({
      limit: amount.nullable().describe('For metered features; null: unlimited'),
      period: period.default('month').describe("By the calendar of the tenant's time zone"),
      enforcement: enforcement.default('hard').describe('`hard`: what is beyond is refused. `soft`: it is told'),
    }),
  ])
  .meta({ id: 'EntitlementTerms' });
export type Terms = z.infer<typeof terms>;

/** What a plan includes, or a tenant has whatever its plan. Which members count follows from the kind of the feature. */
export const givenEntitlement = z
  .object({
    plan: z.string().nullable(),
    tenant_id: id.nullable(),
    feature: z.string(),
    enabled: z.boolean().nullable(),
    value: z.json(),
    limit: z.string().nullable().describe('A decimal; null: unlimited'),
    period: period.nullable(),
    enforcement: enforcement.nullable(),
    created_at: instant,
    updated_at: instant,
    etag: z.string(),
  })
  .meta({ id: 'GivenEntitlement' });
export type GivenEntitlement = z.infer<typeof givenEntitlement>;

const quantity = z.number().nullable();
const exactly = z.string().nullable();

/** A feature as a tenant has it now. */
export const entitlement = z
  .object({
    tenant_id: id,
    feature: z.string(),
    name: z.string(),
    kind: featureKind,
    has_access: z.boolean(),
    balance: quantity.describe('What may still be used, grants included and reservations deducted; null: unlimited'),
    usage: quantity.describe('In the running period'),
    overage: quantity.describe('What neither the limit nor a grant covers'),
    limit: quantity.describe('Null: unlimited'),
    balance_decimal: exactly,
    usage_decimal: exactly,
    overage_decimal: exactly,
    limit_decimal: exactly,
    granted_decimal: exactly.describe('What grants add to the limit in the running period'),
    reserved_decimal: exactly.describe('Set aside, and not used yet'),
    value: z.json().describe('Of a static feature'),
    enforcement: enforcement.nullable(),
    period: period.nullable(),
    period_start: instant.nullable(),
    period_end: instant.nullable(),
    source: z.enum(['tenant', 'plan', 'none']).describe('Whose terms these are; `none`: nobody has set any'),
    etag: z.string().nullable().describe('Of those terms'),
  })
  .meta({ id: 'Entitlement' });
export type Entitlement = z.infer<typeof entitlement>;

/** The four quantities that API.md names, as a number and exactly. */
export function quantities(of: {
  readonly balance: string | null;
  readonly usage: string | null;
  readonly overage: string | null;
  readonly limit: string | null;
}): Pick<Entitlement, keyof typeof of | `${keyof typeof of}_decimal`> {
  const { balance, usage, overage, limit } = of;
  return {
    balance: numberOf(balance),
    usage: numberOf(usage),
    overage: numberOf(overage),
    limit: numberOf(limit),
    balance_decimal: balance,
    usage_decimal: usage,
    overage_decimal: overage,
    limit_decimal: limit,
  };
}
