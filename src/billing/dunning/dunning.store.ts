import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { ChangeContext } from '../../audit/change-context.js';
import { Database } from '../../platform/database.js';
import type { PaymentProvider } from '../payments/payment-provider.js';

const stepOutcome = z.object({
  outcome: z.enum(['unchanged', 'past_due', 'suspended', 'recovered', 'resumed', 'not_found']),
  reminded: z.int().default(0),
});
export type DunningStep = z.infer<typeof stepOutcome>;

const resumeOutcome = z.object({
  outcome: z.enum(['resumed', 'unchanged', 'not_found']),
  status: z.string().optional(),
});

interface DunningTerms {
  readonly dunningDays: number;
  readonly reminderDays: readonly number[];
  /** Who collects, and can be asked. */
  readonly provider: PaymentProvider['name'];
}

/** Every query about subscriptions that are not paid for. */
@Injectable()
export class DunningStore {
  constructor(private readonly database: Database) {}

  async step(subscriptionId: string, at: Date, terms: DunningTerms, context: ChangeContext): Promise<DunningStep> {
    const answer = await this.database.rpc(
      'billing_dunning_step',
      {
        p_subscription_id: subscriptionId,
        p_at: at.toISOString(),
        p_dunning_days: terms.dunningDays,
        p_reminder_days: [...terms.reminderDays],
        p_provider: terms.provider,
        p_context: { ...context },
      },
      { idempotent: true },
    );
    return stepOutcome.parse(answer);
  }

  /** Subscriptions that have to be looked at, by id, after the given one. */
  async due(at: Date, after: string | undefined, limit: number, signal: AbortSignal): Promise<string[]> {
    const args = { p_at: at.toISOString(), p_after: after ?? null, p_limit: limit };
    return z
      .array(z.string())
      .parse(await this.database.rpc('billing_dunning_due', args, { idempotent: true, signal }));
  }

  async resume(subscriptionId: string, at: Date, context: ChangeContext): Promise<z.infer<typeof resumeOutcome>> {
    const args = { p_subscription_id: subscriptionId, p_at: at.toISOString(), p_context: { ...context } };
    return resumeOutcome.parse(await this.database.rpc('billing_resume', args));
  }

  /** The subscription that an invoice is of. */
  async subscriptionOf(invoiceId: string): Promise<string | undefined> {
    const rows = await this.database.read((client) =>
      client.from('billing_invoices').select('subscription_id').eq('id', invoiceId).limit(1),
    );
    return z.array(z.object({ subscription_id: z.string() })).parse(rows)[0]?.subscription_id;
  }
}
