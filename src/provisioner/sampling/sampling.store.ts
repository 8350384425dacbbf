import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { Database } from '../../platform/database.js';
import type { SampledInstance } from './resource-amounts.js';

const pageSize = 1_000;

const sampledRow = z.object({ id: z.string(), tenant_id: z.string(), blueprint: z.string(), namespace: z.string() });

/** The queries of sampling. */
@Injectable()
export class SamplingStore {
  constructor(private readonly database: Database) {}

  /** Every instance of a cluster that is not gone. */
  async instances(cluster: string, signal: AbortSignal): Promise<SampledInstance[]> {
    const all: SampledInstance[] = [];
    for (;;) {
      const after = all.at(-1)?.id;
      const rows = await this.database.read(
        (client) => {
          const query = client
            .from('instance_rows')
            .select('id, tenant_id, blueprint, namespace')
            .eq('cluster', cluster)
            .neq('status', 'deprovisioned')
            .order('id')
            .limit(pageSize);
          return after === undefined ? query : query.gt('id', after);
        },
        { signal },
      );
      for (const { tenant_id: tenantId, ...row } of z.array(sampledRow).parse(rows)) all.push({ ...row, tenantId });
      if (rows.length < pageSize) return all;
    }
  }

  /**
   * The periods before `until` that a sample taken now speaks for, two at most; each is given once, so this is never sent again.
   * @returns milliseconds since the epoch at which they began
   */
  async claimPeriods(cluster: string, until: Date, periodMs: number): Promise<number[]> {
    const answer = await this.database.rpc('resource_periods_claim', {
      p_cluster: cluster,
      p_until: until.toISOString(),
      p_period_ms: periodMs,
    });
    return z
      .array(z.string())
      .parse(answer)
      .map((start) => Date.parse(start));
  }
}
