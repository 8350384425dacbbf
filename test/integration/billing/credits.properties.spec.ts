import fc from 'fast-check';
import { CreditsStore } from '../../../src/billing/credits/credits.store.js';
import type { LiteDatabase } from '../../../src/embedded/supabase/lite-database.js';
import { newId } from '../../../src/platform/ids.js';
import { Credits } from '../../setup/credits.js';
import { createTestDatabase, openReplica, type TestDatabase } from '../../setup/database.js';
import { operator } from '../../setup/provisioning.js';

const day = (n: number): string => new Date(Date.UTC(2026, 0, 1 + n)).toISOString();

/** Amounts in hundredths, times in days. `of` picks one of what was given or taken before. */
type Deed =
  | {
      readonly do: 'add';
      readonly amount: number;
      readonly priority: number;
      readonly lasts: number | null;
      readonly promotional: boolean;
    }
  | { readonly do: 'apply'; readonly amount: number }
  | { readonly do: 'unapply' | 'void'; readonly of: number }
  | { readonly do: 'overdraft'; readonly amount: number }
  | { readonly do: 'expire' };

const deed: fc.Arbitrary<Deed> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('add' as const),
      amount: fc.integer({ min: 1, max: 500 }),
      priority: fc.integer({ min: 0, max: 2 }),
      lasts: fc.option(fc.integer({ min: 1, max: 10 })),
      promotional: fc.boolean(),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('apply' as const), amount: fc.integer({ min: 1, max: 700 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('unapply' as const, 'void' as const), of: fc.nat(50) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('overdraft' as const), amount: fc.integer({ min: 0, max: 400 }) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('expire' as const) }) },
);
/** What is done at once, a day after what was done before. */
const days = fc.array(fc.array(deed, { minLength: 1, maxLength: 5 }), { minLength: 3, maxLength: 7 });

describe('the ledger of credits, whatever is done over two replicas', () => {
  let test: TestDatabase;
  let credits: Credits;
  let other: LiteDatabase;

  beforeAll(async () => {
    test = await createTestDatabase();
    credits = await Credits.in(test);
    other = await openReplica(test);
  });
  afterAll(async () => {
    await other.close();
    await test.drop();
  });

  const cents = (text: string): number => Math.round(Number(text) * 100);

  it('balances, never passes a floor, uses nothing outside of its time, and agrees with what each was told', async () => {
    let appliedInAll = 0;
    await fc.assert(
      fc.asyncProperty(days, async (schedule) => {
        const tenantId = await credits.world.tenant();
        const [grants, invoices]: [string[], string[]] = [[], []];
        let [given, taken, back] = [0, 0, 0];
        const act = async (of: Deed, at: string, through: LiteDatabase): Promise<void> => {
          const store = new CreditsStore(through);
          switch (of.do) {
            case 'add': {
              const credit = {
                amount: (of.amount / 100).toFixed(2),
                currency: 'USD',
                kind: of.promotional ? ('promotional' as const) : ('paid' as const),
                priority: of.priority,
                expires_at: of.lasts === null ? null : new Date(Date.parse(at) + of.lasts * 86_400_000).toISOString(),
                reference: newId(),
              };
              // Twice at once: the same.
              const added = await Promise.all(
                [1, 2].map(() => store.add(tenantId, newId(), credit, new Date(at), operator)),
              );
              expect(added.map(({ outcome }) => outcome).sort()).toEqual(['added', 'unchanged']);
              for (const one of added) if (one.outcome === 'added' && 'grant' in one) grants.push(one.grant.id);
              given += of.amount;
              return;
            }
            case 'apply': {
              const invoice = newId();
              const told = await Promise.all(
                [1, 2].map(() => credits.apply(tenantId, of.amount / 100, at, { invoice, through })),
              );
              // What there was between the two may have changed only where the first one found nothing.
              if (cents(told[0] ?? '') > 0 && cents(told[1] ?? '') > 0) expect(told[1]).toBe(told[0]);
              invoices.push(invoice);
              taken += Math.max(...told.map(cents));
              return;
            }
            case 'unapply': {
              const invoice = invoices.splice(of.of % Math.max(1, invoices.length), 1)[0];
              if (invoice === undefined) return;
              // Read after the wait: others add to it meanwhile.
              const returned = cents(await credits.unapply(tenantId, invoice, at, through));
              back += returned;
              return;
            }
            case 'void': {
              const id = grants[of.of % Math.max(1, grants.length)];
              if (id !== undefined) await store.void(tenantId, id, null, new Date(at), operator);
              return;
            }
            case 'overdraft':
              await store.setOverdraft(
                tenantId,
                { currency: 'USD', amount: (of.amount / 100).toFixed(2) },
                new Date(at),
                operator,
              );
              return;
            case 'expire':
              await credits.expire(at, store);
          }
        };
        for (const [n, deeds] of schedule.entries()) {
          await Promise.all(deeds.map((each, i) => act(each, day(n), i % 2 === 0 ? test.database : other)));
          expect(await credits.faults()).toEqual([]);
        }
        const accounts = await credits.accounts(tenantId);
        const of = (...names: string[]): number => names.reduce((sum, name) => sum + cents(accounts[name] ?? '0'), 0);
        expect(0 - of('top_ups', 'promotions')).toBe(given);
        expect(of('invoices')).toBe(taken - back);
        expect(of('credits', 'overdraft')).toBe(given - (taken - back) - of('breakage', 'write_offs'));
        appliedInAll += taken;
      }),
      { numRuns: 12, endOnFailure: true },
    );
    expect(appliedInAll).toBeGreaterThan(3_000);
  });

  it.each([
    ['without an overdraft', '0', 10],
    ['with one', '3.50', 13.5],
  ])('is not passed by twenty invoices at once, %s', async (_what, overdraft, room) => {
    const tenantId = await credits.world.tenant();
    await credits.setOverdraft(tenantId, overdraft, day(0));
    for (const amount of ['2.50', '4', '3.50']) await credits.add(tenantId, { amount }, day(0));
    const taken = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        credits.apply(tenantId, 0.9, day(1), { through: n % 2 === 0 ? test.database : other }),
      ),
    );
    expect(taken.reduce((sum, each) => sum + cents(each), 0)).toBe(Math.round(room * 100));
    expect(taken.filter((each) => cents(each) === 90)).toHaveLength(room === 10 ? 11 : 15);
    expect(await credits.balance(tenantId, day(1))).toEqual([
      overdraft === '0' ? '0.00' : `-${overdraft}`,
      '0.00',
      overdraft === '0' ? '0.00' : overdraft,
    ]);
    expect(await credits.faults()).toEqual([]);
  });

  it('gives the same reference once to twenty at once', async () => {
    const tenantId = await credits.world.tenant();
    const credit = {
      amount: '5',
      currency: 'USD',
      kind: 'paid' as const,
      priority: 0,
      expires_at: null,
      reference: 'pi_1',
    };
    const added = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        new CreditsStore(n % 2 === 0 ? test.database : other).add(
          tenantId,
          newId(),
          credit,
          new Date(day(0)),
          operator,
        ),
      ),
    );
    expect(added.filter(({ outcome }) => outcome === 'added')).toHaveLength(1);
    expect(added.filter(({ outcome }) => outcome === 'unchanged')).toHaveLength(19);
    expect(await credits.accounts(tenantId)).toEqual({ credits: '5', top_ups: '-5' });
  });
});
