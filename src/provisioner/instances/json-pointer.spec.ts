import fc from 'fast-check';
import { type JsonObject, type JsonValue, keysOf, lastKey, valueAtPointer, withPointer } from './json-pointer.js';

const document: JsonObject = { a: { 'b/c': [1, { d: null }], 'e~f': 'x' }, '': 'empty' };

describe('a JSON pointer', () => {
  it.each<[string, JsonValue | undefined]>([
    ['', document],
    ['/a/b~1c/0', 1],
    ['/a/b~1c/1/d', null],
    ['/a/e~0f', 'x'],
    ['/', 'empty'],
    ['/a/none', undefined],
    ['/a/b~1c/9', undefined],
    ['/a/e~0f/0', undefined],
    ['/a/toString', undefined],
    ['/__proto__', undefined],
  ])('%j finds its value', (pointer, value) => {
    expect(valueAtPointer(document, pointer)).toEqual(value);
  });

  it('replaces and removes in a copy', () => {
    const before = structuredClone(document);
    expect(valueAtPointer(withPointer(document, '/a/e~0f', 'y'), '/a/e~0f')).toBe('y');
    expect(withPointer({ a: 1, b: 2 }, '/a', undefined)).toEqual({ b: 2 });
    expect(document).toEqual(before);
  });

  it('changes nothing where its parent is missing', () => {
    expect(withPointer({ a: 1 }, '/b/c', 2)).toEqual({ a: 1 });
    expect(withPointer({ a: 1 }, '/a/c', 2)).toEqual({ a: 1 });
    expect(withPointer({ a: 1 }, '/__proto__/c', 2)).toEqual({ a: 1 });
    expect(Object.hasOwn(Object.prototype, 'c')).toBe(false);
  });

  it('is named by its last key', () => {
    expect(lastKey('/secrets/API~1TOKEN')).toBe('API/TOKEN');
    expect(lastKey('')).toBe('');
  });

  it('spells any keys and reads them back', () => {
    const escape = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1');
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 1 }), (keys) => {
        expect(keysOf(keys.map((key) => `/${escape(key)}`).join(''))).toEqual(keys);
      }),
    );
  });
});
