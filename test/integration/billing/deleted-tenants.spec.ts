import { BillingWorld, flat, perUnit, type Subscribed } from '../../setup/billing-runs.js';

const day = 86_400_000;
const midnight = Math.floor(Date.now() / day) * day;
const at = (days: number): string => new Date(midnight - days * day).toISOString();

describe('a tenant that is deleted', () => {
  let world: BillingWorld;
  beforeAll(async () => {
    world = await BillingWorld.start();
  });
  afterAll(() => world.stop());

  const states = async (of: Subscribed): Promise<string[]> =>
    (await world.invoices(of)).map(({ period, state, total }) => `${period} ${state} ${total}`);

  const remove = (of: Subscribed, when: string): Promise<unknown> =>
    world.sql('update public.tenants set deleted_at = $2 where id = $1', [of.tenant.id, when]);

  async function openPeriods(of: Subscribed): Promise<number> {
    const rows = await world.sql('select 1 from public.usage_periods where tenant_id = $1 and closed_at is null', [
      of.tenant.id,
    ]);
    return rows.length;
  }

  it('is billed to that moment', async () => {
    const subscription = await world.subscribe({ anchor: at(10), components: [flat('7', { proration: 'none' })] });
    await remove(subscription, at(3));
    await world.run();
    expect(await states(subscription)).toEqual(['0 finalized 7.00']);
    expect(await openPeriods(subscription)).toBe(0);
  });

  it('by a clock that is behind what was billed already leaves nothing that gathers, and holds no events', async () => {
    const meter = (await world.metering.meter()).slug;
    const subscription = await world.subscribe({ anchor: at(40), components: [perUnit(meter, '1')] });
    await world.run();
    expect(await states(subscription)).toEqual(['0 paid 0.00', '1 gathering 0']);
    // A month ago has ended nine days ago at the latest: whoever says this is days behind.
    await remove(subscription, at(20));
    expect(await states(subscription)).toEqual(['0 paid 0.00', '1 void 0']);
    expect(await openPeriods(subscription)).toBe(0);
    const trail = await world.sql(
      `select l.action from public.audit_log l join public.billing_invoices i on i.id::text = l.resource_id
       where i.subscription_id = $1 and i.state = 'void'`,
      [subscription.id],
    );
    expect(trail).toEqual([{ action: 'invoice.void' }]);
    await world.metering.clock.advance(2 * 365 * day);
    const run = await world.run(undefined, { tenants: [subscription.tenant.id] });
    expect(await world.items(run)).toEqual([]);

    // What comes late of what was billed is billed after it.
    await world.metering.append([{ tenant: subscription.tenant, type: meter, time: at(38), data: '{"value": 3}' }]);
    await world.run(undefined, { tenants: [subscription.tenant.id] });
    await world.metering.clock.advance(day);
    await world.run(undefined, { tenants: [subscription.tenant.id] });
    expect(await states(subscription)).toEqual(['0 paid 0.00', '1 void 0', '2 finalized 3.00']);
  });
});
