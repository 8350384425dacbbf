import { z } from 'zod';
import { id, instant } from '../../platform/http/schemas.js';

export const paymentState = z.enum(['pending', 'open', 'paid', 'failed', 'refused', 'withdrawn']);
export type PaymentState = z.infer<typeof paymentState>;

export const payment = z
  .object({
    invoice_id: id,
    tenant_id: id,
    provider: z.string(),
    state: paymentState.describe(
      '`pending` until the provider has the invoice, `open` while it collects; `refused` waits for an operator; `withdrawn`: nothing is due any more',
    ),
    currency: z.string(),
    amount: z.string().describe('What the provider is asked for'),
    attempt: z.int(),
    reference: z.string().nullable().describe('The invoice, as the provider calls it'),
    error: z.string().nullable().describe('Why it failed or was refused'),
    created_at: instant,
    updated_at: instant,
    etag: z.string(),
  })
  .meta({ id: 'Payment' });
export type Payment = z.infer<typeof payment>;
