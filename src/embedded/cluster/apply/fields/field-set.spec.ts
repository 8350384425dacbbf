import * as fc from 'fast-check';

import {
  difference,
  type FieldSet,
  hasPath,
  intersection,
  isEmptySet,
  isSubset,
  NO_FIELDS,
  pathsOf,
  pathSet,
  sameSet,
  sortedSet,
  union,
  withoutBelow,
} from './field-set.js';

const step = fc.constantFrom('f:a', 'f:b', 'k:{"name":"x"}', 'v:"y"');
const path = fc.array(step, { minLength: 1, maxLength: 4 });
const paths = fc.array(path, { maxLength: 8 });
const setOf = (list: readonly string[][]): FieldSet => list.map(pathSet).reduce(union, NO_FIELDS);
const textsOf = (set: FieldSet): string[] => [...pathsOf(set)].map((one) => one.join(' ')).sort();
const texts = (list: readonly string[][]): string[] => [...new Set(list.map((one) => one.join(' ')))].sort();

describe('a field set', () => {
  it('holds the paths put into it, and no others', () => {
    fc.assert(fc.property(paths, (list) => expect(textsOf(setOf(list))).toEqual(texts(list))));
  });

  it('tells a path from the way to it', () => {
    const set = pathSet(['f:spec', 'f:replicas']);
    expect(hasPath(set, ['f:spec', 'f:replicas'])).toBe(true);
    expect(hasPath(set, ['f:spec'])).toBe(false);
    expect(hasPath(set, ['f:spec', 'f:replicas', 'f:deeper'])).toBe(false);
    expect(hasPath(set, [])).toBe(false);
  });

  it('keeps a path that lies above another one, as "."', () => {
    expect(setOf([['f:a'], ['f:a', 'f:b']])).toEqual({ 'f:a': { '.': {}, 'f:b': {} } });
    expect(setOf([['f:a', 'f:b'], ['f:a']])).toEqual({ 'f:a': { '.': {}, 'f:b': {} } });
  });

  it('unites, subtracts and intersects like a set of paths', () => {
    fc.assert(
      fc.property(paths, paths, (left, right) => {
        const [a, b] = [setOf(left), setOf(right)];
        const inRight = new Set(texts(right));
        expect(textsOf(union(a, b))).toEqual(texts([...left, ...right]));
        expect(textsOf(difference(a, b))).toEqual(texts(left).filter((text) => !inRight.has(text)));
        expect(textsOf(intersection(a, b))).toEqual(texts(left).filter((text) => inRight.has(text)));
        expect(isSubset(a, b)).toBe(texts(left).every((text) => inRight.has(text)));
      }),
    );
  });

  it('is the same set whatever the order its paths came in', () => {
    fc.assert(
      fc.property(paths, (list) => {
        const [one, other] = [setOf(list), setOf(list.toReversed())];
        expect(sameSet(one, other)).toBe(true);
        expect(JSON.stringify(sortedSet(one))).toBe(JSON.stringify(sortedSet(other)));
      }),
    );
  });

  it('loses a path and all below it', () => {
    const set = setOf([['f:status'], ['f:status', 'f:phase'], ['f:spec', 'f:a']]);
    expect(withoutBelow(set, pathSet(['f:status']))).toEqual({ 'f:spec': { 'f:a': {} } });
  });

  it('loses only the path itself when it is subtracted', () => {
    const set = setOf([['f:a'], ['f:a', 'f:b']]);
    expect(difference(set, pathSet(['f:a']))).toEqual({ 'f:a': { 'f:b': {} } });
  });

  it('is empty when the last path goes', () => {
    const set = pathSet(['f:a', 'f:b']);
    expect(isEmptySet(difference(set, set))).toBe(true);
    expect(isEmptySet(NO_FIELDS)).toBe(true);
  });

  it('lists the paths of a level before those below it', () => {
    const set = setOf([['f:b'], ['f:a', 'f:z'], ['f:a']]);
    expect(textsOf(set)).toHaveLength(3);
    expect([...pathsOf(set)]).toEqual([['f:a'], ['f:b'], ['f:a', 'f:z']]);
  });

  it('puts "." first, then fields, keys and values', () => {
    const set = setOf([['f:l', 'v:"y"'], ['f:l', 'k:{"name":"x"}'], ['f:l'], ['f:l', 'f:b']]);
    expect(Object.keys(sortedSet(set)['f:l'] ?? {})).toEqual(['.', 'f:b', 'k:{"name":"x"}', 'v:"y"']);
  });

  it('never changes the sets it is made from', () => {
    fc.assert(
      fc.property(paths, paths, (left, right) => {
        const [a, b] = [setOf(left), setOf(right)];
        const before = JSON.stringify([a, b]);
        union(a, b);
        difference(a, b);
        intersection(a, b);
        withoutBelow(a, b);
        expect(JSON.stringify([a, b])).toBe(before);
      }),
    );
  });
});
