import fc from 'fast-check';
import { parseExactJson, stringifyExactJson } from './exact-json.js';

const digits = (max: number) => fc.stringMatching(new RegExp(`^[0-9]{1,${max}}$`));

/** Numbers as people and machines write them, most of them beyond a double. */
const numberText = fc
  .tuple(
    fc.constantFrom('', '-'),
    fc.oneof(
      fc.constant('0'),
      digits(40).map((text) => `1${text}`),
    ),
    fc.oneof(
      fc.constant(''),
      digits(40).map((text) => `.${text}`),
    ),
    fc.oneof(
      fc.constant(''),
      fc.integer({ min: -400, max: 400 }).map((exponent) => `e${exponent}`),
    ),
  )
  .map((parts) => parts.join(''));

/** JSON text with those numbers in it, however nested. */
const jsonText: fc.Arbitrary<string> = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    numberText,
    fc.string().map((text) => JSON.stringify(text)),
    fc.constantFrom('true', 'false', 'null'),
    fc.array(tie('value'), { maxLength: 4 }).map((values) => `[${values.join(' , ')}]`),
    fc
      .uniqueArray(
        fc.tuple(
          fc.string().map((name) => `k${name}`),
          tie('value'),
        ),
        { maxLength: 4, selector: ([name]) => name },
      )
      .map((members) => `{${members.map(([name, value]) => `${JSON.stringify(name)}: ${value}`).join(',')}}`),
  ),
})).value;

/** The number's digits and where its point stands, however it is written. */
function decimal(text: string): string {
  const [mantissa = '', exponent = '0'] = text.toLowerCase().split('e');
  const [whole = '', fraction = ''] = mantissa.replace('-', '').split('.');
  const all = `${whole}${fraction}`.replace(/^0+/, '');
  const kept = all.replace(/0+$/, '');
  if (kept === '') return '0';
  return `${text.startsWith('-') ? '-' : ''}${kept}e${Number(exponent) - fraction.length + (all.length - kept.length)}`;
}

/** Tokens, numbers among them as `decimal` writes them. */
function tokens(json: string): string[] {
  return [...json.matchAll(/"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|[^\s]/g)].map(([token]) =>
    /^-?\d/.test(token) ? decimal(token) : token.startsWith('"') ? JSON.stringify(JSON.parse(token)) : token,
  );
}

describe('exact JSON', () => {
  it('gives every number back with its value', () => {
    fc.assert(
      fc.property(numberText, (number) => {
        const again = stringifyExactJson(parseExactJson(`{"value":${number}}`));
        expect(tokens(again)).toEqual(tokens(`{"value":${number}}`));
      }),
      { numRuns: 500 },
    );
  });

  it('gives every text back, as a text that says the same', () => {
    fc.assert(
      fc.property(jsonText, (text) => {
        const parsed = parseExactJson(text);
        const again = stringifyExactJson(parsed);
        expect(stringifyExactJson(parseExactJson(again))).toBe(again);
        // No name stands twice, and none is an index: numbers and texts come in the same order.
        expect(tokens(again)).toEqual(tokens(text));
      }),
      { numRuns: 300 },
    );
  });

  it('is what JSON.parse gives where no number is changed by that', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        const text = JSON.stringify(value);
        expect(stringifyExactJson(parseExactJson(text))).toBe(text);
      }),
    );
  });

  it.each([
    ['9007199254740993', '9007199254740993'],
    ['0.1000000000000000055511151231257827', '0.1000000000000000055511151231257827'],
    ['1e400', '1e400'],
    ['1e-400', '1e-400'],
    ['1000000000000000000000000000000', '1e+30'],
    ['19.90', '19.9'],
    ['-0', '0'],
  ])('%s is written %s', (text, written) => {
    expect(stringifyExactJson(parseExactJson(text))).toBe(written);
  });

  it.each(['NaN', '-Infinity', '01', '{"a":1,}', ''])('%s is no JSON', (text) => {
    expect(() => parseExactJson(text)).toThrow(SyntaxError);
  });
});
