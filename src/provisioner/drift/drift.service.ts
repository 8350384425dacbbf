import { Injectable, Logger } from '@nestjs/common';
import { bySystem } from '../../audit/change-context.js';
import { TaskWorker } from '../../background-tasks/task-worker.service.js';
import { Cluster } from '../../kubernetes/cluster.js';
import { ClusterWatch } from '../../kubernetes/cluster-watch.js';
import type { NamespaceState } from '../../kubernetes/namespace-state.js';
import { Clock } from '../../platform/clock.js';
import { TenantryError } from '../../platform/errors.js';
import { newId } from '../../platform/ids.js';
import { runBeyondRequest } from '../../platform/request-context.js';
import type { Blueprint } from '../blueprints/blueprint.js';
import { BlueprintsService } from '../blueprints/blueprints.service.js';
import { instanceLabel } from '../operations/guards.js';
import type { DriftFinding, InstanceStatus } from '../instances/instance.js';
import type { InstanceRow } from '../instances/instance-row.js';
import { InstancesStore } from '../instances/instances.store.js';
import { ChangeAuthor } from './change-author.service.js';
import { DriftStore, type DriftUpdate, type ObserveOutcome } from './drift.store.js';
import { type Judgement, judge } from './judge.js';
import { repairPauseMs } from './repair-pause.js';

/** Pods come and go in a healthy rollout; what is unready for less time is no degradation. */
const unreadyGraceMs = 5_000;

/** The states in which no operation has the instance in hand. */
const settledStatuses: ReadonlySet<InstanceStatus> = new Set(['running', 'degraded', 'stopped', 'error']);

/** What was seen longer ago is looked at again when somebody reads it. */
const oldAfterMs = 30_000;

/** The drift of one instance as the API shows it. */
export interface InstanceDrift {
  readonly state: 'none' | 'drifted' | 'unknown';
  readonly checked_at: string | null;
  readonly findings: DriftFinding[];
}

/** Finds differences between rows and cluster, writes them down, and asks for repairs where blueprints say so. */
@Injectable()
export class DriftService {
  private readonly logger = new Logger(DriftService.name);
  private readonly refreshing = new Set<string>();
  /** Since when an instance that should be running has been unready, without any other difference. */
  private readonly unreadySince = new Map<string, number>();

  constructor(
    private readonly store: DriftStore,
    private readonly instances: InstancesStore,
    private readonly blueprints: BlueprintsService,
    private readonly watch: ClusterWatch,
    private readonly authors: ChangeAuthor,
    private readonly cluster: Cluster,
    private readonly worker: TaskWorker,
    private readonly clock: Clock,
  ) {}

  /**
   * Looks at one instance with fresh reads and writes down what it finds. Does nothing to an instance that an operation works on.
   * @throws TenantryError `cluster_unreachable`
   */
  async check(row: InstanceRow, signal?: AbortSignal): Promise<DriftUpdate | undefined> {
    // Of an instance on another cluster, this one can say nothing.
    if (row.cluster !== this.cluster.name) return undefined;
    const live = await this.watch.readNamespace(row.namespace, signal);
    const judged = this.settle(row, judge(row, ownOnly(row, live), live.readAt));
    const blueprint = await this.blueprints.find(row.blueprint, row.blueprint_version);
    const mode = blueprint?.drift.mode ?? 'warn';
    const findings = mode === 'off' ? [] : await this.findings(row, judged);
    const outcome = await this.store.observe(row, {
      status: judged.status,
      status_reason: reasonOf(row, judged),
      observed: judged.observed,
      drift_state: driftStateOf(mode, findings),
      drift_findings: findings,
    });
    if (mode === 'repair' && findings.length > 0) await this.askRepair(row, outcome);
    if (outcome !== 'changed' || (judged.status === row.status && judged.reason === null)) return undefined;
    return { instance_id: row.id, old_status: row.status, new_status: judged.status, reason: judged.reason };
  }

  /** Looks at the instance of a namespace in which something changed. False: look again later, it is unready and may be about to recover. */
  async checkNamespace(namespace: string, signal: AbortSignal): Promise<boolean> {
    const row = await this.store.findByNamespace(this.cluster.name, namespace);
    // What changes while an operation is at work is that operation's doing; if its end is never written, the sweep looks.
    if (row !== undefined && settledStatuses.has(row.status) && this.differs(row)) await this.check(row, signal);
    return row === undefined || !this.unreadySince.has(row.id);
  }

