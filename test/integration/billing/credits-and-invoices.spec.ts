import { newId } from '../../../src/platform/ids.js';
import { Credits } from '../../setup/credits.js';
import { createTestDatabase, openReplica, type TestDatabase } from '../../setup/database.js';
import type { LiteDatabase } from '../../../src/embedded/supabase/lite-database.js';
import { operator } from '../../setup/provisioning.js';

const march = '2026-03-10T12:00:00Z';
const april = '2026-04-01T00:00:00Z';

describe('credits and the numbering of invoices', () => {
  let test: TestDatabase;
  let other: LiteDatabase;
  let credits: Credits;

  beforeAll(async () => {
    test = await createTestDatabase();
    other = await openReplica(test);
    credits = await Credits.in(test);
  });
  afterAll(async () => {
    await other.close();
    await test.drop();
  });

  /** A draft of 12.00. */
  const draft = async (tenantId: string, period: number): Promise<string> => {
    const [invoice, subscription] = [newId(), newId()];
    await test.sql(
      `insert into public.billing_subscriptions (id, tenant_id, status, currency, billing_interval, time_zone, anchor_at, started_at, next_period_from, next_period_to)
       values ($1, $2, 'ended', 'USD', 'month', 'UTC', '2026-01-01Z', '2026-01-01Z', '2026-03-01Z', '2026-04-01Z')`,
      [subscription as never, tenantId as never],
    );
    await test.sql(
      `insert into public.billing_invoices (id, kind, tenant_id, subscription_id, period_index, period_from, period_to, state, currency, time_zone, subtotal, total)
       values ($1, 'invoice', $2, $3, $4, '2026-03-01Z', '2026-04-01Z', 'draft', 'USD', 'UTC', 12, 12)`,
      [invoice as never, tenantId as never, subscription as never, period as never],
    );
    return invoice;
  };
  const finalize = (invoice: string, through: LiteDatabase): Promise<unknown> =>
    through.rpc('billing_finalize', { p_invoice_id: invoice, p_at: april, p_terms_days: 14 });

  it('never wait for each other in a circle: numbers, top-ups, voids, sweeps and what is given back', async () => {
    const tenants = await Promise.all(Array.from({ length: 4 }, () => credits.world.tenant()));
    for (let round = 0; round < 3; round += 1) {
      const invoices = await Promise.all(tenants.flatMap((id) => [draft(id, 2 * round), draft(id, 2 * round + 1)]));
      const grants = await Promise.all(
        tenants.map((id) => credits.add(id, { amount: '15', expires_at: '2026-03-31T00:00:00Z' }, march)),
      );
      const writers: Promise<unknown>[] = [
        ...invoices.map((id, n) => finalize(id, n % 2 === 0 ? test.database : other)),
        ...tenants.map((id) => credits.add(id, { amount: '8' }, march)),
        ...tenants.map((id) => credits.unapply(id, invoices[0] ?? '', april, other)),
        ...tenants.map((id, n) => credits.store.void(id, grants[n]?.id ?? '', null, new Date(april), operator)),
        credits.expire(april),
        credits.expire(april),
      ];
      const failed = (await Promise.allSettled(writers)).filter(({ status }) => status === 'rejected');
      expect(failed).toEqual([]);
      expect(await credits.faults()).toEqual([]);
    }
    const wrong = await test.sql(`
      select i.number from public.billing_invoices i where i.credit_applied <> coalesce((select e.amount from public.billing_ledger_transactions t
        join public.billing_ledger_entries e on e.transaction_id = t.id and e.account = 'invoices'
        where t.kind = 'apply' and t.reference = i.id::text), 0)`);
    expect(wrong).toEqual([]);
  });

  it('take what is due, and pay what they cover', async () => {
    const tenantId = await credits.world.tenant();
    const [covered, rest] = [await draft(tenantId, 0), await draft(tenantId, 1)];
    await credits.add(tenantId, { amount: '20' }, march);
    await finalize(covered, test.database);
    await finalize(rest, test.database);
    const rows = await test.sql(
      'select state, credit_applied::text from public.billing_invoices where tenant_id = $1 order by period_index',
      [tenantId as never],
    );
    expect(rows).toEqual([
      { state: 'paid', credit_applied: '12' },
      { state: 'finalized', credit_applied: '8' },
    ]);
  });
});
