import { newCredit } from '../../src/billing/credits/credit.js';
import { CreditsStore, type GrantRow } from '../../src/billing/credits/credits.store.js';
import { newId } from '../../src/platform/ids.js';
import type { Database } from '../../src/platform/database.js';
import type { TestDatabase } from './database.js';
import { operator, Provisioning } from './provisioning.js';

/** The ledger of credits of a database. Times are told with each call. */
export class Credits {
  readonly store: CreditsStore;

  private constructor(
    readonly test: TestDatabase,
    readonly world: Provisioning,
  ) {
    this.store = new CreditsStore(test.database);
  }

  static async in(test: TestDatabase, world?: Provisioning): Promise<Credits> {
    return new Credits(test, world ?? (await Provisioning.in(test)));
  }

  /** @param at RFC 3339; what is not told is as the API has it */
  async add(tenantId: string, wanted: object, at: string): Promise<GrantRow> {
    const credit = newCredit.parse({ currency: 'USD', reference: newId(), ...wanted });
    const added = await this.store.add(tenantId, newId(), credit, new Date(at), operator);
    if (!('grant' in added)) throw new Error(added.outcome);
    return added.grant;
  }

  /** What was taken for an invoice, as a number of the smallest unit would be too much for: text. */
  async apply(
    tenantId: string,
    amount: number,
    at: string,
    { invoice = newId(), currency = 'USD', through = this.test.database } = {},
  ): Promise<string> {
    const args = { p_tenant_id: tenantId, p_invoice_id: invoice, p_currency: currency, p_amount: amount, p_at: at };
    return String(await through.rpc('billing_credits_apply', args));
  }

  async unapply(
    tenantId: string,
    invoice: string,
    at: string,
    through: Database = this.test.database,
  ): Promise<string> {
    const args = { p_tenant_id: tenantId, p_invoice_id: invoice, p_at: at };
    return String(await through.rpc('billing_credits_unapply', args));
  }

  async expire(at: string, through: CreditsStore = this.store): Promise<number> {
    return (await through.expire(new Date(at), 100, new AbortController().signal)).expired;
  }

  async setOverdraft(tenantId: string, amount: string, at: string, currency = 'USD'): Promise<string> {
    return (await this.store.setOverdraft(tenantId, { currency, amount }, new Date(at), operator)).outcome;
  }

  /** What is left of each grant. */
  async left(tenantId: string, ...grants: readonly { readonly id: string }[]): Promise<(string | undefined)[]> {
    const rows = await this.store.grants(tenantId, 200, undefined);
    return grants.map(({ id }) => rows.find((row) => row.id === id)?.remaining);
  }

  /** [balance, available, overdrawn] */
  async balance(tenantId: string, at: string, currency = 'USD'): Promise<(string | undefined)[]> {
    const [of] = await this.store.balances([tenantId], new Date(at));
    const found = of?.balances.find((each) => each.currency === currency);
    return [found?.balance, found?.available, found?.overdrawn];
  }

  /** Every account that is not 0, from its entries: what it comes to. */
  async accounts(tenantId: string): Promise<Record<string, string>> {
    const rows = await this.test.sql<{ account: string; sum: string }>(
      `select account, sum(case direction when 'credit' then amount else -amount end)::text as sum
       from public.billing_ledger_entries where tenant_id = $1 group by account having sum(case direction when 'credit' then amount else -amount end) <> 0`,
      [tenantId as never],
    );
    return Object.fromEntries(rows.map(({ account, sum }) => [account, sum]));
  }

  /** @throws Error with whatever is wrong in the whole ledger */
  async verify(): Promise<void> {
    const faults = await this.faults();
    if (faults.length > 0) throw new Error(JSON.stringify(faults));
  }

  /** Whatever is wrong in the whole ledger, worked out from its entries and movements alone. */
  async faults(): Promise<object[]> {
    return this.test.sql(`
      select 'debits differ from credits' as fault, transaction_id::text as what from public.billing_ledger_entries
        group by transaction_id having sum(case direction when 'credit' then amount else -amount end) <> 0
      union all
      select 'a balance is not the sum of its entries', a.tenant_id || ' ' || a.account from public.billing_ledger_accounts a
        where balance <> (select coalesce(sum(case e.direction when 'credit' then e.amount else -e.amount end), 0) from public.billing_ledger_entries e
          where e.tenant_id = a.tenant_id and e.currency = a.currency and e.account = a.account)
      union all
      select 'what is left of a grant is not the sum of its movements', g.id::text from public.billing_credit_grants g
        where remaining <> (select coalesce(sum(m.amount), 0) from public.billing_credit_movements m where m.grant_id = g.id)
      union all
      select 'grants differ from the balance', a.tenant_id::text from public.billing_ledger_accounts a where account = 'credits'
        and balance <> (select coalesce(sum(remaining), 0) from public.billing_credit_grants g where g.tenant_id = a.tenant_id and g.currency = a.currency)
      union all
      select 'below its floor', a.tenant_id || ' ' || a.account from public.billing_ledger_accounts a where balance < floor
      union all
      select 'a grant was used outside of its time', m.grant_id::text from public.billing_credit_movements m
        join public.billing_ledger_transactions t on t.id = m.transaction_id join public.billing_credit_grants g on g.id = m.grant_id
        where t.kind in ('apply', 'cover') and (t.at < g.effective_at or t.at >= g.expires_at)`);
  }
}
