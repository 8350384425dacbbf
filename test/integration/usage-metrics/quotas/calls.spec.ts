import { SystemClock } from '../../../../src/platform/clock.js';
import type { LiteDatabase } from '../../../../src/embedded/supabase/lite-database.js';
import { CallAllowances } from '../../../../src/usage-metrics/quotas/call-allowances.service.js';
import { CallAllowancesStore } from '../../../../src/usage-metrics/quotas/call-allowances.store.js';
import { createTestDatabase, openReplica, type TestDatabase } from '../../../setup/database.js';
import { Quotas } from '../../../setup/quotas.js';

/** Its hands are set; nothing here waits by it. */
class SetClock extends SystemClock {
  at = Date.now();
  override now(): Date {
    return new Date(this.at);
  }
}

describe('the allowance of calls', () => {
  let test: TestDatabase;
  let quotas: Quotas;
  let other: LiteDatabase;
  let tenantId: string;
  let clock: SetClock;
  let replicas: CallAllowances[];

  const replica = (database = test.database): CallAllowances => {
    const made = new CallAllowances(new CallAllowancesStore(database), clock);
    replicas.push(made);
    return made;
  };
  /** How many of them were let through. */
  const passed = async (times: number, ...by: CallAllowances[]): Promise<number> => {
    const verdicts = await Promise.all(
      Array.from({ length: times }, async (_, n) => by[n % by.length]?.take(tenantId)),
    );
    for (const verdict of verdicts) if (verdict) expect(verdict.code).toBe('quota_exceeded');
    return verdicts.filter((verdict) => verdict === undefined).length;
  };
  const usage = async (): Promise<string | null> => (await quotas.entitlement(tenantId, 'api_calls')).usage_decimal;

  beforeAll(async () => {
    test = await createTestDatabase();
    quotas = await Quotas.in(test);
    other = await openReplica(test);
  });
  beforeEach(async () => {
    clock = new SetClock();
    replicas = [];
    await quotas.setClock(null);
    await test.sql('delete from public.entitlements');
    tenantId = await quotas.world.tenant();
  });
  afterEach(() => Promise.all(replicas.map((each) => each.onApplicationShutdown())));
  afterAll(async () => {
    await other.close();
    await test.drop();
  });

  it.each([1, 7, 100])('of %s is exactly that, of 1,000 calls at once on two replicas', async (limit) => {
    await quotas.give({ tenantId }, 'api_calls', { limit });
    expect(await passed(1_000, replica(), replica(other))).toBe(limit);
    expect(await usage()).toBe(String(limit));
  });

  it('is exactly that of calls one after the other, which seldom ask the database', async () => {
    await quotas.give({ tenantId }, 'api_calls', { limit: 500 });
    const replicasOfTwo = [replica(), replica(other)];
    let served = 0;
    for (let n = 0; n < 600; n += 1) served += await passed(1, ...replicasOfTwo.slice(n % 2));
    // One replica may hold the last piece while the other is refused.
    expect(served).toBeGreaterThan(480);
    expect(served).toBeLessThanOrEqual(500);
  });

  it('is never passed, although replicas die with what they have at hand', async () => {
    await quotas.give({ tenantId }, 'api_calls', { limit: 100 });
    let served = 0;
    for (let life = 0; life < 40; life += 1) {
      const short = new CallAllowances(new CallAllowancesStore(test.database), clock);
      served += await passed(3, short);
    }
    expect(served).toBeGreaterThan(30);
    expect(served).toBeLessThanOrEqual(100);
    expect(await usage()).toBe('100');
  });

  it('has back what a replica did not use when it ends', async () => {
    await quotas.give({ tenantId }, 'api_calls', { limit: 1_000 });
    const ending = replica();
    expect(await passed(1, ending)).toBe(1);
    expect(await usage()).toBe('50');
    await ending.onApplicationShutdown();
    expect(await usage()).toBe('1');
  });

  it('has nothing back of a period that is over', async () => {
    await quotas.give({ tenantId }, 'api_calls', { limit: 1_000, period: 'day' });
    const ending = replica();
    await passed(1, ending);
    await quotas.setClock(new Date(Date.now() + 86_400_000).toISOString());
    await ending.onApplicationShutdown();
    expect(await usage()).toBe('0');
  });

  it('begins anew with the period, without being told', async () => {
    await quotas.give({ tenantId }, 'api_calls', { limit: 2, period: 'day' });
    const one = replica();
    expect(await passed(5, one)).toBe(2);
    clock.at += 86_400_000;
    await quotas.setClock(clock.now().toISOString());
    expect(await passed(5, one)).toBe(2);
  });

  it('is asked for nowhere when nobody has a limit, and within five seconds when somebody got one elsewhere', async () => {
    const one = replica();
    expect(await passed(3, one)).toBe(3);
    expect(
      await test.sql("select from public.quota_accounts where feature = 'api_calls' and tenant_id = $1", [tenantId]),
    ).toEqual([]);
    await quotas.give({ tenantId }, 'api_calls', { limit: 0 });
    expect(one.take(tenantId)).toBeUndefined();
    clock.at += 5_000;
    await one.take(tenantId);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await passed(1, one)).toBe(0);
    await quotas.grant(tenantId, { feature: 'api_calls', amount: '1' });
    clock.at += 1_000;
    expect(await passed(2, one)).toBe(1);
  });

  it('does not stop calls while the database is away', async () => {
    await quotas.give({ tenantId }, 'api_calls', { limit: 1 });
    const [away, one] = [await openReplica(test), replica()];
    await away.close();
    expect(await passed(3, replica(away))).toBe(3);
    expect(await passed(3, one)).toBe(1);
  });
});
