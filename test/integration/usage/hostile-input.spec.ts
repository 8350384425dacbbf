import fc from 'fast-check';
import { type Asked, comparable, Decimal, type MeterSaid, Oracle, type Said } from './oracle.js';
import { day, daysAgo, UsageWorld } from './usage-world.js';

const sum: MeterSaid = { slug: 'sum', type: 'used', aggregation: 'sum', dimensions: ['region', 'tier'] };
const count: MeterSaid = { slug: 'count', type: 'used', aggregation: 'count', dimensions: ['region'] };
const unique: MeterSaid = { slug: 'unique', type: 'used', aggregation: 'unique_count', dimensions: ['tier'] };
const mean: MeterSaid = { slug: 'mean', type: 'used', aggregation: 'avg', dimensions: [] };
const start = daysAgo(2);

const hostile = [
  `'; drop table public.usage_events; --`,
  `' or true or '`,
  `\\'; select 1; --`,
  `%s%I%L%%`,
  '$1 $5 $sql$ $$',
  `E'\\x41'`,
  '{"a": null}',
  'null',
  '',
  ' ',
  '\u0001\u001f\u007f\uffff',
  '\u202eabc\u{1f4a9}e\u0301',
  'x'.repeat(10_240),
  'ß'.repeat(5_000),
];

