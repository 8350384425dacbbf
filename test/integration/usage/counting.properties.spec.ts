import fc from 'fast-check';
import { type Asked, comparable, type Dimension, Oracle, type Said } from './oracle.js';
import { type Draft, dimensions, draft, meters, moment, saidBy, span, start, texts } from './arbitrary-events.js';
import { day, quarter, UsageWorld } from './usage-world.js';

type Deed =
  | {
      readonly do: 'send';
      readonly events: readonly Draft[];
      readonly again: readonly number[];
      readonly atomic: boolean;
    }
  | { readonly do: 'compact'; readonly limit: number }
  | { readonly do: 'void' | 'amend'; readonly nth: number };

const deed: fc.Arbitrary<Deed> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('send' as const),
      events: fc.array(draft, { maxLength: 12 }),
      again: fc.array(fc.nat(), { maxLength: 4 }),
      atomic: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('compact' as const), limit: fc.constantFrom(1, 5, 1_000) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('void' as const, 'amend' as const), nth: fc.nat() }) },
);

const bounds = fc
  .oneof(
    fc.uniqueArray(moment, { minLength: 2, maxLength: 6 }),
    fc
      .tuple(fc.constantFrom(quarter, 4 * quarter, 7 * quarter, day), fc.integer({ min: 1, max: 12 }))
      .map(([step, n]) => Array.from({ length: n + 1 }, (_, i) => start + i * step)),
  )
  // Not beyond now, where gauges go on.
  .map((found) => found.filter((bound) => bound <= start + 4 * day).toSorted((a, b) => a - b));

const question = fc.record({
  meter: fc.constantFrom(...meters),
  of: fc.uniqueArray(fc.nat(2), { minLength: 1 }),
  bounds,
  groupBy: fc.subarray<Dimension>([...dimensions]),
  bySubject: fc.boolean(),
  filter: fc.oneof(
    fc.constant({}),
    fc.dictionary(
      fc.constantFrom<Dimension>(...dimensions),
      fc.uniqueArray(fc.option(fc.constantFrom(...texts)), { maxLength: 3 }),
    ),
  ),
  limit: fc.constantFrom(1, 2, 1_000),
});

describe('counting', () => {
  let world: UsageWorld;
  const ids = new Map<string, string>();

  beforeAll(async () => {
    world = await UsageWorld.make();
    for (const meter of meters) ids.set(meter.slug, await world.meter(meter));
    await world.backfill();
  });
  afterAll(() => world.drop());

  /** What was sent, voided and amended came to the same here and there. */
  const live = async (tenants: readonly string[], deeds: readonly Deed[]): Promise<Oracle> => {
    const oracle = new Oracle();
    const sent: Said[] = [];
    for (const next of deeds) {
      if (next.do === 'compact') await world.compact(next.limit);
      else if (next.do === 'send') {
        const fresh = saidBy(tenants, next.events);
        const events = [...fresh, ...next.again.flatMap((nth) => sent[nth % Math.max(sent.length, 1)] ?? [])];
        await send(oracle, events, next.atomic);
        sent.push(...events);
      } else await settle(oracle, sent, next);
    }
    return oracle;
  };
  const send = async (oracle: Oracle, events: readonly Said[], atomic: boolean): Promise<void> => {
    const receipt = await world.ingest(events, atomic);
    if (atomic && receipt.rejected.length > 0) {
      expect(receipt).toMatchObject({ accepted: 0, duplicates: [] });
      expect(receipt.rejected.every(({ code }) => code === 'conflict')).toBe(true);
      return;
    }
    const told = events.map((event) => oracle.ingest(event));
    expect({
      accepted: receipt.accepted,
      duplicates: receipt.duplicates,
      conflicts: receipt.rejected.map(({ index, code }) => `${code} ${index}`),
    }).toEqual({
      accepted: told.filter((each) => each === 'accepted').length,
      duplicates: told.flatMap((each, n) => (each === 'duplicate' ? [n] : [])),
      conflicts: told.flatMap((each, n) => (each === 'conflict' ? [`conflict ${n}`] : [])),
    });
  };
  const settle = async (
    oracle: Oracle,
    sent: readonly Said[],
    { do: what, nth }: Extract<Deed, { nth: number }>,
  ): Promise<void> => {
    const event = sent[nth % Math.max(sent.length, 1)];
    if (!event) return;
    const better = { ...event, id: `${event.id}-better-${nth}`, value: '3' };
    const voided = oracle.void(event);
    const { outcome } = await world.void(event, what === 'amend' ? better : undefined);
    expect(outcome).toMatch(voided ? /^(voided|replacement_rejected)$/ : /^(already_voided|event_not_found)$/);
    if (outcome === 'voided' && what === 'amend') oracle.ingest(better);
    if (outcome === 'replacement_rejected') oracle.unvoid(event);
  };

  it('comes to what a plain list of events comes to, in every window, group and filter', async () => {
    const run = async (deeds: Deed[], questions: (Omit<Asked, 'tenants'> & { of: number[] })[]): Promise<void> => {
      const tenants = await world.tenants(3);
      const oracle = await live(tenants, deeds);
      for (const { of, ...rest } of questions) {
        const asked: Asked = { ...rest, tenants: of.map((n) => tenants[n] ?? '') };
        const expected = comparable(oracle.query(asked, Date.now()), asked);
        expect(comparable(await world.query(asked), asked)).toEqual(expected);
        expect(comparable(await world.query(asked, asked.tenants), asked)).toEqual(expected);
      }
      await world.fold();
      for (const id of ids.values()) expect(await world.differences(id, start, start + span)).toEqual([]);
    };
    await fc.assert(
      fc.asyncProperty(fc.array(deed, { maxLength: 10 }), fc.array(question, { minLength: 6, maxLength: 12 }), run),
      { numRuns: Number(process.env['USAGE_RUNS'] ?? 12) },
    );
  });
});
