import { Injectable } from '@nestjs/common';
import { Cluster } from '../../kubernetes/cluster.js';
import { ClusterWatch } from '../../kubernetes/cluster-watch.js';
import { Clock } from '../../platform/clock.js';
import { TenantryError } from '../../platform/errors.js';
import type { InstanceRow } from '../instances/instance-row.js';
import { instanceLabel } from '../operations/guards.js';
import { DriftService } from './drift.service.js';
import { type DriftScan, DriftStore, type DriftUpdate } from './drift.store.js';

const pageSize = 200;

/** What a scan has found so far. */
interface Tally {
  total: number;
  synced: number;
  errors: number;
  readonly updates: DriftUpdate[];
  readonly living: Set<string>;
  /** Set by the first row for which the cluster gave no answer: asking it for each of the others would only take long. */
  unreachable: boolean;
}

/** Looks at the whole fleet. */
@Injectable()
export class FleetScan {
  constructor(
    private readonly store: DriftStore,
    private readonly drift: DriftService,
    private readonly watch: ClusterWatch,
    private readonly cluster: Cluster,
    private readonly clock: Clock,
  ) {}

  /**
   * Looks at every instance: from the watches' memory, and with fresh reads where that shows a difference. Nothing is marked while the
   * cluster does not answer.
   * @throws TenantryError `cluster_unreachable` when the cluster was never seen yet
   */
  async run(signal: AbortSignal): Promise<DriftScan> {
    if (!this.watch.isSynced)
      throw new TenantryError('unavailable', 'cluster_unreachable', 'the cluster was not seen yet');
    const tally: Tally = { total: 0, synced: 0, errors: 0, updates: [], living: new Set(), unreachable: false };
    let after: string | undefined;
    do {
      const rows = await this.store.page(this.cluster.name, pageSize, after);
      await this.scanPage(rows, tally, signal);
      after = rows.length < pageSize ? undefined : rows.at(-1)?.id;
    } while (after !== undefined);
    const { total, synced, errors, updates, living } = tally;
    const scan = { total, synced, errors, updates, orphans: this.orphans(living) };
    await this.store.recordScan(scan);
    return { ...scan, scanned_at: this.clock.now().toISOString() };
  }

  /** What the newest scan found, on whichever replica. */
  async newest(): Promise<DriftScan> {
    const none = { total: 0, synced: 0, errors: 0, updates: [], orphans: [], scanned_at: null };
    return (await this.store.newestScan()) ?? none;
  }

  private async scanPage(rows: readonly InstanceRow[], tally: Tally, signal: AbortSignal): Promise<void> {
    const same: string[] = [];
    for (const row of rows) {
      signal.throwIfAborted();
      if (row.status !== 'deprovisioned') tally.living.add(row.id);
      else if (!this.hasLeftSomething(row)) continue;
      tally.total += 1;
      if (await this.scanRow(row, tally, signal)) same.push(row.id);
    }
    await this.store.unchanged(same);
  }

  /** True for a row that is as the watches show it, without a fresh read. */
  private async scanRow(row: InstanceRow, tally: Tally, signal: AbortSignal): Promise<boolean> {
    const same = this.watch.faults.size === 0 && !this.drift.differs(row);
    if (same || tally.unreachable) {
      tally[same ? 'synced' : 'errors'] += 1;
      return same;
    }
    try {
      const update = await this.drift.check(row, signal);
      if (update !== undefined) tally.updates.push(update);
      tally.synced += 1;
    } catch (error) {
      // One row that cannot be looked at is counted and does not stop the others; the next scan tries it again.
      tally.errors += 1;
      tally.unreachable = error instanceof TenantryError && error.code === 'cluster_unreachable';
    }
    return false;
  }

  private hasLeftSomething(row: InstanceRow): boolean {
    return row.drift_state === 'drifted' || this.watch.namespaceState(row.namespace).namespaceObject !== undefined;
  }

  /** Namespaces that carry an instance's label and belong to none that lives. */
  private orphans(living: ReadonlySet<string>): DriftScan['orphans'] {
    return this.watch.namespaces.flatMap((namespace) => {
      const id = this.watch.namespaceState(namespace).namespaceObject?.metadata.labels?.[instanceLabel];
      return id === undefined || living.has(id) ? [] : [{ namespace, instance_id: id }];
    });
  }
}