  /** What was found last. @throws TenantryError `instance_not_found` */
  async ofInstance(id: string): Promise<InstanceDrift> {
    const row = await this.row(id);
    return { state: row.drift_state, checked_at: row.drift_checked_at, findings: row.drift_findings };
  }

  /** Looks now, with fresh reads, and says what was found. @throws TenantryError `instance_not_found`, `cluster_unreachable` */
  async checkInstance(id: string): Promise<InstanceDrift> {
    await this.check(await this.row(id));
    return this.ofInstance(id);
  }

  /** Starts a look at an instance that was not seen for a while: once per instance, however many read it. */
  refreshIfOld(id: string, syncedAt: string | null): void {
    const old = syncedAt === null || this.clock.now().getTime() - Date.parse(syncedAt) > oldAfterMs;
    if (!old || this.refreshing.has(id)) return;
    this.refreshing.add(id);
    runBeyondRequest(() => this.checkInstance(id))
      .catch((error: unknown) =>
        this.logger.warn({ err: error, instance_id: id }, 'a refresh failed; the sweep tries again'),
      )
      .finally(() => this.refreshing.delete(id));
  }

  private async row(id: string): Promise<InstanceRow> {
    const row = await this.instances.find(id);
    if (row === undefined) throw new TenantryError('not_found', 'instance_not_found', 'there is no such instance');
    return row;
  }

  /** Whether the watches' memory disagrees with the row; costs no request. */
  differs(row: InstanceRow): boolean {
    const live = ownOnly(row, this.watch.namespaceState(row.namespace));
    const judged = judge(row, live, this.clock.now());
    const settled = judged.status === row.status && judged.differences.length === 0;
    if (settled) this.unreadySince.delete(row.id);
    return !settled || row.drift_state !== 'none' || row.drift_findings.length > 0;
  }

  private settle(row: InstanceRow, judged: Judgement): Judgement {
    if (judged.reason !== 'status_mismatch' || row.status !== 'running') {
      this.unreadySince.delete(row.id);
      return judged;
    }
    const now = this.clock.now().getTime();
    const since = this.unreadySince.get(row.id) ?? now;
    this.unreadySince.set(row.id, since);
    return now - since >= unreadyGraceMs ? judged : { ...judged, status: row.status, reason: null };
  }

  private async findings(row: InstanceRow, judged: Judgement): Promise<DriftFinding[]> {
    const now = this.clock.now().toISOString();
    return Promise.all(
      judged.differences.map(async (found) => {
        const before = row.drift_findings.find(
          (known) =>
            known.kind === found.kind &&
            known.name === found.name &&
            known.path === found.path &&
            known.reason === found.reason,
        );
        const changed_by = before?.changed_by ?? (await this.authors.of(found));
        return { ...found, changed_by, detected_at: before?.detected_at ?? now };
      }),
    );
  }

  private async askRepair(row: InstanceRow, outcome: ObserveOutcome): Promise<void> {
    if (row.desired_state === 'absent' || outcome === 'busy' || outcome === 'stale') return;
    const asked = await this.instances.askRepair(row.id, newId(), repairPauseMs(row.repair_attempts), bySystem);
    if (asked.outcome === 'accepted') this.worker.wake();
  }
}

/** What a namespace holds counts for an instance only when the namespace carries its label. */
function ownOnly(row: InstanceRow, live: NamespaceState): NamespaceState {
  if (live.namespaceObject?.metadata.labels?.[instanceLabel] === row.id) return live;
  return { ...live, objects: [], releases: [] };
}

/** An instance in error keeps the reason that an operation gave, until it is something else. */
function reasonOf(row: InstanceRow, judged: Judgement): string | null {
  return judged.status === row.status && row.status === 'error' ? row.status_reason : judged.reason;
}

function driftStateOf(
  mode: Blueprint['drift']['mode'],
  findings: readonly DriftFinding[],
): 'none' | 'drifted' | 'unknown' {
  if (mode === 'off') return 'unknown';
  return findings.length > 0 ? 'drifted' : 'none';
}
