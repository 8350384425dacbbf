import { z } from 'zod';
import { TenantryError } from '../errors.js';

/** For a route's `headers`: `z.object(ifMatch)`. Absent means that the caller does not care. */
export const ifMatch = {
  'if-match': z
    .string()
    .max(1_024)
    .optional()
    .describe('The etag that the resource must still have; `*` is any. Answers 412 when it has another.'),
};

/** The etag of a row: its version, which grows with each change. Stands in the resource's `etag` member. */
export function etagOfVersion(version: number | string): string {
  return `v${version}`;
}

/** An etag as the header writes it, in quotes. */
export function etagHeader(etag: string): string {
  return `"${etag}"`;
}

/**
 * Compares `If-Match` with what a resource has now. Etags count with and without quotes, alone or in a list.
 * @throws TenantryError `precondition_failed` (412), with the current etag, when none of them matches.
 */
export function assertIfMatch(header: string | undefined, current: string): void {
  if (header === undefined) return;
  const wanted = header.split(',').map((part) => part.trim().replace(/^(?:W\/)?"?(.*?)"?$/, '$1'));
  if (wanted.includes('*') || wanted.includes(current)) return;
  throw new TenantryError('precondition_failed', 'precondition_failed', 'The resource has changed since.', {
    members: { etag: current },
  });
}
