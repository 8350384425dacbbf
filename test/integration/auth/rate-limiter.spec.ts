import { Logger } from '@nestjs/common';
import { Registry } from 'prom-client';
import type { RateLimit, Verdict } from '../../../src/auth/rate-limits/rate-limit.js';
import { RateLimiter } from '../../../src/auth/rate-limits/rate-limiter.service.js';
import { RateLimitsStore } from '../../../src/auth/rate-limits/rate-limits.store.js';
import { BreakableDatabase } from '../../setup/breakable-database.js';
import { createTestDatabase, type TestDatabase } from '../../setup/database.js';
import { until } from '../../setup/until.js';

const limit: RateLimit = { name: 'test', windowSeconds: 600 };

/** One replica of the service, as far as limits go. */
class Replica {
  readonly database: BreakableDatabase;
  readonly registry = new Registry();
  readonly limiter: RateLimiter;

  constructor(test: TestDatabase) {
    this.database = new BreakableDatabase(test.database);
    this.limiter = new RateLimiter(new RateLimitsStore(this.database), this.registry);
    this.limiter.onModuleInit();
  }

  async take(quota: number, subject = 'a', units = 1): Promise<Verdict> {
    return this.limiter.take(limit, subject, quota, units);
  }

  /** How many of so many requests at once pass. */
  async passOf(count: number, quota: number, subject = 'a'): Promise<number> {
    const verdicts = await Promise.all(Array.from({ length: count }, () => this.take(quota, subject)));
    return verdicts.filter(({ passed }) => passed).length;
  }
}

beforeAll(() => Logger.overrideLogger(false));

describe('limits over all replicas', () => {
  let test: TestDatabase;
  let replicas: Replica[];
  let one: Replica;
  let other: Replica;

  beforeEach(async () => {
    test = await createTestDatabase();
    one = new Replica(test);
    other = new Replica(test);
    replicas = [one, other];
  });
  afterEach(async () => {
    await Promise.all(replicas.map(({ limiter }) => limiter.onApplicationShutdown()));
    await test.drop();
  });

  it.each([1, 7, 100, 999, 1_000, 5_000])('of 1,000 at once %s pass, exactly', async (quota) => {
    expect(await one.passOf(1_000, quota)).toBe(Math.min(quota, 1_000));
  });

  it('of 1,000 at once on two replicas exactly 100 pass', async () => {
    const passed = await Promise.all([one.passOf(500, 100), other.passOf(500, 100)]);
    expect(passed[0] + passed[1]).toBe(100);
  });

  it('all of it can be used one after another, on either replica in turn', async () => {
    let passed = 0;
    for (let turn = 0; turn < 150; turn++) passed += await (turn % 2 ? one : other).passOf(1, 100);
    expect(passed).toBe(100);
  });

  it('what a replica holds and does not use comes back to who needs it', async () => {
    expect((await one.take(100)).remaining).toBe(99);
    let passed = 0;
    await until('the other has had all the rest', async () => {
      passed += await other.passOf(10, 100);
      return passed === 99;
    });
    expect(await other.passOf(10, 100)).toBe(0);
    expect(await one.passOf(10, 100)).toBe(0);
  });

  it('what a replica held when it stopped is there for the others', async () => {
    await one.take(100);
    await one.limiter.onApplicationShutdown();
    expect(await other.passOf(200, 100)).toBe(99);
  });

  it('subjects do not take from each other', async () => {
    const passed = await Promise.all(['a', 'b', 'c'].map((subject) => one.passOf(100, 10, subject)));
    expect(passed).toEqual([10, 10, 10]);
  });

  it('tells with each verdict what is left', async () => {
    const remaining: number[] = [];
    for (let turn = 0; turn < 12; turn++) remaining.push((await one.take(10)).remaining);
    expect(remaining).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 0, 0]);
  });

  it('counts several units at once, all or none', async () => {
    expect(await one.take(10, 'a', 8)).toMatchObject({ passed: true, remaining: 2 });
    expect(await one.take(10, 'a', 3)).toMatchObject({ passed: false, remaining: 2 });
    expect(await one.take(10, 'a', 2)).toMatchObject({ passed: true, remaining: 0 });
  });

  it('a quota that is changed counts at once, with what was used before', async () => {
    expect(await one.passOf(60, 100)).toBe(60);
    expect(await one.passOf(10, 50)).toBe(0);
    expect(await one.passOf(100, 80)).toBe(20);
  });

  it('a new window begins when one is over', async () => {
    const short = { name: 'short', windowSeconds: 1 };
    expect(await one.limiter.take(short, 'a', 1)).toMatchObject({ passed: true });
    expect(await one.limiter.take(short, 'a', 1)).toMatchObject({ passed: false, resetSeconds: 1 });
    await until('the next one passes', async () => (await one.limiter.take(short, 'a', 1)).passed);
  });

  it('asks the database a few dozen times for thousands of requests, and once for many subjects', async () => {
    for (let turn = 0; turn < 6_000; turn++) await one.take(6_000);
    expect(one.database.calls.length).toBeLessThan(80);
    const before = one.database.calls.length;
    await Promise.all(Array.from({ length: 150 }, (_, n) => one.take(100, `subject-${n}`)));
    expect(one.database.calls.length).toBe(before + 1);
  });

  it('asks no more than about once a second for somebody who is refused', async () => {
    await one.passOf(20, 10);
    const before = one.database.calls.length;
    for (let turn = 0; turn < 1_000; turn++) await one.take(10);
    expect(one.database.calls.length - before).toBeLessThan(5);
  });

  it('counts refusals', async () => {
    await one.passOf(15, 10);
    expect(await one.registry.metrics()).toContain('tenantry_rate_limit_refused_total{limit="test"} 5');
  });
});

describe('limits without a database', () => {
  let test: TestDatabase;
  let replica: Replica;

  beforeEach(async () => {
    test = await createTestDatabase();
    replica = new Replica(test);
  });
  afterEach(async () => {
    replica.database.fault = 'none';
    await replica.limiter.onApplicationShutdown();
    await test.drop();
  });

  it.each(['away', 'silent'] as const)('a replica limits alone when it is %s', async (fault) => {
    replica.database.fault = fault;
    expect(await replica.passOf(1_000, 100)).toBe(100);
    expect(await replica.passOf(50, 10, 'somebody else')).toBe(10);
  });

  it('a replica goes on with what it last heard was left, and tells of it later', async () => {
    await replica.take(100);
    replica.database.fault = 'away';
    expect(await replica.passOf(1_000, 100)).toBe(99);
    replica.database.fault = 'none';
    await until('the database has heard of it', async () => {
      const [row] = await test.sql<{ used: string }>('select used from public.rate_limit_windows');
      return row?.used === '100';
    });
  });

  it('limits hold over all replicas again when it is back', async () => {
    replica.database.fault = 'away';
    await replica.take(100, 'before');
    replica.database.fault = 'none';
    const other = new Replica(test);
    await until('it asks again', async () => {
      await replica.take(100, 'probe');
      return replica.database.calls.length > 0;
    });
    const passed = await Promise.all([replica.passOf(300, 100, 'after'), other.passOf(300, 100, 'after')]);
    expect(passed[0] + passed[1]).toBe(100);
    await other.limiter.onApplicationShutdown();
  });

  it('stopping does not wait for it', async () => {
    await replica.take(100);
    replica.database.fault = 'silent';
    await replica.limiter.onApplicationShutdown();
    expect(replica.database.fault).toBe('silent');
  });
});
