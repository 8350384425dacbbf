import { BillingWorld, flat } from '../../setup/billing-runs.js';
import { openReplica } from '../../setup/database.js';
import { InterruptedDatabase } from '../../setup/interrupted-database.js';

describe('billing runs that are disturbed', () => {
  let world: BillingWorld;
  beforeAll(async () => {
    world = await BillingWorld.start();
  });
  afterAll(() => world.stop());

  it('two schedulers make one invoice of each period', async () => {
    const anchors = ['2025-01-31T00:00:00Z', '2025-03-15T12:00:00Z', '2025-06-01T00:00:00Z'];
    const subscribed = [];
    for (const anchor of anchors) subscribed.push(await world.subscribe({ anchor, components: [flat('7')] }));
    const replica = await openReplica(world.metering.test);
    await Promise.all([world.bill('2026-01-20T00:00:00Z'), world.over(replica).bill('2026-01-20T00:00:00Z')]);
    await replica.close();
    for (const [n, each] of subscribed.entries()) {
      const invoices = await world.invoices(each);
      expect(invoices.filter(({ number }) => number !== null).map(({ total }) => total)).toEqual(
        Array([11, 10, 7][n]).fill('7.00'),
      );
      expect(invoices.map(({ period }) => period)).toEqual([...invoices.keys()]);
    }
    const [numbers] = await world.sql<{ n: number; last: number }>(
      `select count(distinct number)::int as n, max(right(number, 6)::int) as last from public.billing_invoices where number is not null`,
    );
    expect(numbers).toEqual({ n: 28, last: 28 });
  });

  it('a change of plan while it rates is rated', async () => {
    const subscription = await world.subscribe({ anchor: '2026-04-01T00:00:00Z', components: [flat('30')] });
    const interrupted = new InterruptedDatabase(world.metering.test.database);
    let changes = 0;
    interrupted.before('billing_invoices_write', async () => {
      changes += 1;
      if (changes > 1) return;
      await world.sql(`update public.billing_phases set ends_at = '2026-04-16Z' where subscription_id = $1`, [
        subscription.id,
      ]);
      await world.phase(subscription.id, 1, '2026-04-16T00:00:00Z', null, [flat('60')]);
      await world.sql('update public.billing_subscriptions set row_version = row_version + 1 where id = $1', [
        subscription.id,
      ]);
    });
    await world.over(interrupted).run('2026-05-02T00:00:00Z', { tenants: [subscription.tenant.id] });
    expect(changes).toBe(2);
    expect((await world.invoices(subscription))[0]).toMatchObject({
      total: '45.00',
      lines: ['recurring base 1 -> 15.00', 'recurring base 1 -> 30.00'],
    });
  });

  it('goes on where it was when somebody else takes it over, and who lost it writes nothing more', async () => {
    const subscription = await world.subscribe({ anchor: '2026-01-01T00:00:00Z', components: [flat('1')] });
    const interrupted = new InterruptedDatabase(world.metering.test.database);
    let writes = 0;
    let taken: Promise<unknown> | undefined;
    interrupted.before('billing_invoices_write', async () => {
      writes += 1;
      if (writes !== 2) return;
      await world.sql(`update public.tasks set lease_until = now() - interval '1 second' where state = 'running'`);
      taken = world.claim().then((task) => world.continue(task));
      await taken;
    });
    const tenants = [subscription.tenant.id];
    await expect(world.over(interrupted).run('2026-04-02T00:00:00Z', { tenants })).rejects.toThrow('lease');
    expect(await taken).toMatchObject({
      status: 'succeeded',
      progress: { done: 3, invoiced: 3 },
      amounts: { USD: '3.00' },
    });
    expect((await world.invoices(subscription)).map(({ state }) => state)).toEqual([
      'finalized',
      'finalized',
      'finalized',
      'gathering',
    ]);
  });

  it('stops between invoices when it is cancelled, and the next one does the rest', async () => {
    const subscription = await world.subscribe({ anchor: '2026-01-01T00:00:00Z', components: [flat('1')] });
    const cancel = new AbortController();
    const interrupted = new InterruptedDatabase(world.metering.test.database);
    interrupted.after('billing_invoices_write', async () => cancel.abort());
    const signals = { stop: new AbortController().signal, cancel: cancel.signal };
    const tenants = [subscription.tenant.id];
    const run = await world.over(interrupted).run('2026-04-02T00:00:00Z', { tenants }, signals);
    expect(run).toMatchObject({ status: 'cancelled', progress: { done: 1 } });
    await world.run('2026-04-02T00:00:00Z', { tenants });
    expect(await world.invoices(subscription)).toHaveLength(4);
  });

  it('what the database refuses of one subscription keeps no other from its invoice', async () => {
    const given = { anchor: '2025-01-01T00:00:00Z', components: [flat('2')] };
    const subscribed = [await world.subscribe(given), await world.subscribe(given), await world.subscribe(given)];
    const tenants = subscribed.map(({ tenant }) => tenant.id);
    await world.sql(`create function public.test_refuse() returns trigger language plpgsql as $$ begin
      if new.tenant_id = '${tenants[1]}' then raise exception 'a fault of this test' using errcode = 'check_violation'; end if; return new; end $$`);
    await world.sql(
      'create trigger test_refuse before insert on public.billing_invoice_lines for each row execute function public.test_refuse()',
    );
    const run = await world.run('2025-02-02T00:00:00Z', { tenants });
    expect(run).toMatchObject({
      status: 'succeeded',
      progress: { done: 3, invoiced: 2, failed: 1 },
      amounts: { USD: '4.00' },
      failures: [{ tenant_id: tenants[1], error: { code: 'database_refused' } }],
    });
    await world.sql('drop function public.test_refuse() cascade');
    expect(await world.run('2025-02-02T00:00:00Z', { tenants })).toMatchObject({ progress: { done: 1, invoiced: 1 } });
    for (const each of subscribed) {
      expect((await world.invoices(each)).map(({ total, state }) => [state, total])).toEqual([
        ['finalized', '2.00'],
        ['gathering', '0'],
      ]);
    }
  });

  it('goes through more subscriptions than it writes together, each once and in order', async () => {
    const tenant = await world.metering.tenant();
    const many = [];
    for (let n = 0; n < 120; n += 1) {
      many.push(
        await world.subscribe({
          tenant,
          anchor: '2025-03-01T00:00:00Z',
          endsAt: '2025-05-01T00:00:00Z',
          components: [flat('1')],
        }),
      );
    }
    const run = await world.run('2025-06-02T00:00:00Z', { tenants: [tenant.id] });
    expect(run).toMatchObject({ progress: { done: 240, invoiced: 240, failed: 0 }, amounts: { USD: '240.00' } });
    for (const each of many) {
      expect((await world.invoices(each)).map(({ period, state }) => [period, state])).toEqual([
        [0, 'finalized'],
        [1, 'finalized'],
      ]);
    }
  });

  it('closing twice is closing once', async () => {
    const subscription = await world.subscribe({ anchor: '2026-01-01T00:00:00Z', components: [flat('1')] });
    const states = await world.writing.due(
      '2026-02-01T00:00:00Z',
      { tenants: [subscription.tenant.id], runId: null },
      10,
    );
    const ids = states.map(({ id }) => id);
    const closed = [{ id: subscription.id, outcome: 'closed' }];
    expect(await world.writing.close(ids, '2026-02-01T00:00:00Z')).toEqual(closed);
    expect(await world.writing.close(ids, '2026-02-01T00:00:00Z')).toEqual(closed);
    expect(await world.writing.close(ids, '2026-01-31T23:59:59Z')).toEqual([
      { id: subscription.id, outcome: 'not_due' },
    ]);
    const periods = await world.sql(
      'select 1 from public.usage_periods where tenant_id = $1 and closed_at is not null',
      [subscription.tenant.id],
    );
    expect(periods).toHaveLength(1);
  });
});
