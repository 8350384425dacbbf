import { z } from 'zod';
import { TenantryError } from './errors.js';

/** What a refusal by a quota says, quantities as exact decimals. */
export const quotaRefusal = z.object({
  feature: z.string(),
  limit: z.string(),
  usage: z.string(),
  balance: z.string(),
  requested: z.string(),
  /** When the quota begins anew; null where it does not. */
  resets_at: z
    .string()
    .nullable()
    .transform((text) => (text === null ? null : new Date(text).toISOString())),
});
export type QuotaRefusal = z.infer<typeof quotaRefusal>;

/** 402: a hard limit does not allow it. Numbers may be rounded; beside each stands the exact decimal. */
export function quotaExceeded(refusal: QuotaRefusal): TenantryError {
  const { feature, limit, usage, balance, requested, resets_at } = refusal;
  const message = `${requested} of ${feature} is more than the ${balance} that is left: ${usage} is used or reserved, and the limit is ${limit}.`;
  return new TenantryError('payment_required', 'quota_exceeded', message, {
    members: {
      feature,
      limit: Number(limit),
      usage: Number(usage),
      balance: Number(balance),
      requested: Number(requested),
      limit_decimal: limit,
      usage_decimal: usage,
      balance_decimal: balance,
      requested_decimal: requested,
      resets_at,
    },
  });
}

/** The same of what a function raised with hint `quota_exceeded`: its detail says what. */
export function quotaExceededOf(details: string): TenantryError {
  return quotaExceeded(quotaRefusal.parse(JSON.parse(details)));
}
