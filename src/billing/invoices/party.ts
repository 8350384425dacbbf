import { z } from 'zod';
import { displayLines, displayText, id, instant } from '../../platform/http/schemas.js';

const newParty = {
  name: displayText(200),
  email: z.email().max(254).nullable().default(null),
  address: z.array(displayText(200)).max(10).default([]).describe('As it stands on an envelope, line by line'),
  tax_id: displayText(64).nullable().default(null),
};

export const newSeller = z
  .strictObject({
    ...newParty,
    payment_note: displayLines(1_000)
      .nullable()
      .default(null)
      .describe('How to pay: a bank account, or where else, line by line'),
  })
  .meta({ id: 'NewSeller' });
export type NewSeller = z.infer<typeof newSeller>;

export const newDetails = z.strictObject(newParty).meta({ id: 'NewBillingDetails' });
export type NewDetails = z.infer<typeof newDetails>;

const shown = {
  name: z.string(),
  email: z.string().nullable(),
  address: z.array(z.string()),
  tax_id: z.string().nullable(),
};

/** Who sells, on every invoice that gets its number from now on. */
export const seller = z
  .object({ ...shown, payment_note: z.string().nullable(), updated_at: instant, etag: z.string() })
  .meta({ id: 'Seller' });
export type Seller = z.infer<typeof seller>;

/** To whom a tenant's invoices are made out. Until somebody says, to the tenant's name: then there is no etag. */
export const details = z
  .object({ tenant_id: id, ...shown, updated_at: instant.nullable(), etag: z.string().nullable() })
  .meta({ id: 'BillingDetails' });
export type Details = z.infer<typeof details>;
