import { NO_FIELDS, pathSet } from './field-set.js';
import {
  capUpdaters,
  identityOf,
  type Owner,
  ownedByAnybody,
  readOwners,
  sameOwnership,
  withoutFields,
  writeOwners,
} from './managers.js';

const owner = (manager: string, more: Partial<Owner> = {}): Owner => ({
  manager,
  operation: 'Update',
  apiVersion: 'v1',
  subresource: '',
  time: '2026-11-20T10:00:00Z',
  fields: pathSet(['f:data', `f:${manager}`]),
  ...more,
});
const owners = (...list: Owner[]): Map<string, Owner> => new Map(list.map((one) => [identityOf(one), one]));

describe('an owner', () => {
  it('is one per manager, operation, version and subresource', () => {
    const one = owner('a');
    const others = [
      owner('b'),
      owner('a', { operation: 'Apply' }),
      owner('a', { apiVersion: 'v2' }),
      owner('a', { subresource: 'status' }),
    ];
    expect(new Set([one, ...others].map(identityOf)).size).toBe(5);
    expect(identityOf(owner('a', { time: undefined, fields: NO_FIELDS }))).toBe(identityOf(one));
  });

  it('who applies is the same in every version', () => {
    const apply = { operation: 'Apply' } as const;
    expect(identityOf(owner('a', { ...apply, apiVersion: 'v1' }))).toBe(
      identityOf(owner('a', { ...apply, apiVersion: 'v2' })),
    );
  });
});

describe('managedFields', () => {
  it('are read back as they were written', () => {
    const all = owners(
      owner('a'),
      owner('b', { operation: 'Apply', subresource: 'status' }),
      owner('c', { time: undefined }),
    );
    expect(readOwners(writeOwners(all))).toEqual(new Map([...all].sort(([a], [b]) => (a < b ? -1 : 1))));
    expect(sameOwnership(all, readOwners(writeOwners(all)) ?? new Map())).toBe(true);
  });

  it('have appliers first, then the older, then by name', () => {
    const all = owners(
      owner('z', { time: '2026-11-20T09:00:00Z' }),
      owner('b'),
      owner('a'),
      owner('a', { subresource: 'status' }),
      owner('y', { operation: 'Apply', time: '2026-11-20T11:00:00Z' }),
      owner('n', { time: undefined }),
    );
    expect(writeOwners(all).map(({ manager, subresource }) => [manager, subresource])).toEqual([
      ['y', undefined],
      ['n', undefined],
      ['z', undefined],
      ['a', undefined],
      ['a', 'status'],
      ['b', undefined],
    ]);
  });

  it('show their fields in order', () => {
    const fields = { 'f:b': {}, 'f:a': { 'f:z': {}, '.': {} } };
    const [entry] = writeOwners(owners(owner('a', { fields })));
    expect(JSON.stringify(entry?.['fieldsV1'])).toBe('{"f:a":{".":{},"f:z":{}},"f:b":{}}');
  });

  it.each([
    ['an unknown operation', { operation: 'Delete' }],
    ['no version', { apiVersion: undefined }],
    ['another type of fields', { fieldsType: 'FieldsV2' }],
  ])('are not understood with %s', (_what, fault) => {
    expect(readOwners([{ ...writeOwners(owners(owner('a')))[0], ...fault }])).toBeUndefined();
  });

  it('are none when there is no list', () => {
    expect(readOwners(undefined)).toEqual(new Map());
  });
});

describe('owners together', () => {
  it('own what any of them owns', () => {
    expect(ownedByAnybody(owners(owner('a'), owner('b')))).toEqual({ 'f:data': { 'f:a': {}, 'f:b': {} } });
  });

  it('lose fields, all but one', () => {
    const all = owners(owner('a', { fields: pathSet(['f:x']) }), owner('b', { fields: pathSet(['f:x']) }));
    const [first = ''] = all.keys();
    expect([...withoutFields(all, pathSet(['f:x']), first).keys()]).toEqual([first]);
  });

  it('are the same whatever their times', () => {
    expect(sameOwnership(owners(owner('a')), owners(owner('a', { time: undefined })))).toBe(true);
    expect(sameOwnership(owners(owner('a')), owners(owner('a', { fields: pathSet(['f:x']) })))).toBe(false);
    expect(sameOwnership(owners(owner('a')), owners(owner('b')))).toBe(false);
    expect(sameOwnership(owners(owner('a')), owners())).toBe(false);
  });
});

describe('more updaters than are told apart', () => {
  const many = (count: number, apiVersion: (index: number) => string): Map<string, Owner> =>
    owners(
      ...Array.from({ length: count }, (_, index) =>
        owner(`m${index}`, {
          time: `2026-11-20T10:00:${String(index).padStart(2, '0')}Z`,
          apiVersion: apiVersion(index),
        }),
      ),
    );

  it('are left alone up to ten', () => {
    const ten = many(10, () => 'v1');
    expect(capUpdaters(ten)).toBe(ten);
  });

  it('become one, with all their fields and the last time', () => {
    const capped = [...capUpdaters(many(12, () => 'v1')).values()];
    expect(capped).toHaveLength(10);
    const oldest = capped.find(({ manager }) => manager === 'ancient-changes');
    expect(oldest).toMatchObject({
      time: '2026-11-20T10:00:02Z',
      fields: { 'f:data': { 'f:m0': {}, 'f:m1': {}, 'f:m2': {} } },
    });
  });

  it('become one per version', () => {
    const names = [...capUpdaters(many(14, (index) => `v${index % 2}`)).values()].filter(
      ({ manager }) => manager === 'ancient-changes',
    );
    expect(names.map(({ apiVersion }) => apiVersion).sort()).toEqual(['v0', 'v1']);
  });

  it('never count appliers', () => {
    const all = new Map([...many(10, () => 'v1'), ...owners(owner('helm', { operation: 'Apply' }))]);
    expect(capUpdaters(all).size).toBe(11);
  });
});
