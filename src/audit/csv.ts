import { csvLine } from '../platform/csv.js';
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

/** The names of the columns. */
export const csvHead = csvLine(columns);

export function csvRow(entry: TrailEntry): string {
  return csvLine(columns.map((name) => entry[name]));
}
