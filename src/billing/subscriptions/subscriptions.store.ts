import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { ChangeContext } from '../../audit/change-context.js';
import { Database } from '../../platform/database.js';
import type { Columns, NewPhase } from './new-subscription.js';
import { storedSubscription, type StoredSubscription } from './stored-subscription.js';

const created = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('created'), subscription: storedSubscription }),
  z.object({ outcome: z.literal('subscribed'), subscription_id: z.string() }),
  z.object({ outcome: z.literal('tenant_not_found') }),
]);

/** Every query about subscriptions. */
@Injectable()
export class SubscriptionsStore {
  constructor(private readonly database: Database) {}

  /** @param at what time it is, RFC 3339 */
  async create(
    ids: { readonly id: string; readonly tenantId: string; readonly invoiceId: string },
    columns: Columns,
    phases: readonly NewPhase[],
    at: string,
    context: ChangeContext,
  ): Promise<z.infer<typeof created>> {
    const answer = await this.database.rpc('billing_subscribe', {
      p_subscription: { ...columns, id: ids.id, tenant_id: ids.tenantId },
      p_phases: z.json().parse(phases),
      p_invoice_id: ids.invoiceId,
      p_at: at,
      p_context: { ...context },
    });
    return created.parse(answer);
  }

  /** Those of these ids that are there, by id. */
  async read(ids: readonly string[]): Promise<StoredSubscription[]> {
    const answer = await this.database.rpc('billing_subscriptions_read', { p_ids: [...ids] }, { idempotent: true });
    return z.array(storedSubscription).parse(answer);
  }
}
