import fc from 'fast-check';
import type { LiteDatabase } from '../../../../src/embedded/supabase/lite-database.js';
import { newId } from '../../../../src/platform/ids.js';
import { ReservationsStore } from '../../../../src/usage-metrics/quotas/reservations.store.js';
import { createTestDatabase, openReplica, type TestDatabase } from '../../../setup/database.js';
import { operator } from '../../../setup/provisioning.js';
import { Quotas } from '../../../setup/quotas.js';

/** What a caller does with what it reserved; `die`: nothing, so that the lease has to end. Amounts in hundredths. */
interface Deed {
  readonly amount: number;
  readonly ending: 'commit' | 'release' | 'die';
  readonly kept: number;
  /** Says everything twice at once, as somebody does whose answers get lost. */
  readonly twice: boolean;
}

const deed: fc.Arbitrary<Deed> = fc.record({
  amount: fc.integer({ min: 1, max: 400 }),
  ending: fc.constantFrom('commit', 'commit', 'release', 'die'),
  kept: fc.nat(400),
  twice: fc.boolean(),
});
const text = (hundredths: number): string => (hundredths / 100).toString();

describe('many who reserve at once, over two replicas', () => {
  let test: TestDatabase;
  let quotas: Quotas;
  let other: LiteDatabase;
  let replicas: ReservationsStore[];

  beforeAll(async () => {
    test = await createTestDatabase();
    quotas = await Quotas.in(test);
    other = await openReplica(test);
    replicas = [quotas.reservations, new ReservationsStore(other)];
  });
  afterAll(async () => {
    await other.close();
    await test.drop();
  });

  /** Does it, and says how much it was told is committed, and how much was left reserved. */
  const act = async (tenantId: string, feature: string, { amount, ending, kept, twice }: Deed, n: number) => {
    const key = { tenantId, id: newId() };
    const each = <T>(call: (store: ReservationsStore) => Promise<T>): Promise<T[]> =>
      Promise.all(replicas.slice(0, twice ? 2 : 1).map((_, i) => call(replicas[(n + i) % 2] ?? quotas.reservations)));
    const wanted = { feature, amount: text(amount), lease_seconds: 3_600 };
    const answers = await each((store) => store.reserve(key, wanted, operator));
    const held = answers.some(({ outcome }) => outcome === 'reserved');
    if (!held) {
      expect(answers.every(({ outcome }) => outcome === 'quota_exceeded')).toBe(true);
      return { committed: 0, reserved: 0, refused: amount };
    }
    if (ending === 'die') return { committed: 0, reserved: amount, refused: 0 };
    const used = Math.min(kept, amount);
    const state = ending === 'commit' ? 'committed' : 'released';
    const ends = await each((store) => store.end(key, state, ending === 'commit' ? text(used) : null, operator));
    expect(ends.map(({ outcome }) => outcome).sort()).toEqual(twice ? ['ended_now', 'unchanged'] : ['ended_now']);
    return { committed: ending === 'commit' ? used : 0, reserved: 0, refused: 0 };
  };

  it('never pass the limit and its grants, lose nothing, and get back what nobody ended', async () => {
    await quotas.setClock('2026-03-10T12:00:00Z');
    let refusals = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(deed, { minLength: 5, maxLength: 40 }),
        fc.integer({ min: 0, max: 1_500 }),
        fc.array(fc.integer({ min: 1, max: 500 }), { maxLength: 3 }),
        async (deeds, limit, grants) => {
          await quotas.setClock('2026-03-10T12:00:00Z');
          const tenantId = await quotas.world.tenant();
          const feature = await quotas.feature();
          await quotas.give({ tenantId }, feature, { limit: text(limit) });
          for (const amount of grants) await quotas.grant(tenantId, { feature, amount: text(amount) });
          const room = limit + grants.reduce((total, each) => total + each, 0);

          const watching = new AbortController();
          const watch = (async () => {
            while (!watching.signal.aborted) {
              const [row] = await test.sql<{ used: string; over: boolean }>(
                `select used::text, used > $3::numeric as over from public.quota_accounts where tenant_id = $1 and feature = $2`,
                [tenantId, feature, text(room)],
              );
              if (row?.over) throw new Error(`${row.used} of ${text(room)}`);
            }
          })();
          const done = await Promise.all(deeds.map((each, n) => act(tenantId, feature, each, n)));
          watching.abort();
          await watch;

          const sum = (of: 'committed' | 'reserved'): number => done.reduce((total, each) => total + each[of], 0);
          const [committed, reserved] = [sum('committed'), sum('reserved')];
          expect(committed + reserved).toBeLessThanOrEqual(room);
          const left = room - committed - reserved;
          // Who was refused last may have been refused for what was released later; what is left now is exactly what adds up.
          expect(await quotas.counts(tenantId, feature)).toEqual([text(committed), text(left), '0', text(reserved)]);
          refusals += done.filter(({ refused }) => refused > 0).length;
          if (left > 0) expect(await quotas.reserve(tenantId, feature, text(left))).toBe('reserved');
          expect(await quotas.reserve(tenantId, feature, '0.01')).toBe('quota_exceeded');

          await quotas.setClock('2026-03-10T13:00:00Z');
          expect(await quotas.counts(tenantId, feature)).toEqual([text(committed), text(room - committed), '0', '0']);
        },
      ),
      { numRuns: 15 },
    );
    expect(refusals).toBeGreaterThan(10);
  });

  it('are a hundred for ten: ten get one', async () => {
    const tenantId = await quotas.world.tenant();
    const feature = await quotas.feature();
    await quotas.give({ tenantId }, feature, { limit: '10' });
    const answers = await Promise.all(
      Array.from({ length: 100 }, async (_, n) =>
        replicas[n % 2]?.reserve({ tenantId, id: newId() }, { feature, amount: '1', lease_seconds: 60 }, operator),
      ),
    );
    const outcomes = answers.map((answer) => answer?.outcome);
    expect(outcomes.filter((outcome) => outcome === 'reserved')).toHaveLength(10);
    expect(outcomes.filter((outcome) => outcome === 'quota_exceeded')).toHaveLength(90);
  });

  it('of one id for two features: one of them gets it, and nothing of the other is used', async () => {
    const tenantId = await quotas.world.tenant();
    const features = [await quotas.feature(), await quotas.feature()];
    for (let round = 0; round < 10; round += 1) {
      const id = newId();
      const answers = await Promise.allSettled(
        features.map(async (feature, n) =>
          replicas[n]?.reserve({ tenantId, id }, { feature, amount: '1', lease_seconds: 60 }, operator),
        ),
      );
      const made = answers.filter((answer) => answer.status === 'fulfilled' && answer.value?.outcome === 'reserved');
      expect(made).toHaveLength(1);
    }
    const used = await test.sql(
      'select sum(reserved)::integer as reserved from public.quota_accounts where tenant_id = $1',
      [tenantId],
    );
    expect(used).toEqual([{ reserved: 10 }]);
  });
});
