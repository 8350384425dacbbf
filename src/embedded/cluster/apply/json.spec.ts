import * as fc from 'fast-check';

import { isEmptyObject, isObject, listAt, objectAt, sameJson, textAt, valueAt, withValueAt } from './json.js';

const object = { a: { b: { c: 'text' }, list: [1, 2] }, none: null };

describe('reading', () => {
  it('finds what stands at a path', () => {
    expect(valueAt(object, 'a', 'b', 'c')).toBe('text');
    expect(textAt(object, 'a', 'b', 'c')).toBe('text');
    expect(objectAt(object, 'a', 'b')).toBe(object.a.b);
    expect(listAt(object, 'a', 'list')).toBe(object.a.list);
  });

  it.each([
    ['a missing member', ['x']],
    ['a member of a text', ['a', 'b', 'c', 'd']],
    ['a member of null', ['none', 'x']],
    ['a member of a list', ['a', 'list', '0']],
  ])('finds nothing for %s', (_what, path) => {
    expect(valueAt(object, ...path)).toBeUndefined();
    expect(textAt(object, ...path)).toBeUndefined();
    expect(objectAt(object, ...path)).toBeUndefined();
    expect(listAt(object, ...path)).toEqual([]);
  });

  it('tells objects from lists and null', () => {
    expect([{}, [], null, 'x', 1, undefined].map(isObject)).toEqual([true, false, false, false, false, false]);
    expect([{}, { a: 1 }, [], null].map(isEmptyObject)).toEqual([true, false, false, false]);
  });
});

describe('a changed copy', () => {
  it('has the value, and shares all beside the path', () => {
    const next = withValueAt(object, ['a', 'b', 'c'], 'new');
    expect(next).toEqual({ ...object, a: { ...object.a, b: { c: 'new' } } });
    expect(valueAt(next, 'a', 'list')).toBe(object.a.list);
    expect(object.a.b.c).toBe('text');
  });

  it('makes the objects on the way', () => {
    expect(withValueAt({}, ['a', 'b'], 1)).toEqual({ a: { b: 1 } });
    expect(withValueAt({ a: 'text' }, ['a', 'b'], 1)).toEqual({ a: { b: 1 } });
  });

  it('lacks what is undefined', () => {
    expect(withValueAt({ a: 1, b: 2 }, ['a'], undefined)).toEqual({ b: 2 });
  });

  it('at no path is the object itself', () => {
    expect(withValueAt(object, [], 1)).toBe(object);
  });
});

describe('equality', () => {
  it('is that of the JSON texts, whatever the order of members', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (left, right) => {
        expect(sameJson(left, structuredClone(left))).toBe(true);
        expect(sameJson(left, right)).toBe(sortedText(left) === sortedText(right));
        expect(sameJson(right, left)).toBe(sameJson(left, right));
      }),
    );
  });

  it.each([
    [{ a: 1, b: 2 }, { b: 2, a: 1 }, true],
    [{ a: undefined }, {}, true],
    [{ a: undefined }, { a: null }, false],
    [{ a: 1 }, { b: 1 }, false],
    [[1, 2], [2, 1], false],
    [[], {}, false],
    [null, {}, false],
  ])('of %j and %j is %s', (left, right, expected) => {
    expect(sameJson(left, right)).toBe(expected);
  });
});

/** Negative zero is zero in JSON, but not everywhere. */
function sortedText(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => {
    if (!isObject(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
