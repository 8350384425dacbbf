import { assert, asyncProperty, jsonValue } from 'fast-check';
import type { Calls, DatabaseUnderContract } from './database-under-contract.js';

/** What goes into a call comes out of it, exactly. */
export function valuesContract(current: () => DatabaseUnderContract): void {
  describe('arguments and answers', () => {
    let calls: Calls;

    beforeAll(() => {
      calls = current().database;
    });

    it.each([
      ['an object in an object', { a: { b: { c: [1, { d: null }] } } }],
      ['an array of objects', [{ id: 'a' }, { id: 'b', tags: ['x', 'y'] }]],
      ['an empty object', {}],
      ['an empty array', []],
      ['a number', 12.5],
      ['a boolean', false],
      ['a string', 'plain'],
      ['a string that looks like JSON', '{"a": 1}'],
      ['a string with quotes and a backslash', 'say "hi" \\ there'],
      ['text of the world', { grüße: 'Ελλάδα 日本 🚀 \u202Eabc', quote: "O'Brien; drop table x" }],
    ])('jsonb: %s comes back as it went', async (_, value) => {
      await expect(calls.rpc('contract_json', { p_value: value })).resolves.toEqual(value);
    });

    it.each([
      ['object', { a: 1 }],
      ['array', [1]],
      ['number', 1],
      ['boolean', true],
      ['string', 'a'],
    ])('jsonb: an %s arrives as one, not as text that holds one', async (kind, value) => {
      await expect(calls.rpc('contract_kind', { p_value: value })).resolves.toBe(kind);
    });

    it('jsonb: whatever JSON can say comes back', async () => {
      // Postgres knows no character zero, and no minus zero.
      const storable = jsonValue({ maxDepth: 3, stringUnit: 'grapheme' }).filter((value) => {
        const text = JSON.stringify(value);
        return !text.includes('\\u0000') && value !== null;
      });
      await assert(
        asyncProperty(storable, async (value) => {
          const expected: unknown = JSON.parse(JSON.stringify(value));
          await expect(calls.rpc('contract_json', { p_value: value })).resolves.toEqual(expected);
        }),
        { numRuns: 60 },
      );
    });

    it.each([
      ['nothing', ''],
      ['spaces', '  a  b  '],
      ['lines', 'a\r\n\tb'],
      ['text of the world', 'Ελλάδα 日本 🚀'],
      ['quotes', `O'Brien "said" \\`],
      ['what looks like null', 'null'],
      ['what looks like a number', '007'],
    ])('text: %s', async (_, value) => {
      await expect(calls.rpc('contract_text', { p_value: value })).resolves.toBe(value);
    });

    it.each([
      ['one that no double holds', '0.1000000000000000055511151231257827'],
      ['a whole one above 2^53', '9007199254740993'],
      ['a long one', '123456789012345678901234567890.123456789012345678'],
      ['a small one', '0.000000000000000001'],
      ['a negative one', '-42.10'],
    ])('an exact number travels as text: %s', async (_, value) => {
      await expect(calls.rpc('contract_exact', { p_value: value })).resolves.toBe(value);
    });

    it.each([
      ['in UTC', '2026-11-20T10:00:00Z', '2026-11-20T10:00:00.000Z'],
      ['with milliseconds', '2026-11-20T10:00:00.123Z', '2026-11-20T10:00:00.123Z'],
      ['with an offset', '2026-11-20T10:00:00+05:30', '2026-11-20T04:30:00.000Z'],
    ])('a time %s means the same instant when it is parsed', async (_, value, instant) => {
      const answer = await calls.rpc('contract_time', { p_value: value });
      expect(new Date(String(answer)).toISOString()).toBe(instant);
    });

    it.each([
      ['no elements', []],
      ['one', ['a']],
      ['difficult ones', ['', 'a,b', '{c}', '"d"', 'NULL', 'e\\f', '日本']],
    ])('an array of texts with %s', async (_, values) => {
      await expect(calls.rpc('contract_texts', { p_values: values })).resolves.toEqual(values);
    });

    it('an array of integers', async () => {
      await expect(calls.rpc('contract_integers', { p_values: [1, -2, 40] })).resolves.toBe(39);
    });

    it('null is null', async () => {
      await expect(calls.rpc('contract_is_null', { p_value: null })).resolves.toBe(true);
      await expect(calls.rpc('contract_text', { p_value: null })).resolves.toBeNull();
      await expect(calls.rpc('contract_json', { p_value: null })).resolves.toBeNull();
    });

    it('an argument that is left out has its default', async () => {
      await expect(calls.rpc('contract_default', {})).resolves.toBe(7);
      await expect(calls.rpc('contract_default', { p_value: 8 })).resolves.toBe(8);
    });

    it('a function without an answer has none', async () => {
      await expect(calls.rpc('contract_nothing', {})).resolves.toBeNull();
    });

    it('a function that returns a row has an object, one that returns rows an array of them', async () => {
      await calls.rpc('contract_insert', { p_key: 'a', p_quantity: 3 });
      await expect(calls.rpc('contract_row', { p_key: 'a' })).resolves.toEqual({ key: 'a', quantity: 3 });
      await expect(calls.rpc('contract_rows', { p_count: 2 })).resolves.toEqual([
        { n: 1, label: 'row 1' },
        { n: 2, label: 'row 2' },
      ]);
      await expect(calls.rpc('contract_rows', { p_count: 0 })).resolves.toEqual([]);
    });

    it('a megabyte goes in and comes out', async () => {
      const value = { text: 'ä'.repeat(500_000) };
      await expect(calls.rpc('contract_json', { p_value: value })).resolves.toEqual(value);
    });
  });
}
