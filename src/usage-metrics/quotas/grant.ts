import { z } from 'zod';
import { id, instant } from '../../platform/http/schemas.js';
import { amount, positiveAmount } from './amount.js';
import { featureSlug } from './feature.js';

export const newGrant = z
  .strictObject({
    feature: featureSlug,
    amount: positiveAmount,
    priority: z.int().min(-1_000).max(1_000).default(0).describe('Lower ones are used up first'),
    effective_at: instant.optional().describe('Now unless told'),
    expires_at: instant.nullable().default(null),
    rollover_max: amount
      .nullable()
      .default(null)
      .describe('How much of it goes over into the next period at most; null: all that is left'),
  })
  .meta({ id: 'NewQuotaGrant' });
export type NewGrant = z.infer<typeof newGrant>;

export const grant = z
  .object({
    id,
    tenant_id: id,
    feature: z.string(),
    amount: z.string(),
    burned: z.string().describe('What was used of it'),
    forfeited: z.string().describe('What was lost at the ends of periods'),
    remaining: z.string(),
    priority: z.int(),
    effective_at: instant,
    expires_at: instant.nullable(),
    rollover_max: z.string().nullable(),
    voided_at: instant.nullable(),
    created_at: instant,
    updated_at: instant,
    etag: z.string(),
  })
  .meta({ id: 'QuotaGrant' });
export type Grant = z.infer<typeof grant>;
