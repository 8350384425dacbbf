import { BillingWorld, perUnit, type Subscribed } from '../../setup/billing-runs.js';

const day = 86_400_000;
const minute = 60_000;
const midnight = Math.floor(Date.now() / day) * day;
const at = (days: number, more = 0): string => new Date(midnight - days * day + more).toISOString();

describe('events of a period that is closed and has no invoice yet', () => {
  let world: BillingWorld;
  let meter: string;
  beforeAll(async () => {
    world = await BillingWorld.start();
    meter = (await world.metering.meter()).slug;
    await world.sql(
      `select public.usage_partitions_make(array(select generate_series($1::date, $2::date, '1 day')::date))`,
      [at(41).slice(0, 10), at(0).slice(0, 10)],
    );
    await world.sql('select public.usage_backfill()');
  });
  afterAll(() => world.stop());

  /** What comes of dropping the events of the day, 40 days ago, on which the period began. */
  async function drop(): Promise<string | undefined> {
    const [row] = await world.sql<{ outcome: string }>(
      `select public.usage_partition_drop($1::date) ->> 'outcome' as outcome`,
      [at(40).slice(0, 10)],
    );
    return row?.outcome;
  }

  function close({ id }: Subscribed): Promise<unknown> {
    return world.writing.close([id], new Date().toISOString());
  }

  it('are kept until it has one, for only they can say what it used from a bound within a quarter of an hour on', async () => {
    const subscription = await world.subscribe({ anchor: at(40, 7 * minute), components: [perUnit(meter, '1')] });
    const events = [6, 8].map((minutes) => ({
      tenant: subscription.tenant,
      type: meter,
      time: at(40, minutes * minute),
    }));
    await world.metering.append(events.map((event) => ({ ...event, data: '{"value": 3}' })));
    await world.metering.compact();
    await world.sql('update public.usage_retention set kept_from = $1', [at(9)]);
    expect(await drop()).toBe('not_closed');
    expect(await close(subscription)).toEqual([{ id: subscription.id, outcome: 'closed' }]);
    expect(await drop()).toBe('not_closed');
    await world.run();
    expect(await world.invoices(subscription)).toMatchObject([{ total: '3.00' }, { state: 'gathering' }]);
    expect(await drop()).toBe('dropped');
  });
});
