import fc from 'fast-check';
import type { TenantRef } from '../../../src/platform/reach.js';
import { aggregations } from '../../../src/usage-metrics/meters/meter.js';
import { windowBounds, type WindowSize } from '../../../src/usage-metrics/queries/windows.js';
import { Metering } from '../../setup/metering.js';
import { answerOf, type Reading } from './usage-oracle.js';

const hourMs = 3_600_000;
const dimensions = ['model', 'region'] as const;

/** Beyond what a double holds, on both sides of the point. */
const value = fc.constantFrom(
  '1',
  '2',
  '0',
  '-3',
  '0.1',
  '0.2',
  '1e2',
  '9007199254740993',
  '123456789012345678901234567890.123456789',
  '0.0000000000000000001',
  '-0.30',
);

const event = fc.record({
  tenant: fc.nat(2),
  // Two days, often on the quarters of an hour and the hours where windows and rollups meet.
  minutes: fc.oneof(fc.integer({ min: 0, max: 2_880 }), fc.constantFrom(0, 15, 60, 1_440, 1_455, 2_865)),
  ms: fc.constantFrom(0, 0, 1, 59_999),
  model: fc.constantFrom('a', 'b', undefined),
  region: fc.constantFrom('', 'eu', undefined),
  value: fc.option(value, { nil: undefined }),
  quoted: fc.boolean(),
});

const question = fc.record({
  windowSize: fc.constantFrom<WindowSize | undefined>('MINUTE', 'HOUR', 'DAY', 'WEEK', 'MONTH', undefined),
  timeZone: fc.constantFrom('UTC', 'Europe/Berlin', 'Asia/Kathmandu', 'Australia/Lord_Howe', 'America/New_York'),
  groupBy: fc.subarray([...dimensions]),
  bySubject: fc.boolean(),
  fromMinutes: fc.oneof(fc.constantFrom(0, 60, 90), fc.integer({ min: -100, max: 1_500 })),
  lengthMinutes: fc.oneof(fc.constantFrom(1_440, 2_880, 60, 15), fc.integer({ min: 1, max: 3_000 })),
  limit: fc.constantFrom(100, 10_000),
});

describe('every aggregation by window, zone, tenant and dimension', () => {
  let metering: Metering;
  let tenants: TenantRef[];
  // Some days ago, on a full hour; a day that is over does not grow while gauges are asked.
  const base = Math.floor((Date.now() - 96 * hourMs) / hourMs) * hourMs;

  beforeAll(async () => {
    metering = await Metering.start();
    tenants = [await metering.tenant(), await metering.tenant(), await metering.tenant()];
  });
  afterAll(() => metering.stop());

  async function meters(type: string): Promise<Map<string, (typeof aggregations)[number]>> {
    const made = new Map<string, (typeof aggregations)[number]>();
    for (const aggregation of aggregations) {
      const { slug } = await metering.meter({
        event_type: type,
        aggregation,
        value_property: aggregation === 'count' ? undefined : '$.value',
        group_by: { model: '$.model', region: "$['the region']" },
      });
      made.set(slug, aggregation);
    }
    return made;
  }

  it('is what a walk over all events comes to, folded or not', async () => {
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(event, { minLength: 1, maxLength: 40 }),
        fc.array(question, { minLength: 1, maxLength: 4 }),
        async (events, questions) => {
          runs += 1;
          const type = `type-${runs}`;
          const made = await meters(type);
          const readings = events.map((one, arrival): Reading => ({
            ms: base + one.minutes * 60_000 + one.ms,
            tenant: tenants[one.tenant]?.slug ?? '',
            arrival,
            dimensions: { model: one.model, region: one.region },
            // Of what is unique, a number is the same however it is written; a string is its text.
            value: one.value === '1e2' && !one.quoted ? '100' : one.value,
          }));
          const sent = events.map((one, n) => {
            const text = one.quoted ? JSON.stringify(one.value ?? null) : (one.value ?? 'null');
            const members = [
              ...(one.model === undefined ? [] : [`"model":${JSON.stringify(one.model)}`]),
              ...(one.region === undefined ? [] : [`"the region":${JSON.stringify(one.region)}`]),
              `"value":${text}`,
            ];
            const time = new Date(readings[n]?.ms ?? 0).toISOString();
            return { tenant: tenants[one.tenant] ?? { id: '', slug: '' }, type, time, data: `{${members.join(',')}}` };
          });
          const cut = Math.floor(sent.length / 2);
          for (const part of [sent.slice(0, cut), sent.slice(cut)]) {
            if (part.length > 0)
              expect(await metering.append(part)).toMatchObject({ accepted: part.length, rejected: [] });
            // The second half stays unfolded at first.
            if (runs % 2 === 0) await metering.compact();
          }
          const ask = async (): Promise<void> => {
            for (const asked of questions) await compare(made, readings, asked);
          };
          await ask();
          await metering.compact();
          await ask();
        },
      ),
      { numRuns: 20, endOnFailure: true },
    );
  });

  async function compare(
    made: ReadonlyMap<string, (typeof aggregations)[number]>,
    readings: readonly Reading[],
    asked: typeof question extends fc.Arbitrary<infer Q> ? Q : never,
  ): Promise<void> {
    const from = new Date(base + asked.fromMinutes * 60_000).toISOString();
    const to = new Date(base + (asked.fromMinutes + asked.lengthMinutes) * 60_000).toISOString();
    const bounds = (windowBounds({ from, to }, asked.windowSize, asked.timeZone) ?? []).map((bound) =>
      Date.parse(bound),
    );
    for (const [slug, aggregation] of made) {
      const rows = await metering.rows(
        {
          slug,
          from,
          to,
          windowSize: asked.windowSize,
          timeZone: asked.timeZone,
          groupBy: [...asked.groupBy, ...(asked.bySubject ? ['subject'] : [])],
        },
        'all',
        asked.limit,
      );
      const answered = rows.map((row): [string, string] => [
        JSON.stringify([
          bounds.indexOf(Date.parse(row.window_start)),
          row.subject,
          asked.groupBy.map((name) => row.group_by[name] ?? null),
        ]),
        row.value_decimal,
      ]);
      const expected = answerOf(readings, { aggregation, bounds, nowMs: Date.now(), ...asked });
      expect([aggregation, new Map(answered)]).toEqual([aggregation, expected]);
      expect(answered).toHaveLength(expected.size);
      for (const row of rows) expect(bounds.includes(Date.parse(row.window_end))).toBe(true);
    }
  }
});
