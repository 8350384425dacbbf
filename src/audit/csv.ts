import type { TrailEntry } from './trail-entry.js';

const columns = [
  'id',
  'chain',
  'seq',
  'at',
  'actor',
  'credential',
  'address',
  'request_id',
  'action',
  'resource_type',
  'resource_id',
  'tenant_id',
  'before',
  'after',
  'expired_at',
  'hash',
] as const satisfies readonly (keyof TrailEntry)[];

/** RFC 4180: the names of the columns. */
export const csvHead = `${columns.join(',')}\r\n`;

export function csvRow(entry: TrailEntry): string {
  return `${columns.map((name) => csvCell(entry[name])).join(',')}\r\n`;
}

/**
 * One cell. Text that a spreadsheet would take for a formula begins with an apostrophe, as OWASP advises; also behind spaces, which
 * some of them skip.
 */
function csvCell(value: string | number | null): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const harmless = /^\s*[=+\-@\t\r\n＝＋－＠]/u.test(value) ? `'${value}` : value;
  return /["\r\n,']/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
