import type { ClaimedTask } from '../../background-tasks/task.js';
import type { ClusterWatch } from '../../kubernetes/cluster-watch.js';
import type { SpawnedProgram } from '../../kubernetes/program-runner.js';
import type { Clock } from '../../platform/clock.js';
import type { AppliedRelease } from '../instances/instance.js';
import type { NamespaceActs } from './namespace-acts.service.js';
import type { Action } from './next-action.js';
import { type Observed, workloadKey } from './observed.js';
import type { Observer } from './observer.service.js';
import type { OperationsStore } from './operations.store.js';
import type { ActResult, ReleaseActs } from './release-acts.service.js';
import type { WorkOrder } from './work-order.js';

/** The parts of the product that an operation's work uses. */
export interface Tools {
  readonly store: OperationsStore;
  readonly observer: Observer;
  readonly watch: ClusterWatch;
  readonly releaseActs: ReleaseActs;
  readonly namespaceActs: NamespaceActs;
  readonly clock: Clock;
}

/** An action that changes something. */
export type Act = Exclude<Action, { kind: 'succeed' | 'fail' | 'wait' }>;

/** Carries out what was decided for one operation. */
export class OperationActs {
  constructor(
    private readonly task: ClaimedTask,
    private readonly order: WorkOrder,
    private readonly tools: Tools,
  ) {}

  /** @throws what the cluster's API or the database throws; what helm and kubectl say is in the result */
  async perform(act: Act, seen: Observed, signal: AbortSignal): Promise<ActResult> {
    const { order } = this;
    const { namespaceActs, releaseActs, store } = this.tools;
    const options = { signal, onSpawn: (child: SpawnedProgram) => this.hold(child) };
    switch (act.kind) {
      case 'prepare_namespace':
        return namespaceActs.prepare(order, order.instance.sealed_secrets, signal);
      case 'install_release':
        return releaseActs.install(order, options);
      case 'recover_release':
        return releaseActs.recover(order, act.revision, act.lastGoodRevision, options);
      case 'roll_back_release':
        await namespaceActs.prepare(order, order.operation.previous_spec?.sealed_secrets ?? null, signal);
        return releaseActs.rollBack(order, act.revision, options);
      case 'restore_namespace':
        return namespaceActs.prepare(order, order.operation.previous_spec?.sealed_secrets ?? null, signal);
      case 'scale_down':
        await store.rememberReplicas(this.task, this.replicasToRemember(seen));
        return namespaceActs.scaleDown(order, seen.workloads, options);
      case 'scale_up':
        return namespaceActs.scaleUp(
          order,
          seen.workloads,
          order.instance.stopped_replicas ?? this.appliedReplicas(),
          options,
        );
      case 'restart_workloads':
        return namespaceActs.restart(order, seen.workloads, options);
      case 'uninstall_release':
        return releaseActs.uninstall(order, options);
      case 'delete_namespace':
        return namespaceActs.deleteNamespace(order, options);
      case 'clear_namespace':
        return namespaceActs.clear(order, signal);
    }
  }

  /** What waiting alone would not bring: a corrected StatefulSet does not replace the pods of the revision that was broken. */
  async unblock(seen: Observed, signal: AbortSignal): Promise<void> {
    await this.tools.namespaceActs.replaceStuckPods(this.order, seen.workloads, signal);
  }

  /** The release as it now stands: what drift will be measured against. */
  async applied(seen: Observed, signal: AbortSignal): Promise<AppliedRelease | undefined> {
    if (seen.release === undefined) return undefined;
    const { namespace, release } = this.order.instance;
    const workloads = await this.tools.observer.workloadsOf(namespace, release, seen.release.revision, signal);
    return {
      revision: seen.release.revision,
      workloads: workloads.map(({ kind, name, replicas, images }) => ({ kind, name, replicas, images })),
    };
  }

  /** Live replicas win; what is at zero already keeps what was remembered, or what the release was written with. */
  private replicasToRemember(seen: Observed): Record<string, number> {
    const known = { ...this.appliedReplicas(), ...this.order.instance.stopped_replicas };
    for (const workload of seen.workloads) {
      if (workload.replicas > 0) known[workloadKey(workload)] = workload.replicas;
    }
    return known;
  }

  private appliedReplicas(): Record<string, number> {
    const workloads = this.order.instance.applied?.workloads ?? [];
    return Object.fromEntries(workloads.map((workload) => [workloadKey(workload), workload.replicas ?? 1]));
  }

  private hold(child: SpawnedProgram): void {
    this.tools.store.holdProgram(this.task, child).catch(() => {
      // The proof of its death is then its age; the next write notices a lost lease.
    });
  }
}
