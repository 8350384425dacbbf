import { createHash } from 'node:crypto';

/** What the first row of a chain, and the first checkpoint, follow. */
export const nothingBefore = '0'.repeat(64);

/**
 * Fields as the text that is hashed and signed: null is `-`, text is its length in bytes of UTF-8, a colon, and itself. No two lists of
 * fields give the same text. `public.audit_encode` does the same.
 */
export function encodeFields(fields: readonly (string | null)[]): string {
  return fields.map((field) => (field === null ? '-' : `${Buffer.byteLength(field)}:${field}`)).join('');
}

/** SHA-256 of a text in UTF-8: 64 hex digits. */
export function sha256Hex(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}
