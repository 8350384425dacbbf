import * as fc from 'fast-check';
import { faultsOfJson, maxJsonDepth, pointerToken, readJson } from './json-body.js';

const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);

describe('reading a body', () => {
  it('reads any JSON as JSON.parse does', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
        const text = JSON.stringify(value);
        const reading = readJson(text);
        // Random keys can be `__proto__`; those are refused rather than read.
        expect([
          { state: 'read', value: JSON.parse(text) },
          { state: 'refused', faults: faultsOfJson(value) },
        ]).toContainEqual(reading);
      }),
    );
  });

  it.each(['', '  \n '])('an empty text is no body: %j', (text) => {
    expect(readJson(text)).toEqual({ state: 'read', value: undefined });
  });

  it.each([
    ['an unknown word', '{"a": tru}', 6, 1, 7],
    ['a trailing comma', '{"a": 1,\n}', 9, 2, 1],
    ['a comment', '{\n  // why\n}', 4, 2, 3],
    ['text after the end', '{} {}', 3, 1, 4],
    ['an early end', '{"a": [1', 8, 1, 9],
    ['single quotes', "{'a': 1}", 1, 1, 2],
    ['NaN', '[NaN]', 1, 1, 2],
    ['a form', 'name=acme', 0, 1, 1],
  ])('tells where %s is', (_, text, position, line, column) => {
    expect(readJson(text)).toEqual({
      state: 'not_json',
      faults: [{ pointer: '', message: `is not JSON at line ${line}, column ${column}` }],
      place: { position, line, column },
    });
  });

  it('never repeats the text, which can hold a secret', () => {
    expect(JSON.stringify(readJson('{"password": hunter2}'))).not.toContain('hunter2');
  });

  it('survives a million open brackets', () => {
    expect(readJson('['.repeat(1_000_000))).toEqual({
      state: 'not_json',
      faults: [{ pointer: '', message: 'is not JSON' }],
    });
  });

  it('stops at the first fault of a text that is nothing but faults', () => {
    const start = performance.now();
    expect(readJson(','.repeat(1_000_000))).toMatchObject({ place: { position: 0 } });
    expect(performance.now() - start).toBeLessThan(1_000);
  });

  it('refuses what stands too deep, and tells where it begins', () => {
    expect(readJson(nested(maxJsonDepth))).toMatchObject({ state: 'read' });
    expect(readJson(nested(maxJsonDepth + 1))).toEqual({
      state: 'refused',
      faults: [{ pointer: '/0'.repeat(maxJsonDepth), message: 'is nested deeper than 64 levels' }],
    });
    expect(readJson(nested(400_000))).toMatchObject({ state: 'refused' });
  });
});

describe('what no room accepts', () => {
  it.each([
    ['{"__proto__": {"admin": true}}', '/__proto__', 'is not an allowed key'],
    ['{"a": [{"__proto__": 1}]}', '/a/0/__proto__', 'is not an allowed key'],
    [String.raw`{"__proto\u005f_": 1}`, '/__proto__', 'is not an allowed key'],
    ['{"constructor": {"prototype": {}}}', '/constructor', 'is not an allowed key'],
    [String.raw`{"a": "x\u0000"}`, '/a', 'holds a NUL character'],
    [String.raw`["\ud800"]`, '/0', 'is not well-formed Unicode'],
    [String.raw`{"b\u0000": 1}`, '/b\0', 'holds a NUL character'],
  ])('%s', (text, pointer, message) => {
    expect(readJson(text)).toEqual({ state: 'refused', faults: [{ pointer, message }] });
  });

  it('is told all at once', () => {
    const faults = faultsOfJson(JSON.parse(String.raw`{"__proto__": 1, "a": "\u0000", "b": {"c": "\udc00"}}`));
    expect(faults.map(({ pointer }) => pointer)).toEqual(['/__proto__', '/a', '/b/c']);
  });

  it.each([
    '{"constructor": "Bob the builder"}',
    '{"constructor": {"name": 1}}',
    '{"proto": 1}',
    '["😀"]',
    '{"": null}',
  ])('leaves alone %s', (text) => {
    expect(readJson(text)).toEqual({ state: 'read', value: JSON.parse(text) });
  });
});

describe('a token of a JSON pointer', () => {
  it.each([
    ['a', 'a'],
    ['a/b', 'a~1b'],
    ['m~n', 'm~0n'],
    ['~1', '~01'],
    [0, '0'],
    ['', ''],
  ])('%j', (key, token) => {
    expect(pointerToken(key)).toBe(token);
  });
});
