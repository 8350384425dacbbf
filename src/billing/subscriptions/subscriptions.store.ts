import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { ChangeContext } from '../../audit/change-context.js';
import { Database } from '../../platform/database.js';
import { idsWithin, type Reach } from '../../platform/reach.js';
import type { Columns, NewPhase } from './new-subscription.js';
import { type OverrideRow, storedSubscription, type StoredSubscription } from './stored-subscription.js';

const created = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('created'), subscription: storedSubscription }),
  z.object({ outcome: z.literal('subscribed'), subscription_id: z.string() }),
  z.object({ outcome: z.literal('tenant_not_found') }),
]);

const changed = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('changed'), subscription: storedSubscription }),
  z.object({
    outcome: z.enum(['not_found', 'stale', 'ended', 'already_billed', 'not_waiting', 'override_not_found']),
  }),
]);
export type ChangeOutcome = z.infer<typeof changed>;

/** What a change was worked out from, what time it is (RFC 3339), and who makes it. */
export interface Change {
  readonly id: string;
  readonly rowVersion: number;
  readonly at: string;
  readonly context: ChangeContext;
}

/** What a list is narrowed to; absent: to nothing. */
export interface SubscriptionFilter {
  readonly tenants?: readonly string[] | undefined;
  readonly status?: string | undefined;
  readonly plan?: string | undefined;
}

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

  /** The tenant within reach that a subscription is of. */
  async ownerOf(id: string, reach: Reach): Promise<string | undefined> {
    const ids = idsWithin(reach);
    const rows = await this.database.read((client) => {
      const query = client.from('billing_subscriptions').select('tenant_id').eq('id', id).limit(1);
      return ids === undefined ? query : query.in('tenant_id', ids);
    });
    return rows[0]?.tenant_id;
  }

  /** By id, after the given one. @param at the time at which they are on a plan */
  async list(
    { tenants, status, plan }: SubscriptionFilter,
    at: string,
    limit: number,
    after: string | undefined,
  ): Promise<StoredSubscription[]> {
    const answer = await this.database.rpc(
      'billing_subscriptions_list',
      {
        p_tenants: tenants === undefined ? null : [...tenants],
        p_status: status ?? null,
        p_plan: plan ?? null,
        p_at: at,
        p_after: after ?? null,
        p_limit: limit,
      },
      { idempotent: true },
    );
    return z.array(storedSubscription).parse(answer);
  }

  /** @param activate whether it goes on after a trial that it stood still after */
  async move(change: Change, from: string, phases: readonly NewPhase[], activate: boolean): Promise<ChangeOutcome> {
    const args = { p_from: from, p_phases: z.json().parse(phases), p_activate: activate };
    return changed.parse(await this.database.rpc('billing_subscription_move', { ...named(change), ...args }));
  }

  /** @param endsAt null: it goes on */
  async end(change: Change, endsAt: string | null): Promise<ChangeOutcome> {
    return changed.parse(await this.database.rpc('billing_subscription_end', { ...named(change), p_ends_at: endsAt }));
  }

  async addOverride(change: Change, override: OverrideRow): Promise<ChangeOutcome> {
    const args = { ...named(change), p_override: z.json().parse(override) };
    return changed.parse(await this.database.rpc('billing_override_add', args));
  }

  async endOverride(change: Change, overrideId: string): Promise<ChangeOutcome> {
    const args = { ...named(change), p_override_id: overrideId };
    return changed.parse(await this.database.rpc('billing_override_end', args));
  }

  /** Those for which something is due by the clock; at most `limit`. */
  async due(at: string, limit: number): Promise<string[]> {
    return z
      .array(z.string())
      .parse(await this.database.rpc('billing_subscriptions_due', { p_at: at, p_limit: limit }));
  }

  /** Does what is due for one of them. */
  async advance(id: string, at: string, context: ChangeContext): Promise<string[]> {
    const args = { p_id: id, p_at: at, p_context: { ...context } };
    return z.array(z.string()).parse(await this.database.rpc('billing_subscription_advance', args));
  }
}

function named({ id, rowVersion, at, context }: Change) {
  return { p_id: id, p_row_version: rowVersion, p_at: at, p_context: { ...context } };
}
