import * as fc from 'fast-check';

import { isRecord, listAt, numberAt, recordAt, textAt, valueAt } from './json-value.js';

const value = { a: { list: [{ name: 'x' }, 2], count: 3, text: 'hi', none: null } };

test('each reader answers its own type at a path', () => {
  expect(textAt(value, 'a', 'text')).toBe('hi');
  expect(numberAt(value, 'a', 'count')).toBe(3);
  expect(textAt(value, 'a', 'list', 0, 'name')).toBe('x');
  expect(listAt(value, 'a', 'list')).toHaveLength(2);
  expect(recordAt(value, 'a')).toBe(value.a);
});

test('another type reads as missing', () => {
  expect(textAt(value, 'a', 'count')).toBeUndefined();
  expect(numberAt(value, 'a', 'text')).toBeUndefined();
  expect(numberAt({ n: Number.NaN }, 'n')).toBeUndefined();
  expect(listAt(value, 'a')).toEqual([]);
  expect(recordAt(value, 'a', 'list')).toEqual({});
  expect(isRecord(null)).toBe(false);
  expect(isRecord([])).toBe(false);
});

test('a path through null, text or a prototype ends in undefined', () => {
  expect(valueAt(value, 'a', 'none', 'deeper')).toBeUndefined();
  expect(valueAt('text', 'length')).toBeUndefined();
  expect(valueAt({}, 'constructor')).toBeUndefined();
  expect(valueAt({}, '__proto__', 'polluted')).toBeUndefined();
});

test('no value and no path throws', () => {
  fc.assert(
    fc.property(fc.anything(), fc.array(fc.oneof(fc.string(), fc.nat())), (anything, path) => {
      expect(() => valueAt(anything, ...path)).not.toThrow();
      expect(Array.isArray(listAt(anything, ...path))).toBe(true);
      expect(isRecord(recordAt(anything, ...path))).toBe(true);
    }),
  );
});
