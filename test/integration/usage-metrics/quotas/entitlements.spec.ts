import { createTestDatabase, type TestDatabase } from '../../../setup/database.js';
import { operator } from '../../../setup/provisioning.js';
import { Quotas } from '../../../setup/quotas.js';

describe('entitlements', () => {
  let test: TestDatabase;
  let quotas: Quotas;
  let tenantId: string;

  beforeAll(async () => {
    test = await createTestDatabase();
    quotas = await Quotas.in(test);
  });
  beforeEach(async () => {
    await quotas.setClock('2026-03-10T12:00:00Z');
    tenantId = await quotas.world.tenant();
  });
  afterAll(() => test.drop());

  const told = async (): Promise<unknown[]> =>
    (
      await test.sql<{ payload: object }>(
        "select payload from public.outbox where topic = 'quota.soft_limit_crossed' and tenant_id = $1 order by id",
        [tenantId],
      )
    ).map(({ payload }) => payload);

  it('of a metered feature that nobody limits are unlimited, and counted', async () => {
    const feature = await quotas.feature();
    const grant = await quotas.grant(tenantId, { feature, amount: '5' });
    await quotas.use(tenantId, feature, '1000000000000000000000.5');
    expect(await quotas.left(tenantId, grant)).toBe('5');
    expect(await quotas.entitlement(tenantId, feature)).toMatchObject({
      has_access: true,
      limit: null,
      balance: null,
      usage: 1e21,
      usage_decimal: '1000000000000000000000.5',
      overage: 0,
      source: 'none',
      etag: null,
    });
  });

  it('of other features are not had where nobody gave them', async () => {
    for (const [slug, kind, terms] of [
      ['sso-login', 'boolean', { enabled: true }],
      ['region', 'static', { value: { names: ['eu', 'us'] } }],
    ] as const) {
      await quotas.features.create({ slug, name: slug, description: null, kind }, operator);
      expect(await quotas.entitlement(tenantId, slug)).toMatchObject({ has_access: false, value: null });
      await quotas.give({ plan: 'free' }, slug, terms);
      expect(await quotas.entitlement(tenantId, slug)).toMatchObject({
        has_access: true,
        value: 'value' in terms ? terms.value : null,
        source: 'plan',
        etag: 'v1',
        limit: null,
      });
    }
    await quotas.give({ tenantId }, 'sso-login', { enabled: false });
    expect(await quotas.entitlement(tenantId, 'sso-login')).toMatchObject({ has_access: false, source: 'tenant' });
  });

  it('follow the plan, at once, with what was used before; terms of the tenant’s own go before it', async () => {
    const feature = await quotas.feature();
    await quotas.give({ plan: 'free' }, feature, { limit: '10' });
    await quotas.give({ plan: 'starter' }, feature, { limit: '100' });
    await quotas.use(tenantId, feature, '8');
    expect(await quotas.use(tenantId, feature, '3')).toBe('quota_exceeded');
    await quotas.world.tenants.change(tenantId, { plan: 'starter' }, null, operator);
    expect(await quotas.use(tenantId, feature, '3')).toBe('ended_now');
    expect(await quotas.counts(tenantId, feature)).toEqual(['11', '89', '0', '0']);
    await quotas.give({ tenantId }, feature, { limit: '12' });
    expect(await quotas.counts(tenantId, feature)).toEqual(['11', '1', '0', '0']);
    expect(await quotas.entitlements.remove({ tenantId }, feature, null, operator)).toBe('removed');
    await quotas.world.tenants.change(tenantId, { plan: 'free' }, null, operator);
    expect(await quotas.counts(tenantId, feature)).toEqual(['11', '0', '1', '0']);
    expect((await quotas.entitlement(tenantId, feature)).has_access).toBe(false);
    await quotas.world.tenants.change(tenantId, { plan: 'enterprise' }, null, operator);
    expect(await quotas.counts(tenantId, feature)).toEqual(['11', null, '0', '0']);
  });

  it.each([
    ['a month', 'month', 'Asia/Kolkata', '2026-02-28T18:30:00.000Z', '2026-03-31T18:30:00.000Z'],
    ['a day', 'day', 'Asia/Kolkata', '2026-03-09T18:30:00.000Z', '2026-03-10T18:30:00.000Z'],
    [
      'a month with a change of the clock',
      'month',
      'Europe/Berlin',
      '2026-02-28T23:00:00.000Z',
      '2026-03-31T22:00:00.000Z',
    ],
    ['ever', 'lifetime', 'UTC', null, null],
  ])('of %s begin and end by the calendar of the tenant', async (_what, period, time_zone, starts, ends) => {
    const feature = await quotas.feature();
    await quotas.world.tenants.change(tenantId, { time_zone }, null, operator);
    await quotas.give({ tenantId }, feature, { limit: '10', period });
    await quotas.use(tenantId, feature, '10');
    expect(await quotas.entitlement(tenantId, feature)).toMatchObject({
      period,
      period_start: starts,
      period_end: ends,
      balance: 0,
    });
    if (ends === null) await quotas.setClock('2036-01-01T00:00:00Z');
    else await quotas.setClock(new Date(new Date(ends).getTime() - 1).toISOString());
    expect((await quotas.entitlement(tenantId, feature)).balance).toBe(0);
    if (ends !== null) await quotas.setClock(ends);
    expect((await quotas.entitlement(tenantId, feature)).balance).toBe(ends === null ? 0 : 10);
  });

  it('do not begin anew because the tenant moves', async () => {
    const feature = await quotas.feature();
    await quotas.give({ tenantId }, feature, { limit: '10', period: 'day' });
    await quotas.use(tenantId, feature, '10');
    await quotas.setClock('2026-03-10T20:00:00Z');
    await quotas.world.tenants.change(tenantId, { time_zone: 'Asia/Tokyo' }, null, operator);
    expect((await quotas.entitlement(tenantId, feature)).balance).toBe(0);
    await quotas.setClock('2026-03-11T00:00:00Z');
    expect(await quotas.entitlement(tenantId, feature)).toMatchObject({
      balance: 10,
      period_start: '2026-03-11T00:00:00.000Z',
      period_end: '2026-03-11T15:00:00.000Z',
    });
  });

  it('with a soft limit are had beyond it, which is told once a period', async () => {
    const feature = await quotas.feature();
    await quotas.give({ tenantId }, feature, { limit: '10', enforcement: 'soft' });
    const grant = await quotas.grant(tenantId, { feature, amount: '2' });
    await quotas.use(tenantId, feature, '12');
    expect(await told()).toEqual([]);
    await quotas.use(tenantId, feature, '0.5');
    await quotas.use(tenantId, feature, '7');
    expect(await quotas.left(tenantId, grant)).toBe('0');
    expect(await quotas.counts(tenantId, feature)).toEqual(['19.5', '0', '7.5', '0']);
    expect((await quotas.entitlement(tenantId, feature)).has_access).toBe(true);
    expect(await told()).toEqual([
      expect.objectContaining({ feature, limit: '10', usage: '12.5', overage: '0.5', period: 'month' }),
    ]);
    await quotas.setClock('2026-04-10T00:00:00Z');
    await quotas.use(tenantId, feature, '11');
    expect(await told()).toHaveLength(2);
  });

  it('are changed under the etag that was seen, in the trail, and not when nothing differs', async () => {
    const feature = await quotas.feature();
    const put = (limit: string | null, version: number | null) =>
      quotas.entitlements.put(
        { plan: 'starter' },
        feature,
        { limit, period: 'month', enforcement: 'hard' },
        version,
        operator,
      );
    const traces = await quotas.world.tracesOf(async () => {
      expect((await put('1', 1)).outcome).toBe('stale');
      expect(await put('1', null)).toMatchObject({
        outcome: 'created',
        entitlement: { row_version: 1, limit_amount: '1' },
      });
      expect(await put('1.0', 1)).toMatchObject({ outcome: 'unchanged', entitlement: { row_version: 1 } });
      expect(await put('2', 1)).toMatchObject({ outcome: 'changed', entitlement: { row_version: 2 } });
      expect((await put('3', 1)).outcome).toBe('stale');
      expect(await put(null, 2)).toMatchObject({ outcome: 'changed', entitlement: { limit_amount: null } });
      expect(await quotas.entitlements.remove({ plan: 'starter' }, feature, 2, operator)).toBe('stale');
      expect(await quotas.entitlements.remove({ plan: 'starter' }, feature, 3, operator)).toBe('removed');
      expect(await quotas.entitlements.remove({ plan: 'starter' }, feature, null, operator)).toBe('not_found');
    });
    expect(traces).toEqual({
      audit: ['entitlement.put', 'entitlement.put', 'entitlement.put', 'entitlement.remove'],
      outbox: [],
    });
  });

  it('are listed by tenant and feature', async () => {
    const other = await quotas.world.tenant();
    const all = await quotas.entitlements.list([tenantId, other], 1_000, undefined);
    const features = await quotas.features.list(1_000, undefined);
    const expected = [tenantId, other].sort().flatMap((id) => features.map(({ slug }) => [id, slug]));
    expect(all.map((row) => [row.tenant_id, row.feature])).toEqual(expected);
    const [, second] = all;
    const rest = await quotas.entitlements.list([tenantId, other], 1_000, [
      second?.tenant_id ?? '',
      second?.feature ?? '',
    ]);
    expect(rest).toEqual(all.slice(2));
    expect(await quotas.entitlements.list([], 10, undefined)).toEqual([]);
  });
});

