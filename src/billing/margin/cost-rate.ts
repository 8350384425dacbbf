import { z } from 'zod';
import { instant as shownInstant } from '../../platform/http/schemas.js';
import { currencyCode } from '../money/currency.js';
import { decimalString, priceAmount } from '../money/decimal.js';
import { instant } from '../periods/instant.js';

const capacity = decimalString({ wholeDigits: 9, places: 9, sign: 'not_negative' })
  .nullable()
  .default(null)
  .describe('How much of it was bought; null: not known, and then nor is what is idle');

/** What an hour of each resource costs the seller, and how much of it there is. Decimal strings. */
export const newCostRate = z
  .strictObject({
    effective_from: instant.describe('It holds from then until the next one does'),
    currency: currencyCode,
    cpu_core_hour: priceAmount,
    memory_gib_hour: priceAmount,
    storage_gib_hour: priceAmount.default('0'),
    cpu_cores: capacity,
    memory_gib: capacity,
    storage_gib: capacity,
  })
  .meta({ id: 'NewCostRate' });
export type NewCostRate = z.infer<typeof newCostRate>;

export const costRate = z
  .object({
    effective_from: shownInstant,
    currency: z.string(),
    cpu_core_hour: z.string(),
    memory_gib_hour: z.string(),
    storage_gib_hour: z.string(),
    cpu_cores: z.string().nullable(),
    memory_gib: z.string().nullable(),
    storage_gib: z.string().nullable(),
    created_at: shownInstant,
    updated_at: shownInstant,
    etag: z.string(),
  })
  .meta({ id: 'CostRate' });
export type CostRate = z.infer<typeof costRate>;
