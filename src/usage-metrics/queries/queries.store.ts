import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { Database } from '../../platform/database.js';
import { idsWithin, type Reach } from '../../platform/reach.js';
import { type RowKey, rowKey } from './query-cursor.js';
import type { UsageQuery } from './usage-query.js';

/** Window, tenant, dimensions, decimal. */
const row = z.tuple([
  z.int().nonnegative(),
  z.string().nullable(),
  z.record(z.string(), z.string().nullable()),
  z.string(),
]);
export type CountedRow = z.infer<typeof row>;

const outcome = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('rows'), rows: z.array(row), next: rowKey.nullable() }),
  z.object({ outcome: z.literal('raw_expired'), kept_from: z.string() }),
  z.object({ outcome: z.enum(['meter_not_found', 'versions_differ']) }),
]);

/** The rows of counts. */
@Injectable()
export class QueriesStore {
  constructor(private readonly database: Database) {}

  /** @param bounds of the windows: n + 1 ascending instants for n of them */
  async query(
    asked: UsageQuery,
    bounds: readonly string[],
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
          bounds,
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
