import * as fc from 'fast-check';

import { isObject, type JsonObject } from '../json.js';
import { jsonMerge } from './merge-patch.js';

describe('a JSON merge patch', () => {
  // The examples of RFC 7386, appendix A, that are about objects.
  it.each([
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])('of %j by %j is %j', (document: JsonObject, patch: JsonObject, expected: JsonObject) => {
    expect(jsonMerge(document, patch)).toEqual(expected);
  });

  it('gives the document itself back when it changes nothing', () => {
    const document = { a: { b: 1 }, c: 2 };
    expect(jsonMerge(document, { a: { b: 1 }, c: 2, none: null })).toBe(document);
  });

  it('shares what it does not touch', () => {
    const document = { a: { b: 1 }, c: { d: 2 } };
    expect(jsonMerge(document, { c: { d: 3 } })['a']).toBe(document.a);
  });

  it('leads from any object to any other without nulls', () => {
    const { object } = fc.letrec<{ object: JsonObject; value: unknown }>((tie) => ({
      value: fc.oneof({ maxDepth: 3 }, fc.integer(), fc.array(fc.integer()), tie('object')),
      object: fc.dictionary(fc.constantFrom('a', 'b', 'c'), tie('value')),
    }));
    fc.assert(
      fc.property(object, object, (from, to) => {
        expect(jsonMerge(from, patchBetween(from, to))).toEqual(to);
      }),
    );
  });
});

function patchBetween(from: JsonObject, to: JsonObject): JsonObject {
  const patch: JsonObject = {};
  for (const member of Object.keys(from)) if (to[member] === undefined) patch[member] = null;
  for (const [member, value] of Object.entries(to)) {
    const before = from[member];
    patch[member] = isObject(value) && isObject(before) ? patchBetween(before, value) : value;
  }
  return patch;
}