describe('what senders and askers may say', () => {
  let world: UsageWorld;
  let ids: string[];
  const event = (tenant: string, id: string, parts: Partial<Said> = {}): Said => ({
    tenant,
    id,
    source: 's',
    type: 'used',
    time: start,
    value: '1',
    ...parts,
  });
  const whole = (meter: MeterSaid, tenant: string): Asked => ({
    meter,
    tenants: [tenant],
    bounds: [start, start + day],
  });
  const total = async (meter: MeterSaid, tenant: string): Promise<string | undefined> =>
    (await world.query(whole(meter, tenant)))[0]?.[3];

  beforeAll(async () => {
    world = await UsageWorld.make();
    ids = [await world.meter(sum), await world.meter(count), await world.meter(unique), await world.meter(mean)];
    await world.backfill();
  });
  afterAll(() => world.drop());

  const expectProven = async (): Promise<void> => {
    await world.fold();
    for (const id of ids) expect(await world.differences(id, start, start + day)).toEqual([]);
  };

  it('any text as source, id, type, user and dimension, and any text in a filter', async () => {
    const [tenant = ''] = await world.tenants(1);
    const oracle = new Oracle();
    const events = hostile.flatMap((text, n) => [
      event(tenant, `plain ${n}`, { region: text, tier: text, user: text, value: `${n}.25` }),
      event(tenant, text, { source: text, region: `not ${text}` }),
      event(tenant, `typed ${n}`, { type: text }),
    ]);
    await expect(world.ingest(events)).resolves.toEqual({ accepted: events.length, duplicates: [], rejected: [] });
    await expect(world.ingest(events)).resolves.toMatchObject({ accepted: 0, duplicates: events.map((_, n) => n) });
    for (const said of events) oracle.ingest(said);
    const questions: Asked[] = hostile.flatMap((text) => [
      { ...whole(sum, tenant), filter: { region: [text] }, groupBy: ['tier'] },
      { ...whole(count, tenant), filter: { region: [text, null] } },
      { ...whole(unique, tenant), filter: { tier: [text] }, groupBy: ['tier'] },
    ]);
    const asked: Asked[] = [...questions, { ...whole(sum, tenant), groupBy: ['region', 'tier'], limit: 3 }];
    for (const each of asked)
      expect(comparable(await world.query(each), each)).toEqual(comparable(oracle.query(each, 0), each));
    await expectProven();
  });

  it('names of dimensions, in groups and filters, that are no names', async () => {
    const [tenant = ''] = await world.tenants(1);
    await world.ingest([event(tenant, 'one', { region: 'eu' })]);
    const run = async (name: string, value: string | null): Promise<void> => {
      const odd = { group_by: [name], filter: { [name]: [value] } };
      const rows = value === null ? [[0, null, [null], '1']] : [];
      await expect(world.ask(whole(sum, tenant), odd)).resolves.toMatchObject({ outcome: 'rows', rows });
    };
    for (const name of hostile) for (const value of [name, null]) await run(name, value);
    // A name of Postgres's has no NUL.
    const text = fc.string({ unit: 'binary', maxLength: 30 }).filter((each) => !/\0|[\ud800-\udfff]/u.test(each));
    await fc.assert(fc.asyncProperty(text, fc.option(text), run), { numRuns: 5 });
  });

  it('numbers of any length, exactly, up to 1,400 digits; longer ones are refused and stop nothing', async () => {
    const [tenant = ''] = await world.tenants(1);
    const fine = [
      '1e300',
      '-1e300',
      '1e-300',
      `${'9'.repeat(300)}.${'9'.repeat(300)}`,
      '"1e999"',
      '"0.1"',
      '-0',
      '"-0.0"',
    ];
    await world.ingest(fine.map((value, n) => event(tenant, `fine ${n}`, { value })));
    const expected = fine.map((each) => new Decimal(each.replaceAll('"', ''))).reduce((a, b) => a.plus(b));
    await expect(total(sum, tenant)).resolves.toBe(expected.toFixed());
    const odd = [
      '9e131071',
      '1e-16383',
      '"NaN"',
      '"Infinity"',
      '"-Infinity"',
      '"0x10"',
      '"1e1000"',
      '""',
      '" 1"',
      '"1 "',
      '"1_000"',
      '"+1"',
      '".5"',
      '"5."',
      'true',
      '{}',
      '[1]',
      `1${'0'.repeat(1_400)}`,
    ];
    const receipt = await world.ingest(odd.map((value, n) => event(tenant, `odd ${n}`, { value })));
    expect(receipt.rejected.map(({ index, code }) => `${index} ${code}`)).toEqual(
      odd.map((_, n) => `${n} invalid_value`),
    );
    expect(receipt).toMatchObject({ accepted: 0, duplicates: [] });
    await expect(total(sum, tenant)).resolves.toBe(expected.toFixed());
    await expectProven();
  });

  it('averages that are rounded once', async () => {
    const [tenant = ''] = await world.tenants(1);
    // 5479 / 166 is 33.00602409638554216867469...: rounded to 21 places and then to 20 it would end in 8.
    const values = [...Array.from({ length: 165 }, () => '33.0'), '34.0'];
    await world.ingest(values.map((value, n) => event(tenant, `mean ${n}`, { value })));
    await expect(total(mean, tenant)).resolves.toBe('33.00602409638554216867');
    const [below = ''] = await world.tenants(1);
    await world.ingest(values.map((value, n) => event(below, `mean ${n}`, { value: `-${value}` })));
    await expect(total(mean, below)).resolves.toBe('-33.00602409638554216867');
  });

  it('the same source and id cut elsewhere, or in another tenant, as another event', async () => {
    const [one = '', two = ''] = await world.tenants(2);
    const events = [
      event(one, 'c', { source: 'a-b' }),
      event(one, 'b-c', { source: 'a' }),
      event(one, '1:ab', { source: '' }),
      event(one, 'ab', { source: '1:' }),
      event(two, 'c', { source: 'a-b' }),
    ];
    await expect(world.ingest(events)).resolves.toMatchObject({ accepted: 5 });
    await expect(total(count, one)).resolves.toBe('4');
    await expect(total(count, two)).resolves.toBe('1');
  });

  it('the same source and id with another body: the first stays, in one batch and in two', async () => {
    const [tenant = ''] = await world.tenants(1);
    const [first, second] = [
      event(tenant, 'same', { value: '5' }),
      event(tenant, 'same', { value: '7', time: start + 1 }),
    ];
    const receipt = await world.ingest([first, second, first]);
    expect(receipt).toMatchObject({ accepted: 1, duplicates: [2], rejected: [{ index: 1, code: 'conflict' }] });
    const [conflict] = (await world.ingest([second])).rejected;
    expect(conflict).toMatchObject({
      code: 'conflict',
      stored: expect.stringMatching(/^[0-9a-f]{32}$/),
      sent: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
    expect(conflict?.stored).not.toBe(conflict?.sent);
    await expect(total(sum, tenant)).resolves.toBe('5');
  });

  it('a batch that is atomic: all of it or nothing', async () => {
    const [tenant = ''] = await world.tenants(1);
    const good = [event(tenant, 'a'), event(tenant, 'b')];
    const future = event(tenant, 'c', { time: Date.now() + 400_000 });
    for (const bad of [
      future,
      event(tenant, 'd', { value: '"x"' }),
      event('00000000-0000-7000-8000-000000000000', 'e'),
      event(tenant, 'a', { value: '9' }),
    ])
      await expect(world.ingest([...good, bad], true)).resolves.toMatchObject({
        accepted: 0,
        duplicates: [],
        rejected: [{ index: 2 }],
      });
    await expect(total(sum, tenant)).resolves.toBeUndefined();
    await expect(world.ingest([...good, event(tenant, 'a')], true)).resolves.toMatchObject({
      accepted: 2,
      duplicates: [2],
      rejected: [],
    });
    await expect(total(sum, tenant)).resolves.toBe('2');
  });

  it('a replacement that tries to be two, or of another tenant, as nothing at all', async () => {
    const [tenant = '', other = ''] = await world.tenants(2);
    const first = event(tenant, 'first', { value: '4' });
    await world.ingest([first]);
    const args = { p_tenant: tenant, p_source: 's', p_id: 'first', p_reason: 'test', p_context: { actor: 'operator' } };
    const json = JSON.stringify({ specversion: '1.0', id: 'new', source: 's', type: 'used', data: { value: 1 } });
    for (const forged of [`${json},"tenant":"${other}"`, `${json}},{"tenant":"${other}","event":${json}`])
      await expect(
        world.test.database.rpc('usage_event_void', { ...args, p_replacement: forged }),
      ).rejects.toMatchObject({ code: '22P02' });
    await expect(total(sum, tenant)).resolves.toBe('4');
    await expect(total(sum, other)).resolves.toBeUndefined();
  });

  it('queries whose parts are no instants, numbers or ids as a fault of the caller', async () => {
    const [tenant = ''] = await world.tenants(1);
    for (const part of [
      { bounds: [`'; drop table x`, 'now'] },
      { tenants: [`' or true`] },
      { reach: [`{}','`] },
      { limit: `1; drop` },
      { after: [`0) or true --`, null, []] },
    ])
      await expect(world.ask(whole(sum, tenant), part)).rejects.toMatchObject({ code: expect.stringMatching(/^22/) });
  });
});
