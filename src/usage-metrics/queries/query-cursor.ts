import { createHash } from 'node:crypto';
import { z } from 'zod';
import { encodeCursor } from '../../platform/http/pagination.js';
import { boundary } from './usage-request.js';
import type { UsageQuery } from './usage-query.js';

/** Where a page ended: window, tenant, values of the dimensions. */
export const rowKey = z.tuple([z.int().nonnegative(), z.uuid().nullable(), z.array(z.string().nullable())]);
export type RowKey = z.infer<typeof rowKey>;

/** The range of the first page, which may have ended `now`; what was asked; and where the page before ended. */
export const queryCursor = z.tuple([boundary, boundary, z.string(), rowKey]);

export function cursorOf(query: UsageQuery, after: RowKey): string {
  return encodeCursor([query.from, query.to, digestOf(query), after] satisfies z.infer<typeof queryCursor>);
}

/** Text that is the same for the same question: a place in the answer to another one would mean nothing. */
export function digestOf({
  slug,
  from,
  to,
  windowSize,
  timeZone,
  subjects,
  bySubject,
  groupBy,
  filter,
}: UsageQuery): string {
  const question = [slug, from, to, windowSize ?? null, timeZone, subjects, bySubject, groupBy, Object.entries(filter)];
  return createHash('sha256').update(JSON.stringify(question)).digest('base64url').slice(0, 16);
}
