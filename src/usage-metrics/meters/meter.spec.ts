import { meterChange, newMeter, newMeterVersion, pathsOf } from './meter.js';

const good = { slug: 'tokens', event_type: 'llm.call', aggregation: 'sum', value_property: '$.tokens' };

/** Every fault as `place: message`. */
function faults(
  body: unknown,
  schema: typeof newMeter | typeof meterChange | typeof newMeterVersion = newMeter,
): string[] {
  const { error } = schema.safeParse(body);
  return (error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`);
}

describe('a new meter', () => {
  it.each([
    [{}],
    [{ group_by: { model: '$.model', region_2: "$['region']" }, filters: { '$.ok': ['true', '1'] } }],
    [{ aggregation: 'count', value_property: undefined }],
    [{ slug: '2_b', unit: 'token', retention_days: 400, name: 'Tokens', description: '', metadata: { a: 1 } }],
  ])('is good with %j', (parts) => {
    expect(faults({ ...good, ...parts })).toEqual([]);
  });

  it.each([
    [{ slug: 'a__b' }, 'slug: must be lower-case letters and digits, with single underscores between'],
    [{ slug: 'a'.repeat(64) }, 'slug: Too big: expected string to have <=63 characters'],
    [{ slug: '' }, 'slug: must be lower-case letters and digits, with single underscores between'],
    [{ slug: 'members' }, 'slug: is built in: members are counted without a meter of events'],
    [{ event_type: '' }, 'event_type: Too small: expected string to have >=1 characters'],
    [{ aggregation: 'count' }, 'value_property: must be left out: count counts events, not values'],
    [{ value_property: undefined }, 'value_property: is required, but for count'],
    [{ value_property: 'tokens' }, 'value_property: must begin with $, such as $.tokens'],
    [{ group_by: { subject: '$.a' } }, 'group_by.subject: Invalid key in record'],
    [{ group_by: { a: '$.a', b: "$['a']" } }, 'group_by.b: is the same place as a'],
    [{ filters: { '$.a': ['x'], "$['a']": ['y'] } }, "filters.$['a']: is the same place as another filter"],
    [{ filters: { '$.a': [] } }, 'filters.$.a: Too small: expected array to have >=1 items'],
    [{ retention_days: 0 }, 'retention_days: Too small: expected number to be >=1'],
    [
      { group_by: Object.fromEntries(Array.from({ length: 21 }, (_, n) => [`d${n}`, `$.d${n}`])) },
      'group_by: must be at most 20 dimensions',
    ],
  ])('is faulty with %j', (parts, fault) => {
    expect(faults({ ...good, ...parts })).toEqual([fault]);
  });

  it('is told all of its faults at once', () => {
    const bad = {
      slug: 'A',
      aggregation: 'median',
      group_by: { 'a-b': '$.x', c: 'x' },
      retention_days: 1.5,
      colour: 'red',
    };
    const told = faults(bad).map((fault) => fault.split(':')[0]);
    expect(new Set(told)).toEqual(
      new Set([
        '',
        'aggregation',
        'event_type',
        'group_by.a-b',
        'group_by.c',
        'retention_days',
        'slug',
        'value_property',
      ]),
    );
  });
});

describe('a change', () => {
  it('is of what does not change counts, and of dimensions', () => {
    expect(faults({ name: 'x', description: null, metadata: {}, group_by: { a: '$.a' } }, meterChange)).toEqual([]);
    expect(faults({ aggregation: 'sum' }, meterChange)).toEqual([': Unrecognized key: "aggregation"']);
  });
});

describe('a new version', () => {
  it('says from when on it holds, and all that it counts', () => {
    const { slug: _, ...counted } = good;
    expect(faults({ ...counted, valid_from: '2027-01-01T00:00:00Z' }, newMeterVersion)).toEqual([]);
    expect(faults({ valid_from: 'soon' }, newMeterVersion).map((fault) => fault.split(':')[0])).toEqual([
      'valid_from',
      'event_type',
      'aggregation',
      'value_property',
    ]);
  });
});

describe('the paths of a meter', () => {
  it('are told as keys', () => {
    const meter = newMeter.parse({
      ...good,
      group_by: { first: '$.items[0].name' },
      filters: { "$['a b']": ['x', 'y'] },
    });
    expect(pathsOf(meter)).toEqual({
      value_path: ['tokens'],
      group_paths: [{ name: 'first', path: ['items', '0', 'name'] }],
      filter_paths: [{ path: ['a b'], values: ['x', 'y'] }],
    });
  });
});
