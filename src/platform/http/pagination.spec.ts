import * as fc from 'fast-check';
import { z } from 'zod';
import { encodeCursor, page, pageQuery, toPage } from './pagination.js';

const key = z.tuple([z.iso.datetime(), z.uuid()]);
const query = z.strictObject(pageQuery(key));
const row = ['2026-01-01T00:00:00.000Z', '01890a5d-ac96-774b-bcce-b302099a8057'] as const;

describe('the query of a list', () => {
  it('asks for 50 from the beginning unless told', () => {
    expect(query.parse({})).toEqual({ limit: 50 });
  });

  it.each([
    ['1', 1],
    ['200', 200],
  ])('takes limit %s', (limit, expected) => {
    expect(query.parse({ limit }).limit).toBe(expected);
  });

  it.each(['0', '201', '-1', '1.5', 'ten', '', ' ', '0x10', '1e2', ['1', '2']])('refuses limit %j', (limit) => {
    expect(query.safeParse({ limit }).success).toBe(false);
  });

  it('reads back the key that a cursor was made of', () => {
    expect(query.parse({ cursor: encodeCursor(row) }).cursor).toEqual(row);
  });

  it.each([
    '',
    'x',
    '!!!',
    encodeCursor(['2026-01-01T00:00:00.000Z']),
    encodeCursor([1, 2]),
    encodeCursor({ admin: true }),
    'A'.repeat(2_000),
  ])('refuses the cursor %s', (cursor) => {
    expect(query.safeParse({ cursor }).success).toBe(false);
  });

  it.each(['a\0b', 'a\uD800'])('refuses a cursor with text that no row has: %j', (text) => {
    const list = z.strictObject(pageQuery(z.string()));
    expect(list.safeParse({ cursor: encodeCursor(text) }).success).toBe(false);
    expect(list.safeParse({ cursor: encodeCursor('a\\u0000') }).success).toBe(true);
  });
});

const take = (all: readonly number[], after: number, limit: number) =>
  toPage(
    all.filter((n) => n > after).slice(0, limit + 1),
    limit,
    (n) => n,
    (n) => n,
  );

describe('a page', () => {
  it('is the last one when there is no row too many', () => {
    expect(take([1, 2, 3], 0, 3)).toEqual({ data: [1, 2, 3], next_cursor: null });
    expect(take([], 0, 3)).toEqual({ data: [], next_cursor: null });
  });

  it('names its last row when there are more', () => {
    expect(take([1, 2, 3, 4], 0, 3)).toEqual({ data: [1, 2, 3], next_cursor: encodeCursor(3) });
  });

  it('following the cursors meets every row once, in order', () => {
    const rows = fc.uniqueArray(fc.integer({ min: 1, max: 1_000 }), { maxLength: 40 });
    const number = z.strictObject(pageQuery(z.number()));
    fc.assert(
      fc.property(rows, fc.integer({ min: 1, max: 10 }), (unsorted, limit) => {
        const all = unsorted.toSorted((a, b) => a - b);
        const met: number[] = [];
        let cursor: string | null | undefined;
        do {
          const { cursor: after = 0 } = number.parse(cursor === undefined ? {} : { cursor });
          const next = take(all, after, limit);
          met.push(...next.data);
          cursor = next.next_cursor;
        } while (cursor !== null);
        expect(met).toEqual(all);
      }),
    );
  });

  it('has a schema', () => {
    const schema = page(z.number());
    expect(schema.parse({ data: [1], next_cursor: null })).toEqual({ data: [1], next_cursor: null });
    expect(schema.safeParse({ data: ['1'], next_cursor: null }).success).toBe(false);
  });
});
