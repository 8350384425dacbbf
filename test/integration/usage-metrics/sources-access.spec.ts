import { DailyUsageStore } from '../../../src/usage-metrics/sources/daily-usage.store.js';
import { TwoTenants } from '../../setup/two-tenants.js';

describe('what others see of daily usage and of intervals', () => {
  let two: TwoTenants;
  let store: DailyUsageStore;

  beforeAll(async () => {
    two = await TwoTenants.make();
    store = new DailyUsageStore(two.test.database);
  });
  afterAll(() => two.test.drop());

  const tables = [
    [
      'usage_daily',
      'tenant_id, metric_date, messages_sent, api_calls, agent_count, storage_mb, created_at, updated_at',
    ],
    ['usage_instance_intervals', 'instance_id, tenant_id, status, blueprint, agents, started_at, ended_at'],
  ] as const;

  it.each(tables)('is, of %s, the rows of their own tenants, past Tenantry', async (table, columns) => {
    const { acme, other, clients } = two;
    for (const [client, tenants] of [
      [clients.owner, [acme]],
      [clients.viewer, [acme]],
      [clients.both, [acme, other]],
      [clients.stranger, []],
    ] as const) {
      const { data, error } = await client.from(table).select(columns).returns<{ tenant_id: string }[]>();
      expect(error).toBeNull();
      expect(data?.map(({ tenant_id: id }) => id).sort()).toEqual(tenants.map(({ tenantId }) => tenantId).sort());
    }
    expect((await two.anonymous.from(table).select('tenant_id')).status).toBe(401);
  });

  it('is, through Tenantry, nothing of whom they cannot reach, whatever is asked for', async () => {
    const ids = [two.acme.tenantId, two.other.tenantId];
    const today = new Date().toISOString().slice(0, 10);
    const seen = await store.read([two.acme.tenantId], ids, { from: today, to: today });
    expect(seen.filter(({ data }) => data.length > 0).map(({ tenant_id: id }) => id)).toEqual([two.acme.tenantId]);
    expect((await store.read([], ids, { from: today, to: today })).flatMap(({ data }) => data)).toEqual([]);
    expect((await store.read(undefined, ids, { from: today, to: today })).flatMap(({ data }) => data)).toHaveLength(2);
  });

  it('is, of what meters counted by day, that of whom they can reach', async () => {
    const day = new Date().toISOString().slice(0, 10);
    const range = { from: new Date(Date.now() - 29 * 86_400_000).toISOString().slice(0, 10), to: day };
    const words = { slug: 'words', name: 'Words', unit: null, aggregation: 'sum' };
    const counted = [{ ...words, days: [{ date: day, value: 3, value_decimal: '3' }] }];
    const { acme, other } = two;
    for (const reach of [[acme.tenantId], [acme.tenantId, other.tenantId], undefined])
      expect(await store.meters(reach, acme.tenantId, range)).toEqual(counted);
    for (const reach of [[other.tenantId], []])
      expect(await store.meters(reach, acme.tenantId, range)).toEqual([{ ...words, days: [] }]);
  });
});
