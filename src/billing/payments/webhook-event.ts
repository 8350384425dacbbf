import { z } from 'zod';
import { instant } from '../../platform/http/schemas.js';

export const webhookState = z.enum(['treated', 'ignored', 'failed']);
export type WebhookState = z.infer<typeof webhookState>;

export const webhookEvent = z
  .object({
    id: z.string(),
    provider: z.string(),
    type: z.string(),
    state: webhookState,
    note: z.string().nullable().describe('Why it failed, or why it was not for this installation'),
    invoice_id: z.string().nullable(),
    reference: z.string().nullable(),
    amount: z.string().nullable(),
    currency: z.string().nullable(),
    attempts: z.int(),
    happened_at: instant,
    received_at: instant,
    treated_at: instant.nullable(),
  })
  .meta({ id: 'WebhookEvent' });
export type WebhookEvent = z.infer<typeof webhookEvent>;
