import { randomUUID } from 'node:crypto';
import { Housekeeping } from '../../../src/platform/housekeeping.js';
import { IdempotencyStore } from '../../../src/platform/idempotency/idempotency.store.js';
import { IdempotencySweep } from '../../../src/platform/idempotency/idempotency-sweep.service.js';
import type { Claim } from '../../../src/platform/idempotency/journal.js';
import type { Calls } from '../../contracts/database-under-contract.js';
import { createTestDatabase, type TestDatabase } from '../../setup/database.js';
import { inAttempt } from '../../setup/keyed-database.js';

const minute = 60_000;

describe('the claim of an idempotency key', () => {
  let test: TestDatabase;
  let store: IdempotencyStore;
  let calls: Calls;

  beforeAll(async () => {
    test = await createTestDatabase();
    store = new IdempotencyStore(test.database);
    calls = test.database;
    await test.sql(`create table public.effects (n integer);
      create function public.effect() returns integer language sql volatile set search_path = '' as $$
        insert into public.effects values (1) returning n
      $$;
      create function public.slow_effect(p_ms integer) returns integer language sql volatile set search_path = '' as $$
        insert into public.effects values (1); select pg_catalog.pg_sleep(p_ms / 1000.0); select 1
      $$;`);
  });
  afterAll(() => test.drop());
  beforeEach(() => test.sql('delete from public.idempotency_keys; delete from public.effects'));

  const attemptOf = (key = 'k', owner = 'operator'): Claim => ({ owner, key, attempt: randomUUID() });
  const claim = (by: Claim, fingerprint = 'f', leaseMs = minute) => store.claim(by, fingerprint, leaseMs);
  const rows = () => test.sql<{ key: string }>('select key from public.idempotency_keys order by key');
  const lapse = () => test.sql(`update public.idempotency_keys set lease_until = now() - interval '1 s'`);
  const age = (key: string, span: string) =>
    test.sql(`update public.idempotency_keys set created_at = now() - $2::interval where key = $1`, [key, span]);
  const effects = async () => (await test.sql('select n from public.effects')).length;

  it('is one attempt’s of many that ask at once', async () => {
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => claim(attemptOf())));
    expect(outcomes.filter(({ outcome }) => outcome === 'claimed')).toEqual([{ outcome: 'claimed', steps: {} }]);
    expect(outcomes.filter(({ outcome }) => outcome === 'in_progress')).toHaveLength(49);
  });

  it('is the same attempt’s again, whose answer was lost on the way', async () => {
    const mine = attemptOf();
    await claim(mine);
    await inAttempt(mine, () => calls.rpc('effect', {}));
    await expect(claim(mine)).resolves.toEqual({
      outcome: 'claimed',
      steps: { 'effect#0': { result: 1, journal: '{}' } },
    });
  });

  it('is its owner’s alone: others have keys of the same name', async () => {
    await expect(claim(attemptOf('k', 'key:1'))).resolves.toMatchObject({ outcome: 'claimed' });
    await expect(claim(attemptOf('k', 'key:2'), 'other')).resolves.toMatchObject({ outcome: 'claimed' });
  });

  it('tells another request from the same one, while the first runs, when it has failed halfway, and when it was answered', async () => {
    const mine = attemptOf();
    await claim(mine);
    await expect(claim(attemptOf(), 'other')).resolves.toEqual({ outcome: 'reused' });
    await inAttempt(mine, () => calls.rpc('effect', {}));
    await store.release(mine);
    await expect(claim(attemptOf(), 'other')).resolves.toEqual({ outcome: 'reused' });
    const next = attemptOf();
    await claim(next);
    await store.keep(next, 'sealed');
    await expect(claim(attemptOf(), 'other')).resolves.toEqual({ outcome: 'reused' });
  });

  it('gives the answer that was kept, to everybody who asks at once', async () => {
    const mine = attemptOf();
    await claim(mine);
    await inAttempt(mine, () => calls.rpc('effect', {}));
    await store.keep(mine, 'sealed');
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => claim(attemptOf())));
    for (const outcome of outcomes) expect(outcome).toEqual({ outcome: 'answered', answer: 'sealed' });
    await expect(test.sql('select attempt, lease_until, steps from public.idempotency_keys')).resolves.toEqual([
      { attempt: null, lease_until: null, steps: {} },
    ]);
  });

  it('goes to one other attempt when its lease has run out, with what was done', async () => {
    const first = attemptOf();
    await claim(first);
    await inAttempt(first, () => calls.rpc('effect', {}));
    await lapse();
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => claim(attemptOf())));
    const claimed = outcomes.filter(({ outcome }) => outcome === 'claimed');
    expect(claimed).toEqual([{ outcome: 'claimed', steps: { 'effect#0': { result: 1, journal: '{}' } } }]);
    expect(outcomes.filter(({ outcome }) => outcome === 'in_progress')).toHaveLength(19);
  });

  it('leaves an attempt that lost it nothing to write: no step, no renewal, no answer, no release', async () => {
    const late = attemptOf();
    await claim(late);
    await lapse();
    const next = attemptOf();
    await claim(next);
    await inAttempt(late, () =>
      expect(calls.rpc('effect', {})).rejects.toMatchObject({ code: 'idempotency_in_progress' }),
    );
    await expect(store.renew(late, minute, new AbortController().signal)).resolves.toBe('lost');
    await store.keep(late, 'of the late one');
    await store.release(late);
    expect(await effects()).toBe(0);
    await expect(store.renew(next, minute, new AbortController().signal)).resolves.toBe('held');
    await expect(test.sql('select attempt, answer from public.idempotency_keys')).resolves.toEqual([
      { attempt: next.attempt, answer: null },
    ]);
  });

  it('is still its attempt’s after its lease, as long as nobody else has asked', async () => {
    const mine = attemptOf();
    await claim(mine);
    await lapse();
    await inAttempt(mine, () => calls.rpc('effect', {}));
    await expect(store.renew(mine, minute, new AbortController().signal)).resolves.toBe('held');
    await expect(claim(attemptOf())).resolves.toEqual({ outcome: 'in_progress' });
  });

  it('of an attempt whose step is being run is told at once to be in progress; once its lease is over, whoever takes it sees the step', async () => {
    const mine = attemptOf();
    await claim(mine);
    const step = inAttempt(mine, () => calls.rpc('slow_effect', { p_ms: 700 }));
    await new Promise((resolve) => setTimeout(resolve, 150));
    await expect(Promise.race([claim(attemptOf()), step.then(() => 'the step ended first')])).resolves.toEqual({
      outcome: 'in_progress',
    });
    await step;
    await lapse();
    await expect(claim(attemptOf())).resolves.toEqual({
      outcome: 'claimed',
      steps: { 'slow_effect#0': { result: 1, journal: '{}' } },
    });
    expect(await effects()).toBe(1);
  });

  it('taken over during a step waits for it', async () => {
    const mine = attemptOf();
    await claim(mine, 'f', 50);
    const step = inAttempt(mine, () => calls.rpc('slow_effect', { p_ms: 500 }));
    await new Promise((resolve) => setTimeout(resolve, 150));
    const [taken] = await Promise.all([claim(attemptOf()), step]);
    expect(taken).toMatchObject({ outcome: 'claimed', steps: { 'slow_effect#0': { result: 1 } } });
    expect(await effects()).toBe(1);
  });

  it('released without having done anything leaves nothing; with something done, the next attempt has it at once', async () => {
    const idle = attemptOf('idle');
    await claim(idle);
    await store.release(idle);
    await expect(rows()).resolves.toEqual([]);
    const busy = attemptOf('busy');
    await claim(busy);
    await inAttempt(busy, () => calls.rpc('effect', {}));
    await store.release(busy);
    await inAttempt(busy, () => expect(calls.rpc('effect', {})).rejects.toMatchObject({ kind: 'conflict' }));
    await expect(claim(attemptOf('busy'))).resolves.toMatchObject({ outcome: 'claimed', steps: { 'effect#0': {} } });
  });

  describe('that is old', () => {
    async function answered(key: string): Promise<void> {
      const by = attemptOf(key);
      await claim(by);
      await store.keep(by, `of ${key}`);
    }

    it('counts as new after 24 hours, for the same request and for another', async () => {
      await answered('k');
      await age('k', '23 hours 59 minutes');
      await expect(claim(attemptOf(), 'other')).resolves.toEqual({ outcome: 'reused' });
      await expect(claim(attemptOf())).resolves.toMatchObject({ outcome: 'answered' });
      await age('k', '24 hours 1 second');
      await expect(claim(attemptOf(), 'other')).resolves.toEqual({ outcome: 'claimed', steps: {} });
    });

    it('is somebody’s still when that one is at work', async () => {
      const mine = attemptOf();
      await claim(mine);
      await age('k', '25 hours');
      await expect(claim(attemptOf())).resolves.toEqual({ outcome: 'in_progress' });
      await expect(store.sweep(10, new AbortController().signal)).resolves.toBe(0);
    });

    it('goes on the way of other claims, ten at a time, the oldest first', async () => {
      const old = Array.from({ length: 12 }, (_, n) => `old-${n}`);
      for (const key of [...old, 'young']) await answered(key);
      for (const [n, key] of old.entries()) await age(key, `${48 - n} hours`);
      await claim(attemptOf('new'));
      expect((await rows()).map(({ key }) => key)).toEqual(['new', 'old-10', 'old-11', 'young']);
    });

    it('goes by the sweep, in parts', async () => {
      await test.sql(`insert into public.idempotency_keys (owner, key, fingerprint, answer, created_at)
        select 'o', 'k' || n, 'f', 'a', now() - interval '25 hours' from generate_series(1, 2500) n`);
      await answered('young');
      const housekeeping = new Housekeeping();
      new IdempotencySweep(store, housekeeping).onModuleInit();
      const [chore] = housekeeping.chores;
      await chore?.run(new AbortController().signal);
      await expect(rows()).resolves.toEqual([{ key: 'young' }]);
      await expect(chore?.run(AbortSignal.abort(new Error('draining')))).rejects.toThrow('draining');
    });
  });
});
