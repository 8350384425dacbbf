import { createHash } from 'node:crypto';

import { bytesAnswer, type Answer } from '../http/answer.js';

/** A document that never changes while the process runs, with the ETag that clients cache it by. */
export interface CachedDocument {
  bytes: Buffer;
  etag: string;
}

export function cachedDocument(value: unknown): CachedDocument {
  const bytes = Buffer.from(JSON.stringify(value));
  return { bytes, etag: `"${hashOf(bytes)}"` };
}

/** The hash that names a document in ETags and in `?hash=`. */
export function hashOf(bytes: Buffer): string {
  return createHash('sha512').update(bytes).digest('hex').toUpperCase();
}

/** The document, or 304 when the client has it. */
export function conditionalAnswer(
  document: CachedDocument,
  ifNoneMatch: string | undefined,
  contentType: string,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  const all = { ETag: document.etag, Vary: 'Accept', ...headers };
  if (ifNoneMatch === document.etag) return { ...bytesAnswer(304, Buffer.alloc(0), all), contentType: '' };
  return { code: 200, body: document.bytes, contentType, headers: all };
}
