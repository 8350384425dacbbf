import { createTestDatabase, type TestDatabase } from '../../../setup/database.js';
import { operator } from '../../../setup/provisioning.js';
import { Quotas } from '../../../setup/quotas.js';

describe('grants', () => {
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

  const give = (wanted: object): ReturnType<Quotas['grant']> => quotas.grant(tenantId, { feature, ...wanted });

  it('are used up after the limit', async () => {
    const grant = await give({ amount: '5' });
    await quotas.use(tenantId, feature, '10');
    expect(await quotas.left(tenantId, grant)).toBe('5');
    expect(await quotas.counts(tenantId, feature)).toEqual(['10', '5', '0', '0']);
    await quotas.use(tenantId, feature, '1.25');
    expect(await quotas.left(tenantId, grant)).toBe('3.75');
    expect(await quotas.counts(tenantId, feature)).toEqual(['11.25', '3.75', '0', '0']);
    expect(await quotas.use(tenantId, feature, '3.76')).toBe('quota_exceeded');
  });

  it('are used up by priority, then by expiry, then by age', async () => {
    await quotas.use(tenantId, feature, '10');
    const late = await give({ amount: '1', priority: 1, expires_at: '2026-04-20T00:00:00Z' });
    const never = await give({ amount: '1' });
    const older = await give({ amount: '1', expires_at: '2026-04-20T00:00:00Z' });
    const younger = await give({ amount: '1', expires_at: '2026-04-20T00:00:00Z' });
    const soon = await give({ amount: '1', expires_at: '2026-04-10T00:00:00Z' });
    const first = await give({ amount: '1', priority: -1 });
    const order = [first, soon, older, younger, never, late];
    for (const [n, grant] of order.entries()) {
      expect(await quotas.left(tenantId, grant)).toBe('1');
      await quotas.use(tenantId, feature, '1');
      expect([n, await quotas.left(tenantId, grant)]).toEqual([n, '0']);
    }
  });

  it('go back in the opposite order', async () => {
    const [first, second] = [await give({ amount: '2' }), await give({ amount: '2', priority: 1 })];
    const id = first.id;
    await quotas.reserve(tenantId, feature, '13', id);
    expect([await quotas.left(tenantId, first), await quotas.left(tenantId, second)]).toEqual(['0', '1']);
    await quotas.reservations.end({ tenantId, id }, 'committed', '11.5', operator);
    expect([await quotas.left(tenantId, first), await quotas.left(tenantId, second)]).toEqual(['0.5', '2']);
    expect(await quotas.counts(tenantId, feature)).toEqual(['11.5', '2.5', '0', '0']);
  });

  it('count from when they take effect until they expire or are voided', async () => {
    await give({ amount: '3', effective_at: '2026-03-11T00:00:00Z', expires_at: '2026-03-12T00:00:00Z' });
    const balanceAt = async (at: string): Promise<string | null> => {
      await quotas.setClock(at);
      return (await quotas.entitlement(tenantId, feature)).balance_decimal;
    };
    expect(await balanceAt('2026-03-10T23:59:59Z')).toBe('10');
    expect(await balanceAt('2026-03-11T00:00:00Z')).toBe('13');
    expect(await balanceAt('2026-03-11T23:59:59.999Z')).toBe('13');
    expect(await balanceAt('2026-03-12T00:00:00Z')).toBe('10');
    const voided = await give({ amount: '4' });
    expect(await balanceAt('2026-03-12T01:00:00Z')).toBe('14');
    expect(await quotas.grants.void(tenantId, voided.id, null, operator)).toBe('voided');
    expect(await quotas.grants.void(tenantId, voided.id, null, operator)).toBe('voided');
    expect(await balanceAt('2026-03-12T01:00:00Z')).toBe('10');
  });

  it('honour what was reserved of them, although they expire meanwhile', async () => {
    const grant = await give({ amount: '5', expires_at: '2026-03-10T12:01:00Z' });
    const id = grant.id;
    expect(await quotas.reserve(tenantId, feature, '15', id)).toBe('reserved');
    await quotas.setClock('2026-03-10T12:02:00Z');
    expect((await quotas.reservations.end({ tenantId, id }, 'committed', '14', operator)).outcome).toBe('ended_now');
    // What goes back to a grant that has expired is worth nothing.
    expect(await quotas.counts(tenantId, feature)).toEqual(['14', '0', '0', '0']);
  });

  describe('at the end of a period', () => {
    const inMarch = async (rollover_max?: string): Promise<string | undefined> => {
      const grant = await give({ amount: '8', ...(rollover_max === undefined ? {} : { rollover_max }) });
      await quotas.use(tenantId, feature, '13');
      await quotas.setClock('2026-04-02T00:00:00Z');
      await quotas.entitlement(tenantId, feature);
      return quotas.left(tenantId, grant);
    };

    it('go over with all that is left', async () => {
      expect(await inMarch()).toBe('5');
      expect(await quotas.counts(tenantId, feature)).toEqual(['0', '15', '0', '0']);
    });

    it.each([
      ['3.5', '3.5'],
      ['5', '5'],
      ['6', '5'],
      ['0', '0'],
    ])('go over with at most %s: %s of 5 that are left', async (max, left) => {
      expect(await inMarch(max)).toBe(left);
    });

    it('are cut once, however many periods nobody looked', async () => {
      const grant = await give({ amount: '8', rollover_max: '3' });
      await quotas.setClock('2026-09-01T00:00:00Z');
      await quotas.use(tenantId, feature, '11');
      expect(await quotas.left(tenantId, grant)).toBe('2');
    });

    it('are not cut when they took effect after it', async () => {
      const grant = await give({ amount: '8', rollover_max: '3', effective_at: '2026-04-01T00:00:00Z' });
      await quotas.setClock('2026-04-02T00:00:00Z');
      await quotas.entitlement(tenantId, feature);
      expect(await quotas.left(tenantId, grant)).toBe('8');
    });

    it('take no more along for what is given back later', async () => {
      const grant = await give({ amount: '8', rollover_max: '3' });
      await quotas.setClock('2026-03-31T23:59:00Z');
      await quotas.reserve(tenantId, feature, '18', grant.id, 3_600);
      await quotas.setClock('2026-04-01T00:00:01Z');
      expect(await quotas.counts(tenantId, feature)).toEqual(['0', '10', '0', '0']);
      await quotas.reservations.end({ tenantId, id: grant.id }, 'released', null, operator);
      expect(await quotas.left(tenantId, grant)).toBe('3');
    });
  });

  it.each([
    ['no feature', 'nothing', {}, 'feature_not_found'],
    ['an end before its beginning', 'instances', { expires_at: '2026-03-01T00:00:00Z' }, 'over_before_it_begins'],
  ])('of %s are refused', async (_what, slug, parts, outcome) => {
    await expect(quotas.grant(tenantId, { feature: slug, amount: '1', ...parts })).rejects.toThrow(outcome);
  });

  it('of what is not metered are refused', async () => {
    const wanted = { slug: 'sso', name: 'SSO', description: null, kind: 'boolean' as const };
    await quotas.features.create(wanted, operator);
    await expect(quotas.grant(tenantId, { feature: 'sso', amount: '1' })).rejects.toThrow('not_metered');
  });
});
