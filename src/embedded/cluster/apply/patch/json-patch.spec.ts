import * as fc from 'fast-check';

import type { JsonObject } from '../json.js';
import { refusal } from '../testing/writing.js';
import { jsonPatch } from './json-patch.js';

const document = { a: { b: 1, 'x/y': 2, '~': 3 }, list: ['one', 'two', 'three'], no: false, nothing: null };

describe('a JSON patch', () => {
  it.each([
    ['adds a member', { op: 'add', path: '/a/c', value: 9 }, { a: { ...document.a, c: 9 } }],
    ['replaces a member by adding it', { op: 'add', path: '/a/b', value: 9 }, { a: { ...document.a, b: 9 } }],
    ['inserts an item', { op: 'add', path: '/list/1', value: 'x' }, { list: ['one', 'x', 'two', 'three'] }],
    [
      'appends an item by its number',
      { op: 'add', path: '/list/3', value: 'x' },
      { list: ['one', 'two', 'three', 'x'] },
    ],
    ['appends an item by a dash', { op: 'add', path: '/list/-', value: 'x' }, { list: ['one', 'two', 'three', 'x'] }],
    ['removes a member', { op: 'remove', path: '/a/b' }, { a: { 'x/y': 2, '~': 3 } }],
    ['removes an item', { op: 'remove', path: '/list/0' }, { list: ['two', 'three'] }],
    ['replaces a member', { op: 'replace', path: '/a/b', value: null }, { a: { ...document.a, b: null } }],
    ['replaces an item', { op: 'replace', path: '/list/2', value: 'x' }, { list: ['one', 'two', 'x'] }],
    ['replaces a false value', { op: 'replace', path: '/no', value: true }, { no: true }],
    ['reads ~1 as a slash', { op: 'replace', path: '/a/x~1y', value: 9 }, { a: { ...document.a, 'x/y': 9 } }],
    ['reads ~0 as a tilde', { op: 'replace', path: '/a/~0', value: 9 }, { a: { ...document.a, '~': 9 } }],
    ['moves a member', { op: 'move', from: '/a/b', path: '/c' }, { a: { 'x/y': 2, '~': 3 }, c: 1 }],
    ['moves an item', { op: 'move', from: '/list/0', path: '/list/2' }, { list: ['two', 'three', 'one'] }],
    ['copies a value', { op: 'copy', from: '/list', path: '/a/l' }, { a: { ...document.a, l: document.list } }],
    ['goes on after a test that holds', { op: 'test', path: '/list/1', value: 'two' }, {}],
    ['takes a missing member for null in a test', { op: 'test', path: '/a/none', value: null }, {}],
    ['tests a false value', { op: 'test', path: '/no', value: false }, {}],
    ['tests deeply', { op: 'test', path: '/a', value: { '~': 3, 'x/y': 2, b: 1 } }, {}],
  ])('%s', (_what, operation, expected) => {
    expect(jsonPatch(document, [operation])).toEqual({ ...document, ...expected });
  });

  it('applies its operations one after the other', () => {
    const patch = [
      { op: 'test', path: '/a/b', value: 1 },
      { op: 'remove', path: '/list' },
      { op: 'add', path: '/list', value: [] },
      { op: 'add', path: '/list/-', value: 'x' },
    ];
    expect(jsonPatch(document, patch)).toEqual({ ...document, list: ['x'] });
  });

  it('replaces the whole document', () => {
    expect(jsonPatch(document, [{ op: 'replace', path: '', value: { a: 1 } }])).toEqual({ a: 1 });
  });

  it.each([
    ['a test that fails', { op: 'test', path: '/a/b', value: 2 }],
    ['a test of a missing item', { op: 'test', path: '/list/9', value: null }],
    ['removing what is not there', { op: 'remove', path: '/a/none' }],
    ['replacing what is not there', { op: 'replace', path: '/a/none', value: 1 }],
    ['adding below what is not there', { op: 'add', path: '/none/a', value: 1 }],
    ['an item beyond the list', { op: 'add', path: '/list/4', value: 1 }],
    ['an item with a leading zero', { op: 'remove', path: '/list/01' }],
    ['an item with a name', { op: 'remove', path: '/list/x' }],
    ['a value below a scalar', { op: 'add', path: '/a/b/c', value: 1 }],
    ['a missing value', { op: 'add', path: '/a/c' }],
    ['a path without a slash', { op: 'remove', path: 'a' }],
    ['a missing path', { op: 'remove' }],
    ['an unknown operation', { op: 'frobnicate', path: '/a' }],
    ['a document that is no object', { op: 'replace', path: '', value: 1 }],
  ])('refuses %s with 422', (_what, operation) => {
    expect(refusal(() => jsonPatch(document, [operation])).body()).toMatchObject({
      code: 422,
      reason: 'Invalid',
      message: 'the server rejected our request due to an error in our request',
    });
  });

  it.each([
    ['an object', {}],
    ['an operation that is none', ['x']],
    ['nothing', undefined],
  ])('refuses %s with 400', (_what, patch) => {
    expect(refusal(() => jsonPatch(document, patch)).code).toBe(400);
  });

  it('shares what it does not touch and leaves the document as it was', () => {
    const before = structuredClone(document);
    const patched = jsonPatch(document, [{ op: 'add', path: '/list/-', value: 'x' }]);
    expect(patched['a']).toBe(document.a);
    expect(document).toEqual(before);
  });

  it('undoes an addition by a removal', () => {
    const value = fc.dictionary(fc.string(), fc.integer());
    const escape = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1');
    fc.assert(
      fc.property(value, fc.string(), fc.integer(), (object: JsonObject, key, added) => {
        fc.pre(!Object.hasOwn(object, key) && key !== '__proto__');
        const path = `/${escape(key)}`;
        const changed = jsonPatch(object, [{ op: 'add', path, value: added }]);
        expect(changed[key]).toBe(added);
        expect(jsonPatch(changed, [{ op: 'remove', path }])).toEqual(object);
      }),
    );
  });
});
