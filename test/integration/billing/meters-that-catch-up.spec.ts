import { BillingWorld, flat, perUnit } from '../../setup/billing-runs.js';
import { operator } from '../../setup/provisioning.js';

const day = 86_400_000;
const midnight = Math.floor(Date.now() / day) * day;
const at = (days: number): string => new Date(midnight - days * day).toISOString();

describe('a meter that was deleted and made again', () => {
  let world: BillingWorld;
  beforeAll(async () => {
    world = await BillingWorld.start();
  });
  afterAll(() => world.stop());

  it('bills all that was used, though it has not counted what was there before it yet', async () => {
    const { slug } = await world.metering.meter();
    const subscription = await world.subscribe({ anchor: at(40), components: [flat('3'), perUnit(slug, '1')] });
    await world.metering.append([{ tenant: subscription.tenant, type: slug, time: at(38), data: '{"value": 4}' }]);
    const gone = { p_slug: slug, p_row_version: null, p_context: { ...operator } };
    await world.metering.test.database.rpc('usage_meter_delete', gone);
    expect(await world.run()).toMatchObject({ failures: [{ error: { code: 'meter_not_found' } }] });
    await world.metering.meter({ slug, event_type: slug });
    const [meter] = await world.sql(
      'select backfill_day is not null as behind from public.usage_meters where slug = $1 and deleted_at is null',
      [slug],
    );
    expect(meter).toEqual({ behind: true });
    await world.run();
    expect(await world.invoices(subscription)).toMatchObject([{ total: '7.00' }, { state: 'gathering' }]);
    // Counts say the same once they are there.
    await world.sql('select public.usage_backfill()');
    const ask = { tenant_id: subscription.tenant.id, meter: slug, from: at(40), to: at(9) };
    expect(await world.quantities.ask([ask])).toEqual([{ quantity: '4' }]);
  });
});
