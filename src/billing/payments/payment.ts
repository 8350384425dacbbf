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
    known_at: instant.nullable().describe('The provider’s answer of then is taken into account'),
    next_call_at: instant.nullable().describe('When the provider is asked next'),
    stuck: z
      .object({
        since: instant,
        calls: z.int().describe('How often the provider was asked in vain'),
        error: z.string(),
        dunning_waits: z.boolean().describe('Nobody becomes past due or suspended by this before the provider answers'),
      })
      .nullable()
      .describe(
        'The provider does not answer, or not do what it is asked, for a reason that passes or lies in the settings',
      ),
    created_at: instant,
    updated_at: instant,
    etag: z.string(),
  })
  .meta({ id: 'Payment' });
export type Payment = z.infer<typeof payment>;
