import type { Said } from './oracle.js';
import { daysAgo, textOf, UsageWorld } from './usage-world.js';

describe('events of a tenant that has ended', () => {
  let world: UsageWorld;
  let tenant: string;
  const said = (id: string): Said => ({
    tenant,
    source: 'tenantry/instances/a',
    id,
    type: 'used',
    time: daysAgo(1),
    value: '5',
    region: 'eu',
  });

  beforeAll(async () => {
    world = await UsageWorld.make();
    [tenant = ''] = await world.tenants(1);
    await world.test.sql(`update public.tenants set deleted_at = now() where id = $1`, [tenant as never]);
  });
  afterAll(() => world.drop());

  it('are taken from whoever knows the tenant: what it used last is told after its end', async () => {
    expect(await world.ingest([said('last')])).toEqual({ accepted: 1, duplicates: [], rejected: [] });
  });

  it.each([['id'], ['slug']])('are refused where a sender names it by its %s', async (by) => {
    const subject = by === 'id' ? tenant : `t-${tenant}`;
    const named = textOf([said('named')]).replace(`"tenant":"${tenant}"`, `"subject":"${subject}"`);
    expect(await world.ingestText(named)).toMatchObject({ accepted: 0, rejected: [{ code: 'tenant_not_found' }] });
  });
});
