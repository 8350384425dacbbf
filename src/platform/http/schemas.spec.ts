import { z } from 'zod';
import { booleanText, date, displayText, dnsLabel, id, instant, integerText, jsonObject, listText } from './schemas.js';

describe('a DNS label', () => {
  it.each(['a', 'acme', 'a-1', '1a', 'a'.repeat(63)])('%s', (name) => {
    expect(dnsLabel().safeParse(name).success).toBe(true);
  });
  it.each(['', '-a', 'a-', 'A', 'a_b', 'a.b', 'ä', 'a b', 'a\n', 'a'.repeat(64)])('not %j', (name) => {
    expect(dnsLabel().safeParse(name).success).toBe(false);
  });
  it('can be shorter where names are put together', () => {
    expect(dnsLabel(3).safeParse('abcd').success).toBe(false);
  });
  it('answers in time however long the name is', () => {
    const start = performance.now();
    expect(dnsLabel().safeParse(`${'a-'.repeat(200_000)}_`).success).toBe(false);
    expect(performance.now() - start).toBeLessThan(500);
  });
});

describe('an instant', () => {
  it.each([
    '2026-11-20T19:28:00Z',
    '2026-11-20T19:28:00.123456Z',
    '2026-11-20T19:28:00.123456789Z',
    '0001-01-01T00:00:00Z',
    '9999-12-31T23:59:59.999999Z',
  ])('%s', (text) => {
    expect(instant.safeParse(text).success).toBe(true);
  });
  it.each(['2026-11-20', '2026-11-20T19:28:00', '2026-11-20T19:28:00+01:00', '2026-02-30T00:00:00Z', 'now', 0])(
    'not %j',
    (text) => {
      expect(instant.safeParse(text).success).toBe(false);
    },
  );
});

describe('years that Postgres has not', () => {
  it.each(['0000-01-01T00:00:00Z', '0000-12-31T23:59:59.999999Z', '9999-12-31T23:59:59.9999999Z'])('%s', (text) => {
    expect(instant.safeParse(text).error?.issues).toMatchObject([{ message: 'must be in the years 0001 to 9999' }]);
  });
  it('0000-12-31, as a date', () => {
    expect(date.safeParse('0001-01-01').success).toBe(true);
    expect(date.safeParse('0000-12-31').success).toBe(false);
    expect(date.safeParse('2026-02-30').success).toBe(false);
  });
});

describe('text for people', () => {
  it('is trimmed, not empty, and holds no control characters', () => {
    const text = displayText(10);
    expect(text.parse('  Acmé & Co ')).toBe('Acmé & Co');
    for (const bad of ['', '   ', 'a\nb', 'a\u0007', 'x'.repeat(11)]) expect(text.safeParse(bad).success).toBe(false);
  });
});

describe('the rest', () => {
  it('an id is a UUID', () => {
    expect(id.safeParse('01890a5d-ac96-774b-bcce-b302099a8057').success).toBe(true);
    expect(id.safeParse('1').success).toBe(false);
  });
  it('a whole number is in plain decimal digits', () => {
    expect(integerText(-5, 5).parse('-5')).toBe(-5);
    for (const bad of ['6', '-6', '1.0', '1e0', '0x1', '', ' 1', 'x']) {
      expect(integerText(-5, 5).safeParse(bad).success).toBe(false);
    }
  });
  it('a boolean in a query is true or false', () => {
    expect(booleanText.parse('true')).toBe(true);
    expect(booleanText.parse('false')).toBe(false);
    for (const bad of ['1', 'TRUE', '', 'yes', true]) expect(booleanText.safeParse(bad).success).toBe(false);
  });
  it('a JSON object is bounded in bytes as it is written', () => {
    expect(jsonObject(14).parse({ a: 'ééé' })).toEqual({ a: 'ééé' });
    expect(jsonObject(15).safeParse({ a: 'éééé' }).success).toBe(false);
    expect(jsonObject(99).safeParse([1]).success).toBe(false);
  });
  it('a list in a query is repeated, or has commas', () => {
    const list = listText(z.string().min(1), 3);
    expect(list.parse('a')).toEqual(['a']);
    expect(list.parse(['a', 'b,c'])).toEqual(['a', 'b', 'c']);
    for (const bad of ['', 'a,', 'a,b,c,d', ['a', 1], {}, undefined]) expect(list.safeParse(bad).success).toBe(false);
  });
});
