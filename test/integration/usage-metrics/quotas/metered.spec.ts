import { newId } from '../../../../src/platform/ids.js';
import { createTestDatabase, type TestDatabase } from '../../../setup/database.js';
import { operator } from '../../../setup/provisioning.js';
import { Quotas } from '../../../setup/quotas.js';

describe('a feature that a meter counts', () => {
  let test: TestDatabase;
  let quotas: Quotas;
  let tenantId: string;
  let feature: string;
  const now = new Date();
  const ago = (seconds: number): string => new Date(now.getTime() - seconds * 1_000).toISOString();

  beforeAll(async () => {
    test = await createTestDatabase();
    quotas = await Quotas.in(test);
    await meter('tokens', 'sum', ['tokens']);
    await meter('users', 'unique_count', ['user']);
  });
  beforeEach(async () => {
    await quotas.setClock(ago(0));
    tenantId = await quotas.world.tenant();
    feature = await quotas.feature({ meter: 'tokens' });
    await quotas.give({ tenantId }, feature, { limit: '10', period: 'lifetime' });
  });
  afterAll(() => test.drop());

  async function meter(slug: string, aggregation: string, value_path: string[]): Promise<void> {
    const p_meter = {
      slug,
      name: slug,
      event_type: 'llm.call',
      aggregation,
      value_property: `$.${value_path.join()}`,
      value_path,
    };
    const made = await test.database.rpc('usage_meter_create', { p_meter, p_context: {} });
    expect(made).toMatchObject({ outcome: 'created' });
  }

  async function send(data: string, secondsAgo = 0, id = newId()): Promise<string> {
    const event = `{"specversion":"1.0","id":"${id}","source":"test","type":"llm.call","time":"${ago(secondsAgo)}","data":${data}}`;
    const p_events = `[{"tenant":"${tenantId}","event":${event}}]`;
    const call = (): Promise<unknown> => test.database.rpc('usage_ingest', { p_events, p_atomic: true });
    let answer = await call();
    if (JSON.stringify(answer).includes('partitions_missing')) {
      await test.database.rpc('usage_partitions_make', { p_days: [ago(secondsAgo).slice(0, 10)] });
      answer = await call();
    }
    expect(answer).toMatchObject({ accepted: 1 });
    return id;
  }
  const tokens = (count: string, secondsAgo = 0): Promise<string> => send(`{"tokens":${count}}`, secondsAgo);

  it('is used as far as its events say, exactly, with the next answer', async () => {
    await tokens('3.000000000000000001');
    expect(await quotas.counts(tenantId, feature)).toEqual(['3.000000000000000001', '6.999999999999999999', '0', '0']);
    await tokens('9', 3_600);
    expect(await quotas.counts(tenantId, feature)).toEqual(['12.000000000000000001', '0', '2.000000000000000001', '0']);
    expect((await quotas.entitlement(tenantId, feature)).has_access).toBe(false);
    expect(await quotas.reserve(tenantId, feature, '1')).toBe('quota_exceeded');
  });

  it('counts what is reserved beside its events, and after a commit the events alone', async () => {
    await tokens('2');
    const id = newId();
    expect(await quotas.reserve(tenantId, feature, '6', id)).toBe('reserved');
    expect(await quotas.counts(tenantId, feature)).toEqual(['2', '2', '0', '6']);
    // Until the commit both count: never less than there is.
    await tokens('5');
    expect(await quotas.counts(tenantId, feature)).toEqual(['7', '0', '3', '6']);
    await quotas.reservations.end({ tenantId, id }, 'committed', '5', operator);
    expect(await quotas.counts(tenantId, feature)).toEqual(['7', '3', '0', '0']);
  });

  it('has a voided event back, and so have grants', async () => {
    const grant = await quotas.grant(tenantId, { feature, amount: '5' });
    await tokens('8');
    const id = await tokens('6');
    expect(await quotas.counts(tenantId, feature)).toEqual(['14', '1', '0', '0']);
    expect(await quotas.left(tenantId, grant)).toBe('1');
    const args = {
      p_tenant: tenantId,
      p_source: 'test',
      p_id: id,
      p_reason: 'twice',
      p_replacement: null,
      p_context: {},
    };
    expect(await test.database.rpc('usage_event_void', args)).toMatchObject({ outcome: 'voided' });
    expect(await quotas.counts(tenantId, feature)).toEqual(['8', '7', '0', '0']);
    expect(await quotas.left(tenantId, grant)).toBe('5');
  });

  it('burns a grant only by what was used while it held, whenever that is looked at', async () => {
    await quotas.setClock(ago(900));
    const grant = await quotas.grant(tenantId, { feature, amount: '20', effective_at: ago(600), expires_at: ago(300) });
    await tokens('11', 700);
    await tokens('4', 500);
    await tokens('2', 100);
    await quotas.setClock(ago(0));
    expect(await quotas.counts(tenantId, feature)).toEqual(['17', '0', '3', '0']);
    expect(await quotas.left(tenantId, grant)).toBe('16');
  });

  it('may be counted by what is there once', async () => {
    const users = await quotas.feature({ meter: 'users' });
    await quotas.give({ tenantId }, users, { limit: '2', period: 'lifetime' });
    for (const user of ['a', 'b', 'a', 'a']) await send(`{"user":"${user}"}`);
    expect(await quotas.counts(tenantId, users)).toEqual(['2', '0', '0', '0']);
    await send('{"user":"c"}');
    expect(await quotas.counts(tenantId, users)).toEqual(['3', '0', '1', '0']);
  });

  it('begins anew with each period, and closes the ones before it', async () => {
    const daily = await quotas.feature({ meter: 'tokens' });
    await quotas.setClock(ago(86_400));
    await quotas.give({ tenantId }, daily, { limit: '10', period: 'day' });
    const grant = await quotas.grant(tenantId, { feature: daily, amount: '5', rollover_max: '1' });
    await tokens('12', 86_400);
    await tokens('4', 0);
    await quotas.setClock(ago(0));
    expect(await quotas.counts(tenantId, daily)).toEqual(['4', '7', '0', '0']);
    expect(await quotas.grants.find(tenantId, grant.id)).toMatchObject({ burned: '2', forfeited: '2', remaining: '1' });
  });

  it('with a soft limit is told of by the sweep, though nobody looks', async () => {
    const soft = await quotas.feature({ meter: 'tokens' });
    await quotas.give({ plan: 'free' }, soft, { limit: '3', enforcement: 'soft', period: 'lifetime' });
    await tokens('2');
    const told = (): Promise<object[]> =>
      test.sql(
        "select payload ->> 'usage' as usage from public.outbox where topic = 'quota.soft_limit_crossed' and tenant_id = $1 and payload ->> 'feature' = $2",
        [tenantId, soft],
      );
    const { signal } = new AbortController();
    expect((await quotas.reservations.sweep(1_000, signal)).settled).toBeGreaterThan(0);
    expect(await told()).toEqual([]);
    await tokens('2');
    expect((await quotas.reservations.sweep(1_000, signal)).settled).toBe(0);
    await quotas.setClock(new Date(now.getTime() + 61_000).toISOString());
    await quotas.reservations.sweep(1_000, signal);
    await quotas.reservations.sweep(1_000, signal);
    expect(await told()).toEqual([{ usage: '4' }]);
  });

  it('whose meter is gone stays as it was', async () => {
    await meter('gone', 'sum', ['tokens']);
    const orphan = await quotas.feature({ meter: 'gone' });
    await tokens('4');
    expect((await quotas.entitlement(tenantId, orphan)).usage).toBe(4);
    await test.database.rpc('usage_meter_delete', { p_slug: 'gone', p_row_version: null, p_context: {} });
    expect((await quotas.entitlement(tenantId, orphan)).usage).toBe(4);
  });
});
