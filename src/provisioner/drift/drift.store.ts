import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { Database } from '../../platform/database.js';
import { rowInstant } from '../../platform/rows.js';
import {
  type DriftFinding,
  driftReasons,
  type InstanceStatus,
  instanceStatuses,
  type ObservedState,
} from '../instances/instance.js';
import { instanceRow, type InstanceRow } from '../instances/instance-row.js';

const observeOutcome = z.object({
  outcome: z.enum(['not_found', 'busy', 'stale', 'illegal_state', 'changed', 'recorded']),
});
export type ObserveOutcome = z.infer<typeof observeOutcome>['outcome'];

/** What a scan of the fleet found. `errors` counts rows that could not be looked at. */
export const driftScan = z
  .object({
    total: z.number().int(),
    synced: z.number().int(),
    errors: z.number().int(),
    updates: z.array(
      z.object({
        instance_id: z.uuid(),
        old_status: z.enum(instanceStatuses),
        new_status: z.enum(instanceStatuses),
        reason: z.enum(driftReasons).nullable(),
      }),
    ),
    orphans: z
      .array(z.object({ namespace: z.string(), instance_id: z.string() }))
      .describe('Namespaces that carry an instance label of no living instance. They are only reported.'),
    scanned_at: z.iso.datetime().nullable(),
  })
  .meta({ id: 'DriftScan' });
export type DriftScan = z.infer<typeof driftScan>;
export type DriftUpdate = DriftScan['updates'][number];

export interface Seen {
  readonly status: InstanceStatus;
  readonly status_reason: string | null;
  readonly observed: ObservedState;
  readonly drift_state: 'none' | 'drifted' | 'unknown';
  readonly drift_findings: readonly DriftFinding[];
}

const scanRow = z.object({ at: rowInstant, result: driftScan.omit({ scanned_at: true }) });

/** Every query about drift. */
@Injectable()
export class DriftStore {
  constructor(private readonly database: Database) {}

  /** Writes what was seen, unless an operation is at work or the row changed since it was read. */
  async observe(row: InstanceRow, seen: Seen): Promise<ObserveOutcome> {
    const answer = await this.database.rpc('instance_observe', {
      p_id: row.id,
      p_row_version: row.row_version,
      p_seen: z.json().parse(seen),
    });
    return observeOutcome.parse(answer).outcome;
  }

  /** Says of many instances that they were seen to be as their rows say. */
  async unchanged(ids: readonly string[]): Promise<void> {
    if (ids.length > 0) await this.database.rpc('instances_unchanged', { p_ids: [...ids] }, { idempotent: true });
  }

  /** The living instance of a namespace. */
  async findByNamespace(cluster: string, namespace: string): Promise<InstanceRow | undefined> {
    const rows = await this.database.read((client) =>
      client
        .from('instance_rows')
        .select('*')
        .eq('cluster', cluster)
        .eq('namespace', namespace)
        .neq('status', 'deprovisioned')
        .limit(1),
    );
    return z.array(instanceRow).parse(rows)[0];
  }

  /** Instances of a cluster by id, after the given one; those that were uninstalled too. */
  async page(cluster: string, limit: number, after: string | undefined): Promise<InstanceRow[]> {
    const rows = await this.database.read((client) => {
      const query = client.from('instance_rows').select('*').eq('cluster', cluster).order('id').limit(limit);
      return after === undefined ? query : query.gt('id', after);
    });
    return z.array(instanceRow).parse(rows);
  }

  async recordScan(scan: Omit<DriftScan, 'scanned_at'>): Promise<void> {
    await this.database.rpc('drift_scan_record', { p_result: z.json().parse(scan) });
  }

  async newestScan(): Promise<DriftScan | undefined> {
    const rows = await this.database.read((client) =>
      client.from('drift_scans').select('at, result').order('id', { ascending: false }).limit(1),
    );
    const newest = z.array(scanRow).parse(rows)[0];
    return newest === undefined ? undefined : { ...newest.result, scanned_at: newest.at };
  }
}
