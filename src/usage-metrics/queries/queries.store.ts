import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { Database } from '../../platform/database.js';
import { idsWithin, type Reach } from '../../platform/reach.js';
import { type RowKey, rowKey } from './query-cursor.js';
import type { UsageQuery } from './usage-query.js';

/** Window, tenant, values of the dimensions as they were asked for, decimal. */
export type CountedRow = readonly [number, string | null, readonly (string | null)[], string];

// By hand: zod makes several objects for each of up to 10,000 rows.
const countedRows = z.custom<readonly CountedRow[]>((rows) => Array.isArray(rows) && rows.every(isCountedRow));

const dimensions = z.array(z.string());

const outcome = z.discriminatedUnion('outcome', [
  z.object({
    outcome: z.literal('rows'),
    rows: countedRows,
    next: rowKey.nullable(),
    dimensions,
    slugs: z.record(z.string(), z.string()),
  }),
  z.object({ outcome: z.literal('raw_expired'), kept_from: z.string(), dimensions }),
  z.object({ outcome: z.literal('versions_differ'), dimensions }),
  z.object({ outcome: z.literal('meter_not_found') }),
]);

/** The rows of counts. */
@Injectable()
export class QueriesStore {
  constructor(private readonly database: Database) {}

  async query(
    asked: UsageQuery,
    reach: Reach,
    page: { readonly limit: number; readonly after: RowKey | undefined },
  ): Promise<z.infer<typeof outcome>> {
    const answer = await this.database.rpc(
      'usage_query',
      {
        p_query: {
          slug: asked.slug,
          reach: idsWithin(reach) ?? null,
          tenants: asked.subjects.length > 0 ? asked.subjects : null,
          bounds: asked.bounds,
          group_by: asked.groupBy,
          by_subject: asked.bySubject,
          filter: asked.filter,
          limit: page.limit,
          after: page.after ?? null,
        },
      },
      { idempotent: true },
    );
    return outcome.parse(answer);
  }
}

function isCountedRow(row: unknown): row is CountedRow {
  if (!isArray(row) || row.length !== 4) return false;
  const [window, tenant, values, decimal] = row;
  return (
    Number.isInteger(window) &&
    isTextOrNull(tenant) &&
    isArray(values) &&
    values.every(isTextOrNull) &&
    typeof decimal === 'string'
  );
}

// Its own type lets everything through that the array holds.
const isArray: (value: unknown) => value is unknown[] = Array.isArray;

function isTextOrNull(value: unknown): value is string | null {
  return value === null || typeof value === 'string';
}
