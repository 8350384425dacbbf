import { BillingWorld, flat, perUnit } from '../../setup/billing-runs.js';

const day = 86_400_000;
const midnight = Math.floor(Date.now() / day) * day;
const at = (days: number): string => new Date(midnight - days * day).toISOString();

describe('late usage of a tenant that changed its currency', () => {
  let world: BillingWorld;
  beforeAll(async () => {
    world = await BillingWorld.start();
  });
  afterAll(() => world.stop());

  it('waits for an invoice in its own currency', async () => {
    const { slug } = await world.metering.meter();
    const first = await world.subscribe({ anchor: at(60), endsAt: at(40), components: [perUnit(slug, '1')] });
    const { tenant } = first;
    const use = (value: number) =>
      world.metering.append([{ tenant, type: slug, time: at(50), data: `{"value": ${value}}` }]);
    await use(10);
    await world.run();
    await use(2.5);
    await world.run();
    const euros = { tenant, currency: 'EUR', anchor: at(30), endsAt: at(25), components: [flat('0')] };
    const second = await world.subscribe(euros);
    await world.run();
    expect((await world.invoices(second))[0]).toMatchObject({ total: '0.00', lines: ['recurring base 1 -> 0.00'] });
    const third = await world.subscribe({ ...euros, currency: 'USD', anchor: at(20), endsAt: at(15) });
    await world.run();
    expect((await world.invoices(third))[0]).toMatchObject({
      total: '2.50',
      lines: ['recurring base 1 -> 0.00', `adjustment ${slug} 12.5 -> 2.50`],
    });
  });
});
