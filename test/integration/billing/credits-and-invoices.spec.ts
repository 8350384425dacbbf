import type { LiteDatabase } from '../../../src/embedded/supabase/lite-database.js';
import { newId } from '../../../src/platform/ids.js';
import { Credits } from '../../setup/credits.js';
import { createTestDatabase, openReplica, type TestDatabase } from '../../setup/database.js';
import { Invoices } from '../../setup/invoices.js';
import { operator } from '../../setup/provisioning.js';

const march = '2026-03-10T12:00:00Z';
const april = '2026-04-01T00:00:00Z';
const twelve = [{ amount: '12.00' }];

describe('credits and invoices', () => {
  let test: TestDatabase;
  let other: LiteDatabase;
  let credits: Credits;
  let invoices: Invoices;

  beforeAll(async () => {
    test = await createTestDatabase();
    other = await openReplica(test);
    credits = await Credits.in(test);
    invoices = new Invoices(test, credits.world.tenantId);
  });
  afterAll(async () => {
    await other.close();
    await test.drop();
  });

  const finalize = (invoice: string, through: LiteDatabase): Promise<unknown> =>
    through.rpc('billing_finalize', { p_invoice_id: invoice, p_at: april, p_terms_days: 14 });
  const voided = (invoice: string, through: LiteDatabase): Promise<unknown> => {
    const args = { p_invoice_id: invoice, p_reason: 'a mistake', p_at: april };
    return through.rpc('billing_invoice_void', { ...args, p_context: { ...operator } });
  };

  it('never wait for each other in a circle: numbers, voids, top-ups, sweeps and write-offs at once', async () => {
    const tenants = await Promise.all(Array.from({ length: 4 }, () => credits.world.tenant()));
    for (let round = 0; round < 4; round += 1) {
      const drafts: string[] = [];
      for (const tenantId of [...tenants, ...tenants]) drafts.push(await invoices.draft({ tenantId, lines: twelve }));
      const grants = await Promise.all(
        tenants.map((id) => credits.add(id, { amount: '15', expires_at: '2026-03-31T00:00:00Z' }, march)),
      );
      await Promise.all(tenants.map((id) => credits.add(id, { amount: '3' }, march)));
      const wrong = await Promise.all(
        tenants.map(async (tenantId) => {
          const id = newId();
          return { id, applied: await credits.apply(tenantId, 1, march, { invoice: id }), tenantId };
        }),
      );
      const writers: Promise<unknown>[] = [
        ...drafts.map((id, n) => finalize(id, n % 2 === 0 ? test.database : other)),
        ...tenants.map((id) => credits.add(id, { amount: '8' }, march)),
        ...wrong.map(({ id, tenantId }) => credits.unapply(tenantId, id, april, other)),
        ...tenants.map((id, n) => credits.store.void(id, grants[n]?.id ?? '', null, new Date(april), operator)),
        credits.expire(april),
        credits.expire(april),
      ];
      const failed = (await Promise.allSettled(writers)).filter(({ status }) => status === 'rejected');
      expect(failed).toEqual([]);
      const voids = await Promise.allSettled(drafts.map((id, n) => voided(id, n % 2 === 0 ? other : test.database)));
      // Those that credits paid in whole are paid, and are corrected by credit notes instead.
      const refused = voids.filter((each) => each.status === 'rejected').map(({ reason }) => Object(reason).hint);
      expect(refused.filter((hint) => hint !== 'invoice_state')).toEqual([]);
      expect(await credits.faults()).toEqual([]);
    }
    const differing = await test.sql(`
      select i.number from public.billing_invoices i where i.credit_applied <> coalesce((select e.amount from public.billing_ledger_transactions t
        join public.billing_ledger_entries e on e.transaction_id = t.id and e.account = 'invoices'
        where t.kind = 'apply' and t.reference = i.id::text), 0)`);
    expect(differing).toEqual([]);
  });

  it('take what is due of them, pay what they cover, and give back what a void one took', async () => {
    const tenantId = await credits.world.tenant();
    const covered = await invoices.draft({ tenantId, lines: twelve });
    const rest = await invoices.draft({ tenantId, lines: twelve });
    await credits.add(tenantId, { amount: '20' }, march);
    for (const id of [covered, rest]) await finalize(id, test.database);
    expect(await invoices.row(covered)).toMatchObject({ state: 'paid', credit_applied: '12.00' });
    expect(await invoices.row(rest)).toMatchObject({ state: 'finalized', credit_applied: '8.00', amount_due: '4.00' });
    await voided(rest, test.database);
    expect(await credits.balance(tenantId, april)).toEqual(['8.00', '8.00', '0.00']);
    expect(await credits.accounts(tenantId)).toEqual({ top_ups: '-20', invoices: '12.00', credits: '8.00' });
  });
});
