import * as fc from 'fast-check';
import { parse } from 'yaml';

import { valuesDocument } from './values-document.js';

test('is JSON in one line', () => {
  expect(valuesDocument({ a: { b: [1, 'x', null, true] } })).toBe('{"a":{"b":[1,"x",null,true]}}');
});

test.each([
  ['a line break', 'a\nb: injected'],
  ['the end of a document', '\n---\nb: injected'],
  ['next line, which YAML folds', 'a\u0085b'],
  ['line and paragraph separators', 'a\u2028b\u2029c'],
  ['a byte order mark', '\ufeffa'],
  ['delete, which YAML refuses', 'a\u007fb'],
  ['control characters', 'a\u0000\u0007\u009fb'],
  ['quotes and backslashes', '"}\\", "b": "injected'],
  ['an alias and a tag', '*anchor !!binary'],
  ['an emoji', 'ok 👍'],
])('%s stays inside its string', (_what, text) => {
  const document = valuesDocument({ a: text });
  expect(document).not.toMatch(/[\n\u007f-\u009f\u2028\u2029\ufeff]/);
  expect(parse(document, { version: '1.1' })).toEqual({ a: text });
});

test('half a surrogate pair is refused, an escaped backslash before u is not', () => {
  expect(() => valuesDocument({ a: '\ud83d' })).toThrow(RangeError);
  expect(parse(valuesDocument({ a: '\\ud83d' }))).toEqual({ a: '\\ud83d' });
});

test('any values come out of a YAML reader as they went in', () => {
  // A key that the reader here gives a meaning of its own says nothing of helm's.
  const text = fc
    .string({ unit: 'binary' })
    .filter((value) => value.isWellFormed() && value !== '__proto__' && value !== '<<');
  fc.assert(
    fc.property(fc.dictionary(text, fc.oneof(text, fc.integer(), fc.boolean(), fc.array(text))), (values) => {
      const given = JSON.parse(JSON.stringify(values));
      expect(JSON.parse(valuesDocument(values))).toEqual(given);
      expect(parse(valuesDocument(values), { uniqueKeys: false })).toEqual(given);
    }),
  );
});
