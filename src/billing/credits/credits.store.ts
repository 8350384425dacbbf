import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { ChangeContext } from '../../audit/change-context.js';
import { Database } from '../../platform/database.js';
import { etagOfVersion } from '../../platform/http/etag.js';
import { rowInstant } from '../../platform/rows.js';
import { exact } from '../money/decimal.js';
import { moneyText } from '../money/round-lines.js';
import {
  creditBalance,
  creditGrant,
  creditTransaction,
  type CreditBalance,
  type CreditGrant,
  type CreditTransaction,
  type NewCredit,
  type Overdraft,
  type TenantBalances,
} from './credit.js';

const grantRow = creditGrant.omit({ etag: true }).extend({
  effective_at: rowInstant,
  expires_at: rowInstant.nullable(),
  voided_at: rowInstant.nullable(),
  created_at: rowInstant,
  updated_at: rowInstant,
  row_version: z.int(),
});
export type GrantRow = z.infer<typeof grantRow>;

/** What the API shows of it. */
export function toGrant({ row_version, ...row }: GrantRow): CreditGrant {
  const [amount, remaining] = [row.amount, row.remaining].map((text) => moneyText(exact(text), row.currency));
  return { ...row, amount: amount ?? '', remaining: remaining ?? '', etag: etagOfVersion(row_version) };
}

const balanceRow = creditBalance.transform(({ currency, ...amounts }): CreditBalance => {
  const text = (of: keyof typeof amounts): string => moneyText(exact(amounts[of]), currency);
  return {
    currency,
    balance: text('balance'),
    available: text('available'),
    overdraft: text('overdraft'),
    overdrawn: text('overdrawn'),
  };
});

const transactionRow = creditTransaction
  .extend({ at: rowInstant })
  .transform(({ entries, grants, ...row }): CreditTransaction => {
    const shown = <T extends { amount: string }>(part: T): T => ({
      ...part,
      amount: moneyText(exact(part.amount), row.currency),
    });
    return { ...row, entries: entries.map(shown), grants: grants.map(shown) };
  });

const addOutcome = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.enum(['added', 'unchanged']), grant: grantRow }),
  z.object({ outcome: z.enum(['tenant_not_found', 'over_before_it_begins', 'reference_taken']) }),
]);
const voidOutcome = z.object({ outcome: z.enum(['voided', 'not_found', 'stale']) });
const overdraftOutcome = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.enum(['set', 'unchanged']), balance: balanceRow }),
  z.object({ outcome: z.enum(['tenant_not_found', 'overdrawn']) }),
]);
const sweepOutcome = z.object({ accounts: z.int(), expired: z.int() });

/** The transaction and the id of the last grant of a page. */
export type GrantKey = readonly [transaction: string, id: string];

/** Every query about credits. Invoices take and give back by SQL, in the transaction of their own change. */
@Injectable()
export class CreditsStore {
  constructor(private readonly database: Database) {}

  /** @param id of the grant, if there is none for the reference yet */
  async add(
    tenantId: string,
    id: string,
    { reference, ...credit }: NewCredit,
    at: Date,
    context: ChangeContext,
  ): Promise<z.infer<typeof addOutcome>> {
    const args = { p_tenant_id: tenantId, p_reference: reference, p_grant: { ...credit, id }, p_at: at.toISOString() };
    return addOutcome.parse(await this.database.rpc('billing_credits_top_up', { ...args, p_context: { ...context } }));
  }

  /** @param rowVersion what the row must still be; null: whatever is there */
  async void(
    tenantId: string,
    id: string,
    rowVersion: number | null,
    at: Date,
    context: ChangeContext,
  ): Promise<z.infer<typeof voidOutcome>['outcome']> {
    const args = { p_tenant_id: tenantId, p_id: id, p_row_version: rowVersion, p_at: at.toISOString() };
    const answer = await this.database.rpc('billing_credits_void', { ...args, p_context: { ...context } });
    return voidOutcome.parse(answer).outcome;
  }

  async setOverdraft(
    tenantId: string,
    { currency, amount }: Overdraft,
    at: Date,
    context: ChangeContext,
  ): Promise<z.infer<typeof overdraftOutcome>> {
    const args = { p_tenant_id: tenantId, p_currency: currency, p_overdraft: amount, p_at: at.toISOString() };
    const answer = await this.database.rpc('billing_credits_overdraft_set', {
      ...args,
      p_context: { ...context },
    });
    return overdraftOutcome.parse(answer);
  }

  /** One entry a tenant, by id. */
  async balances(tenantIds: readonly string[], at: Date): Promise<TenantBalances[]> {
    const args = { p_tenant_ids: [...tenantIds], p_at: at.toISOString() };
    const answer = await this.database.rpc('billing_credits_balances', args, { idempotent: true });
    return z.array(z.object({ tenant_id: z.string(), balances: z.array(balanceRow) })).parse(answer);
  }

  async find(tenantId: string, id: string): Promise<GrantRow | undefined> {
    return (await this.grantRows(tenantId, id, undefined, 1))[0];
  }

  /** Newest first, before the given one. */
  async grants(tenantId: string, limit: number, before: GrantKey | undefined): Promise<GrantRow[]> {
    return this.grantRows(tenantId, null, before, limit);
  }

  /** Newest first, before the given one. */
  async transactions(
    tenantId: string,
    currency: string | undefined,
    limit: number,
    before: string | undefined,
  ): Promise<CreditTransaction[]> {
    const args = {
      p_tenant_id: tenantId,
      p_currency: currency ?? null,
      p_before: before ?? null,
      p_limit: limit,
    };
    return z.array(transactionRow).parse(await this.database.rpc('billing_ledger_list', args, { idempotent: true }));
  }

  /** @returns how many accounts were looked at, at most `limit`, and how many grants were over */
  async expire(at: Date, limit: number, signal: AbortSignal): Promise<z.infer<typeof sweepOutcome>> {
    const args = { p_at: at.toISOString(), p_limit: limit };
    return sweepOutcome.parse(await this.database.rpc('billing_credits_expire', args, { idempotent: true, signal }));
  }

  private async grantRows(
    tenantId: string,
    id: string | null,
    before: GrantKey | undefined,
    limit: number,
  ): Promise<GrantRow[]> {
    const args = {
      p_tenant_id: tenantId,
      p_id: id,
      p_before_transaction: before?.[0] ?? null,
      p_before_id: before?.[1] ?? null,
      p_limit: limit,
    };
    return z.array(grantRow).parse(await this.database.rpc('billing_credits_grants', args, { idempotent: true }));
  }
}