describe('features', () => {
  let test: TestDatabase;
  let quotas: Quotas;

  beforeAll(async () => {
    test = await createTestDatabase();
    quotas = await Quotas.in(test);
  });
  afterAll(() => test.drop());

  it('are there for what Tenantry counts itself, and stay', async () => {
    const found = await quotas.features.list(10, undefined);
    expect(found.map(({ slug, counted_by, built_in }) => [slug, counted_by, built_in])).toEqual([
      ['api_calls', 'calls', true],
      ['instances', 'instances', true],
      ['members', 'members', true],
    ]);
    expect(await quotas.features.delete('instances', null, operator)).toBe('built_in');
  });

  it('need a meter that is there, and a name of their own', async () => {
    const wanted = { slug: 'tokens', name: 'Tokens', description: null, kind: 'metered' as const };
    expect(await quotas.features.create({ ...wanted, meter: 'nothing' }, operator)).toEqual({
      outcome: 'meter_not_found',
    });
    expect((await quotas.features.create(wanted, operator)).outcome).toBe('created');
    expect((await quotas.features.create(wanted, operator)).outcome).toBe('slug_taken');
  });

  it('are deleted while nobody has them', async () => {
    const [free, given] = [await quotas.feature(), await quotas.feature()];
    await quotas.give({ plan: 'free' }, given, { limit: '1' });
    expect(await quotas.features.delete(given, null, operator)).toBe('in_use');
    expect(await quotas.features.delete(free, 2, operator)).toBe('stale');
    expect(await quotas.features.delete(free, 1, operator)).toBe('deleted');
    expect(await quotas.features.delete(free, null, operator)).toBe('not_found');
  });
});
