import fc from 'fast-check';
import { hasUnstorableText, scanJson } from './json-scan.js';

describe('the scan of a JSON text', () => {
  const whole = (text: string) => scanJson(text, 0);

  it('ends where the value ends, whatever stands in it', () => {
    fc.assert(
      fc.property(
        fc.jsonValue({ noUnicodeString: false }),
        fc.constantFrom('', ' ', ',', ']', ',{"a":1}'),
        (value, behind) => {
          const text = JSON.stringify(value, null, 1);
          expect(scanJson(`[${text}${behind}`, 1).end).toBe(text.length + 1);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('tells how deep it is, and how many members were written', () => {
    expect(whole('[]').depth).toBe(1);
    expect(whole('{"a":{"b":[{"c":":{[,"}]}}')).toMatchObject({ depth: 4, members: 1 });
    expect(whole('{"a":1,"b":{"c":1,"d":2},"a":2}').members).toBe(3);
    expect(whole('"text"').depth).toBe(0);
    expect(whole('-1.5').depth).toBe(0);
  });

  it('reads strings to their end', () => {
    for (const text of ['"\\""', '"\\\\"', '"a\\\\\\"]}"', '"{[1e999,"']) {
      expect(whole(`{"a":${text}}`)).toMatchObject({ end: text.length + 6, depth: 1, hugeNumber: false });
    }
  });

  it.each([
    ['123456789012345', false, false],
    ['1.5', false, false],
    ['1234567890123456', true, false],
    ['1e2', true, false],
    ['1E400', true, false],
    ['1e-400', true, false],
    ['1e401', true, true],
    ['-1e-401', true, true],
    ['9'.repeat(400), true, false],
    ['9'.repeat(403), true, true],
    [`1e${'9'.repeat(400)}`, true, true],
  ])('%s: beyond doubles %s, too much %s', (number, exactNumbers, hugeNumber) => {
    expect(whole(`{"a":[${number}]}`)).toMatchObject({ exactNumbers, hugeNumber });
  });

  it('sees a number under a name that stands twice', () => {
    expect(whole('{"a":1e999,"a":1}').hugeNumber).toBe(true);
  });
});

describe('text that Postgres cannot hold', () => {
  it.each([
    [String.raw`"a\u0000b"`, true],
    [String.raw`"a\\u0000b"`, false],
    [String.raw`"a\\\u0000b"`, true],
    [String.raw`"\ud800"`, true],
    [String.raw`"\uDC00"`, true],
    [String.raw`"\ud83d\ude00"`, false],
    [String.raw`"\ud83d\ude00\ude00"`, true],
    [String.raw`"\ud83d\ud83d\ude00"`, true],
    [String.raw`"\ud83d \ude00"`, true],
    [String.raw`"\ud83d\n"`, true],
    [String.raw`"\u00e9\n😀"`, false],
    [String.raw`{"a":"\u0000","a":1}`, true],
  ])('%s: %s', (text, found) => {
    expect(hasUnstorableText(text)).toBe(found);
  });

  it('is found wherever it stands', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        const escaped = Array.from(value, (unit) =>
          unit
            .split('')
            .map((half) => `\\u${half.charCodeAt(0).toString(16).padStart(4, '0')}`)
            .join(''),
        );
        expect(hasUnstorableText(`"${escaped.join('')}"`)).toBe(value.includes('\0') || !value.isWellFormed());
      }),
    );
  });
});
