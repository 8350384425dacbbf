import { newId } from '../../../../src/platform/ids.js';
import { createTestDatabase, type TestDatabase } from '../../../setup/database.js';
import { operator } from '../../../setup/provisioning.js';
import { Quotas } from '../../../setup/quotas.js';

describe('reservations', () => {
  let test: TestDatabase;
  let quotas: Quotas;
  let tenantId: string;
  let feature: string;

  beforeAll(async () => {
    test = await createTestDatabase();
    quotas = await Quotas.in(test);
  });
  beforeEach(async () => {
    await quotas.setClock('2026-03-10T12:00:00Z');
    tenantId = await quotas.world.tenant();
    feature = await quotas.feature();
    await quotas.give({ tenantId }, feature, { limit: '10' });
  });
  afterAll(() => test.drop());

  const end = async (id: string, state: 'committed' | 'released', amount: string | null = null): Promise<string> =>
    (await quotas.reservations.end({ tenantId, id }, state, amount, operator)).outcome;

  it('set aside, count as used when they are committed, and give the rest back', async () => {
    const id = newId();
    expect(await quotas.reserve(tenantId, feature, '7.5', id)).toBe('reserved');
    expect(await quotas.counts(tenantId, feature)).toEqual(['0', '2.5', '0', '7.5']);
    expect(await end(id, 'committed', '3.000000000000000001')).toBe('ended_now');
    expect(await quotas.counts(tenantId, feature)).toEqual(['3.000000000000000001', '6.999999999999999999', '0', '0']);
  });

  it('give everything back when they are released', async () => {
    const id = newId();
    await quotas.reserve(tenantId, feature, '10', id);
    expect((await quotas.entitlement(tenantId, feature)).has_access).toBe(false);
    expect(await end(id, 'released')).toBe('ended_now');
    expect(await quotas.counts(tenantId, feature)).toEqual(['0', '10', '0', '0']);
  });

  it('are refused beyond the limit, and told why', async () => {
    await quotas.use(tenantId, feature, '6');
    const wanted = { feature, amount: '4.1', lease_seconds: 60 };
    expect(await quotas.reservations.reserve({ tenantId, id: newId() }, wanted, operator)).toEqual({
      outcome: 'quota_exceeded',
      feature,
      limit: '10',
      usage: '6',
      balance: '4',
      requested: '4.1',
      resets_at: '2026-04-01T00:00:00.000Z',
    });
    expect(await quotas.reserve(tenantId, feature, '4')).toBe('reserved');
  });

  it('are the same ones by their id', async () => {
    const id = newId();
    expect(await quotas.reserve(tenantId, feature, '4', id)).toBe('reserved');
    expect(await quotas.reserve(tenantId, feature, '4', id)).toBe('unchanged');
    expect(await quotas.reserve(tenantId, feature, '5', id)).toBe('differs');
    expect(await quotas.reserve(tenantId, await quotas.feature(), '4', id)).toBe('differs');
    expect(await end(id, 'committed', '2')).toBe('ended_now');
    expect(await end(id, 'committed', '2')).toBe('unchanged');
    expect(await end(id, 'committed', '3')).toBe('ended');
    expect(await end(id, 'released')).toBe('ended');
    expect(await quotas.reserve(tenantId, feature, '4', id)).toBe('ended');
    expect(await quotas.counts(tenantId, feature)).toEqual(['2', '8', '0', '0']);
  });

  it('are another tenant’s own under the same id', async () => {
    const [id, other] = [newId(), await quotas.world.tenant()];
    expect(await quotas.reserve(tenantId, feature, '4', id)).toBe('reserved');
    expect(await quotas.reserve(other, feature, '5', id)).toBe('reserved');
    expect(
      await quotas.reservations.end({ tenantId: await quotas.world.tenant(), id }, 'released', null, operator),
    ).toEqual({
      outcome: 'reservation_not_found',
    });
  });

  it('cannot be committed beyond what they are', async () => {
    const id = newId();
    await quotas.reserve(tenantId, feature, '4', id);
    expect(await end(id, 'committed', '4.5')).toBe('beyond_reservation');
    expect(await quotas.counts(tenantId, feature)).toEqual(['0', '6', '0', '4']);
  });

  it('are given back when nobody ends them in time', async () => {
    const id = newId();
    await quotas.reserve(tenantId, feature, '10', id, 60);
    await quotas.setClock('2026-03-10T12:00:59Z');
    expect(await quotas.reserve(tenantId, feature, '1')).toBe('quota_exceeded');
    await quotas.setClock('2026-03-10T12:01:00Z');
    expect((await quotas.reservations.find({ tenantId, id }))?.state).toBe('expired');
    expect(await quotas.reserve(tenantId, feature, '10')).toBe('reserved');
    expect(await end(id, 'committed')).toBe('ended');
    expect(await quotas.counts(tenantId, feature)).toEqual(['0', '0', '0', '10']);
  });

  it('are given back by the sweep too, and forgotten after 35 days', async () => {
    const id = newId();
    await quotas.reserve(tenantId, feature, '10', id, 60);
    await quotas.setClock('2026-03-10T13:00:00Z');
    const { signal } = new AbortController();
    expect((await quotas.reservations.sweep(100, signal)).expired).toBeGreaterThan(0);
    expect(await quotas.reservations.sweep(100, signal)).toMatchObject({ expired: 0 });
    expect(await quotas.reservations.find({ tenantId, id })).toMatchObject({
      state: 'expired',
      ended_at: '2026-03-10T12:01:00.000Z',
    });
    await quotas.setClock('2026-04-15T13:00:00Z');
    expect((await quotas.reservations.sweep(100, signal)).removed).toBeGreaterThan(0);
    expect(await quotas.reservations.find({ tenantId, id })).toBeUndefined();
  });

  it('count in the period in which they were made', async () => {
    const id = newId();
    await quotas.setClock('2026-03-31T23:59:50Z');
    await quotas.reserve(tenantId, feature, '10', id);
    await quotas.setClock('2026-04-01T00:00:00Z');
    expect(await quotas.counts(tenantId, feature)).toEqual(['0', '10', '0', '0']);
    expect(await quotas.use(tenantId, feature, '3')).toBe('ended_now');
    expect(await end(id, 'committed', '8')).toBe('ended_now');
    expect(await quotas.counts(tenantId, feature)).toEqual(['3', '7', '0', '0']);
  });

  it.each([
    ['no feature', 'nothing', 'feature_not_found'],
    ['instances, which are counted by themselves', 'instances', 'not_reservable'],
    ['calls, which are counted by themselves', 'api_calls', 'not_reservable'],
  ])('are of %s: refused', async (_what, slug, outcome) => {
    expect(await quotas.reserve(tenantId, slug, '1')).toBe(outcome);
  });

  it('are not made or ended with a key that holds no longer', async () => {
    const id = newId();
    await quotas.reserve(tenantId, feature, '4', id);
    const revoked = { ...operator, credential: newId() };
    const refused = { hint: 'credential_revoked' };
    const wanted = { feature, amount: '1', lease_seconds: 60 };
    await expect(quotas.reservations.reserve({ tenantId, id: newId() }, wanted, revoked)).rejects.toMatchObject(
      refused,
    );
    await expect(quotas.reservations.end({ tenantId, id }, 'released', null, revoked)).rejects.toMatchObject(refused);
    expect(await quotas.counts(tenantId, feature)).toEqual(['0', '6', '0', '4']);
  });

  it('are not for a tenant that is gone', async () => {
    await quotas.world.tenants.delete(tenantId, false, null, operator);
    expect(await quotas.reserve(tenantId, feature, '1')).toBe('tenant_not_found');
  });
});
