import { z } from 'zod';
import { integerText } from './schemas.js';

const usual = { defaultSize: 50, maxSize: 200, maxCursor: 1_024 };

/** Text that names the last row of a page, to be handed back unread: base64url of the row's sort key as JSON. */
export function encodeCursor(key: unknown): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url');
}

/** Undefined for what is none, and for text that Postgres cannot hold. */
function decodeCursor(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString(), (_key, value: unknown) => {
      if (typeof value === 'string' && (value.includes('\0') || !value.isWellFormed())) throw new Error('not text');
      return value;
    });
  } catch {
    return undefined;
  }
}

/**
 * The `limit` and `cursor` of a list, to spread into a route's `query`. `key` describes what the list is sorted by, such
 * as `z.tuple([instant, z.uuid()])`; the parsed cursor is that key, or undefined for the first page. Sizes are in items, the cursor's in
 * characters.
 */
export function pageQuery<K extends z.ZodType>(key: K, { defaultSize, maxSize, maxCursor } = usual) {
  const cursor = z
    .string()
    .max(maxCursor)
    .transform((text, context): z.output<K> => {
      const parsed = key.safeParse(decodeCursor(text));
      if (parsed.success) return parsed.data;
      context.addIssue({ code: 'custom', message: 'is not a cursor of this list' });
      return z.NEVER;
    });
  return {
    limit: integerText(1, maxSize)
      .default(defaultSize)
      .describe(`How many at most; ${defaultSize} unless told, at most ${maxSize}.`),
    cursor: cursor.optional().describe('The `next_cursor` of the page before.'),
  };
}

/** The answer of a list. */
export function page<S extends z.ZodType>(item: S) {
  return z.object({
    data: z.array(item),
    next_cursor: z.string().nullable().describe('For `?cursor=`; null on the last page.'),
  });
}

/** A page made of `limit + 1` rows at most: the one too many says that there are more. */
export function toPage<Row, Item>(
  rows: readonly Row[],
  limit: number,
  keyOf: (row: Row) => unknown,
  itemOf: (row: Row) => Item,
): { data: Item[]; next_cursor: string | null } {
  const shown = rows.slice(0, limit);
  const last = rows.length > limit ? shown.at(-1) : undefined;
  return { data: shown.map((row) => itemOf(row)), next_cursor: last === undefined ? null : encodeCursor(keyOf(last)) };
}
