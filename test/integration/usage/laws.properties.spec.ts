import fc from 'fast-check';
import { type Draft, draft, meters, saidBy, span, start } from './arbitrary-events.js';
import { type Asked, comparable, Decimal, Oracle, type Row, type Said } from './oracle.js';
import { day, quarter, UsageWorld } from './usage-world.js';

const runs = { numRuns: Number(process.env['USAGE_RUNS'] ?? 4) };
const drafts = fc.uniqueArray(draft, { minLength: 1, maxLength: 25, selector: ({ source, id }) => `${source} ${id}` });
const end = start + span;

// Days of 25, 24, 23 hours, as zones have them; midnights at +05:45; half an hour, as on Lord Howe.
const zoned = [
  [0, 25 * 4, 49 * 4, 72 * 4],
  [73, 73 + 96, 73 + 192, 288],
  [4, 98, 194, 288],
].map((bounds) => bounds.map((each) => start + each * quarter));

describe('the laws of counting', () => {
  let world: UsageWorld;
  const ids: string[] = [];

  beforeAll(async () => {
    world = await UsageWorld.make();
    for (const meter of meters) ids.push(await world.meter(meter));
    await world.backfill();
  });
  afterAll(() => world.drop());

  const quarters = Array.from({ length: span / quarter + 1 }, (_, n) => start + n * quarter);
  const answers = (tenants: readonly string[], bounds: readonly number[] = [start, end]): Promise<Row[][]> =>
    Promise.all(meters.map((meter) => world.query({ meter, tenants, bounds, groupBy: ['region'] })));
  const distinct = (values: readonly Draft[]): Draft[] => [...values];

  it('the same events in any batches, any order and any number of times come to the same', async () => {
    const property = fc.asyncProperty(
      drafts,
      fc.array(fc.nat(), { minLength: 60, maxLength: 60 }),
      async (said, dice) => {
        const [one = '', two = ''] = await world.tenants(2);
        const first = saidBy([one], said);
        await world.ingest(first);
        // Of two readings at one moment the later to arrive holds: each has its own here.
        fc.pre(new Set(said.map(({ time }) => time)).size === said.length);
        const again = saidBy([two], said);
        const order = [...again, ...again].map((event, n) => ({ event, at: dice[n] ?? 0 })).sort((a, b) => a.at - b.at);
        let accepted = 0;
        for (let n = 0; n < order.length; n += 1 + ((dice[n] ?? 0) % 7)) {
          const batch = order.slice(n, n + 9).map(({ event }) => event);
          accepted += (await world.ingest(batch, n % 2 === 0)).accepted;
          if (n % 3 === 0) await world.compact(3);
        }
        expect(accepted).toBe(said.length);
        expect(await answers([two])).toEqual(await answers([one]));
      },
    );
    await fc.assert(property, runs);
  });

  it('what is added and voided was never there', async () => {
    const property = fc.asyncProperty(drafts, drafts, fc.boolean(), async (stays, goes, fold) => {
      const tenants = await world.tenants(1);
      await world.ingest(
        saidBy(
          tenants,
          stays.map((each) => ({ ...each, source: 'stays' })),
        ),
      );
      const before = [await answers(tenants), await answers(tenants, quarters)];
      const events = saidBy(tenants, distinct(goes));
      await world.ingest(events);
      if (fold) await world.fold();
      for (const event of events) expect((await world.void(event)).outcome).toBe('voided');
      expect([await answers(tenants), await answers(tenants, quarters)]).toEqual(before);
      await world.fold();
      expect([await answers(tenants), await answers(tenants, quarters)]).toEqual(before);
      expect(await world.ingest(events)).toMatchObject({ accepted: 0, rejected: [] });
      expect(await answers(tenants)).toEqual(before[0]);
    });
    await fc.assert(property, runs);
  });

  it('windows add up to the whole and groups to the total, whatever the zone', async () => {
    const property = fc.asyncProperty(drafts, fc.constantFrom(...zoned), async (said, bounds) => {
      const tenants = await world.tenants(1);
      await world.ingest(saidBy(tenants, said));
      for (const meter of meters) {
        const whole = { meter, tenants, bounds: [bounds[0] ?? 0, bounds.at(-1) ?? 0] };
        const [total] = await world.query(whole);
        const parts = await world.query({ ...whole, bounds, groupBy: ['region', 'tier'] });
        const values = parts.map(([, , , value]) => new Decimal(value));
        if (values.length === 0) expect(total).toBeUndefined();
        else expect(merged(meter.aggregation, values, new Decimal(total?.[3] ?? Number.NaN))).toBe(true);
      }
    });
    await fc.assert(property, runs);
  });

  it('a late event changes the quarter of an hour that it is in, and no other; a reading, those until the next', async () => {
    const property = fc.asyncProperty(drafts, draft, async (said, late) => {
      const tenants = await world.tenants(1);
      await world.ingest(saidBy(tenants, said));
      await world.fold();
      const before = await answers(tenants, quarters);
      await world.ingest(saidBy(tenants, [{ ...late, source: 'late' }]));
      const after = await answers(tenants, quarters);
      const at = Math.floor((late.time - start) / quarter);
      meters.forEach(({ aggregation }, n) => {
        const others = (rows: readonly Row[] | undefined): Row[] =>
          (rows ?? []).filter(([window]) => (aggregation === 'time_weighted' ? window < at : window !== at));
        expect(others(after[n])).toEqual(others(before[n]));
      });
    });
    await fc.assert(property, runs);
  });

  it('what one tenant sends changes nothing that another is answered', async () => {
    const property = fc.asyncProperty(drafts, drafts, async (own, others) => {
      const [one = '', two = ''] = await world.tenants(2);
      await world.ingest(saidBy([one], own));
      const before = await answers([one], quarters);
      await world.ingest(saidBy([two], [...others, ...own.filter(({ id }) => !others.some((each) => each.id === id))]));
      for (const event of saidBy([two], others).slice(0, 3)) await world.void(event);
      await world.compact(10);
      expect(await answers([one], quarters)).toEqual(before);
    });
    await fc.assert(property, runs);
  });

  it('a meter that comes later, or with more dimensions, counts what was there as one that was there', async () => {
    let n = 0;
    const property = fc.asyncProperty(drafts, drafts, async (older, newer) => {
      n += 1;
      const type = `type ${n}`;
      const tenants = await world.tenants(2);
      const oracle = new Oracle();
      const of = (some: readonly Draft[], source: string): Said[] =>
        saidBy(tenants, some).map((said) => ({ ...said, type, source, value: said.value ?? '1' }));
      const take = async (events: readonly Said[]): Promise<void> => {
        await world.ingest(events);
        for (const event of events) oracle.ingest(event);
      };
      await take(of(older, 'older'));
      const late = meters.map((meter) => ({
        ...meter,
        slug: `${meter.slug}-${n}`,
        type,
        dimensions: ['tier'] as const,
      }));
      const made = await Promise.all(late.map((meter) => world.meter(meter)));
      await take(of(newer, 'newer'));
      for (const event of [...of(older, 'older').slice(0, 2), ...of(newer, 'newer').slice(0, 2)])
        if (oracle.void(event)) await world.void(event);
      await world.fold();
      await world.backfill();
      const grown = late.map((meter) => ({ ...meter, dimensions: ['region', 'tier'] as const }));
      const expectAll = async (which: readonly Asked['meter'][]): Promise<void> => {
        for (const meter of which) {
          const asked: Asked = {
            meter,
            tenants,
            bounds: [start, start + day + quarter, end],
            groupBy: ['region', 'tier'],
            bySubject: true,
          };
          expect(comparable(await world.query(asked), asked)).toEqual(
            comparable(oracle.query(asked, Date.now()), asked),
          );
        }
      };
      await expectAll(late);
      for (const meter of grown) await world.change(meter, meter.dimensions);
      await take(of(newer, 'newest'));
      await world.backfill();
      await expectAll(grown);
      await world.fold();
      for (const id of made) expect(await world.differences(id, start, end)).toEqual([]);
      for (const { slug } of late)
        await world.test.database.rpc('usage_meter_delete', {
          p_slug: slug,
          p_row_version: null,
          p_context: { actor: 'x' },
        });
    });
    await fc.assert(property, { numRuns: Math.ceil(runs.numRuns / 2) });
  });
});

/** Whether parts come to the whole, as far as they say: averages and latest values lie among them, unique counts between most and all. */
function merged(
  aggregation: string,
  parts: readonly InstanceType<typeof Decimal>[],
  whole: InstanceType<typeof Decimal>,
): boolean {
  const sum = parts.reduce((a, b) => a.plus(b), new Decimal(0));
  const [least, most] = [Decimal.min(...parts), Decimal.max(...parts)];
  switch (aggregation) {
    case 'sum':
    case 'count':
      return sum.eq(whole);
    case 'time_weighted':
      // Each part is rounded to 20 places.
      return sum.minus(whole).abs().lt('1e-18');
    case 'min':
      return least.eq(whole);
    case 'max':
      return most.eq(whole);
    case 'unique_count':
      return whole.gte(most) && whole.lte(sum);
    case 'latest':
      return parts.some((part) => part.eq(whole));
    default:
      return whole.gte(least.minus('1e-19')) && whole.lte(most.plus('1e-19'));
  }
}
