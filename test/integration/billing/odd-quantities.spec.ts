import assert from 'node:assert/strict';
import fc from 'fast-check';
import { aggregations } from '../../../src/usage-metrics/meters/meter.js';
import { BillingWorld } from '../../setup/billing-runs.js';

const day = 86_400_000;
const start = Math.floor(Date.now() / day) * day - 3 * day;
const at = (ms: number): string => new Date(start + ms).toISOString();
const zeros = (count: number): string => '0'.repeat(count);
const nines = (count: number): string => '9'.repeat(count);

/** JSON of values that count, and as what. */
const counting: Readonly<Record<string, string>> = {
  '0': '0',
  '-0': '0',
  '-1': '-1',
  '2.50': '2.5',
  '12.5e-1': '1.25',
  [`0.${zeros(29)}1`]: `0.${zeros(29)}1`,
  '1e400': `1${zeros(400)}`,
  '-1e600': `-1${zeros(600)}`,
  [nines(600)]: nines(600),
  '1e1399': `1${zeros(1_399)}`,
  '-1e1398': `-1${zeros(1_398)}`,
  '1e-599': `0.${zeros(598)}1`,
  '1e-600': `0.${zeros(599)}1`,
  '-1e-1397': `-0.${zeros(1_396)}1`,
  '1e-1398': `0.${zeros(1_397)}1`,
  [`1.${zeros(1_398)}`]: '1',
  [`-${nines(600)}.${nines(599)}`]: `-${nines(600)}.${nines(599)}`,
  '"3"': '3',
  '"-0.0"': '0',
  '"007.10"': '7.1',
  '"1E+3"': '1000',
  '"1e-999"': `0.${zeros(998)}1`,
  [`"${nines(400)}"`]: nines(400),
  [`"-${nines(395)}e999"`]: `-${nines(395)}${zeros(999)}`,
  [`"-0.${nines(392)}e-999"`]: `-0.${zeros(999)}${nines(392)}`,
};

const oddTexts = [
  '1e1000',
  'NaN',
  'Infinity',
  '-Infinity',
  '0x10',
  '1_000',
  ' 1',
  '1 ',
  '1\n',
  '+1',
  '.5',
  '5.',
  '',
  'many',
  '１',
];
const oddNumbers = [
  '1e1400',
  '-1e1399',
  '1e-1399',
  '-1e-1398',
  '9e131071',
  '1e-16383',
  nines(1_401),
  `1.${zeros(1_399)}`,
];
const noNumbers = ['null', 'true', 'false', '{}', '[]', '[1]', '[[1]]', '{"value": 1}', `"${nines(401)}"`];

/** JSON of what is no number to a meter. */
const odd: readonly string[] = [...oddNumbers, ...noNumbers].concat(oddTexts.map((text) => JSON.stringify(text)));

const values = [...Object.keys(counting), ...odd];
const shapes: readonly ((value: string) => string)[] = [
  (value) => `{"value": ${value}, "deep": {"value": ${value}, "list": [0, ${value}]}}`,
  (value) => `{"deep": ${value}}`,
  (value) => `{"value": ${value}, "deep": {"list": ${value}}}`,
  (value) => `{"deep": [${value}, {"value": ${value}}]}`,
  (value) => value,
  () => 'null',
];
const places = { value: '$.value', deep: '$.deep.value', listed: '$.deep.list[1]' };

// A meter refuses them as they come: they were there before the meter.
describe('quantities of events with odd values', () => {
  let world: BillingWorld;
  beforeAll(async () => {
    world = await BillingWorld.start();
    // Meters that are new catch up with three days, not ninety.
    await world.sql('update public.usage_retention set kept_from = $1', [at(0)]);
  });
  afterAll(() => world.stop());

  const catchUp = async (): Promise<void> => {
    for (let more = true; more;) {
      const [row] = await world.sql<{ said: { more: boolean } }>('select public.usage_backfill() as said');
      more = row?.said.more ?? false;
    }
  };

  it('are of the numbers among them, each exactly', async () => {
    const tenant = await world.metering.tenant();
    const type = world.metering.name('odd');
    const said = values.map((value, n) => ({ tenant, type, time: at(n), data: `{"value": ${value}}` }));
    await expect(world.metering.append(said)).resolves.toMatchObject({ accepted: values.length });
    await world.metering.meter({ slug: type, event_type: type, aggregation: 'latest' });
    await catchUp();
    const asks = values.map((_, n) => ({ tenant_id: tenant.id, meter: type, from: at(n), to: at(n + 1) }));
    const expected = values.map((value) => `${value}: ${counting[value] ?? '0'}`);
    for (const from of ['events', 'counts'] as const) {
      const answers = await world.quantities.ask(asks, from);
      const told = answers.map(
        (answer, n) => `${values[n]}: ${'quantity' in answer ? answer.quantity : answer.outcome}`,
      );
      expect(told).toEqual(expected);
    }
  });

  it('are what meters count, however they aggregate, wherever the value stands, and whatever stands in its place', async () => {
    const [one, other] = [await world.metering.tenant(), await world.metering.tenant()];
    const event = fc.record({
      tenant: fc.constantFrom(one, other),
      time: fc.nat({ max: day }).map((ms) => at(ms)),
      data: fc.tuple(fc.constantFrom(...shapes), fc.constantFrom(...values)).map(([shape, value]) => shape(value)),
    });
    const whole = { from: at(0), to: at(2 * day) };
    const spans = [whole, { from: at(1), to: at(day / 2 + 1) }];
    let counted = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(event, { minLength: 1, maxLength: 60 }), async (events) => {
        const type = world.metering.name('mixed');
        const receipt = await world.metering.append(events.map((each) => ({ ...each, type })));
        assert.equal(receipt.accepted, events.length);
        const slugs: string[] = [];
        for (const [place, value_property] of Object.entries(places)) {
          for (const aggregation of aggregations) {
            const slug = `${type}_${place}_${aggregation}`;
            slugs.push(slug);
            const what = { slug, event_type: type, aggregation };
            await world.metering.meter({
              ...what,
              value_property: aggregation === 'count' ? undefined : value_property,
            });
          }
        }
        await catchUp();
        const asks = slugs.flatMap((meter) =>
          spans.flatMap((span) => [one, other].map(({ id }) => ({ tenant_id: id, meter, ...span }))),
        );
        const told = (await world.quantities.ask(asks, 'counts')).map((answer, n) => ({ ...asks[n], ...answer }));
        const again = (await world.quantities.ask(asks, 'events')).map((answer, n) => ({ ...asks[n], ...answer }));
        expect(again).toEqual(told);
        counted += told.filter((answer) => 'quantity' in answer && answer.quantity !== '0').length;
      }),
      { numRuns: 10 },
    );
    expect(counted).toBeGreaterThan(100);
  });
});
