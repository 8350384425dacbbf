import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { TaskWorker } from '../../background-tasks/task-worker.service.js';
import { type ClaimedTask, LeaseLost, type TaskEnd, type TaskSignals } from '../../background-tasks/task.js';
import { Programs } from '../../kubernetes/programs.js';
import { Cluster } from '../../kubernetes/cluster.js';
import { ClusterWatch } from '../../kubernetes/cluster-watch.js';
import { Clock } from '../../platform/clock.js';
import { TenantryError } from '../../platform/errors.js';
import { PlatformConfig } from '../../platform/platform.config.js';
import { nothingObserved } from '../instances/instance.js';
import { goalOf } from './goal.js';
import { InHand } from './in-hand.service.js';
import { NamespaceActs } from './namespace-acts.service.js';
import { Observer } from './observer.service.js';
import { endOf } from './operation-end.js';
import { failing } from './operation-failure.js';
import type { OperationError } from './operation.js';
import type { Tools } from './operation-acts.js';
import { OperationRun } from './operation-run.js';
import { OperationsStore } from './operations.store.js';
import { ReleaseActs } from './release-acts.service.js';
import { StepList } from './step-list.js';
import type { WorkOrder } from './work-order.js';

/** Attempts end by crashes, drains and faults of ours; failures of the cluster are tried again inside an attempt. */
const mostAttempts = 50;

/** Takes operations from the queue and works on them, on replicas with the role `worker`. */
@Injectable()
export class OperationsTask implements OnApplicationBootstrap {
  private readonly tools: Tools;

  constructor(
    private readonly worker: TaskWorker,
    private readonly programs: Programs,
    private readonly config: PlatformConfig,
    private readonly inHand: InHand,
    private readonly cluster: Cluster,
    store: OperationsStore,
    observer: Observer,
    watch: ClusterWatch,
    releaseActs: ReleaseActs,
    namespaceActs: NamespaceActs,
    clock: Clock,
  ) {
    this.tools = { store, observer, watch, releaseActs, namespaceActs, clock };
  }

  onApplicationBootstrap(): void {
    if (!this.config.roles.includes('worker')) return;
    this.worker.start(`operations:${this.cluster.name}`, (task, signals) => this.work(task, signals));
  }

  /** Claimed work of one operation: to its written end, or back to the queue. */
  private async work(task: ClaimedTask, signals: TaskSignals): Promise<TaskEnd> {
    const order = await this.tools.store.begin(task);
    if (order === undefined) return 'ended';
    const missing = await this.missingProgram();
    const hopeless =
      order.operation.attempts > mostAttempts
        ? failing('internal', 'the worker failed too often at this operation')
        : missing;
    if (hopeless !== undefined) return this.fail(task, order, hopeless);
    const { namespace } = order.instance;
    this.inHand.take(namespace);
    try {
      return await new OperationRun(task, signals, order, goalOf(order), this.tools).toTheEnd();
    } catch (error) {
      if (error instanceof LeaseLost || signals.stop.aborted) return 'unfinished';
      throw error;
    } finally {
      this.inHand.letGo(namespace);
    }
  }

  /** Asked before anything is made, so that a missing program leaves nothing half-made. */
  private async missingProgram(): Promise<OperationError | undefined> {
    try {
      await this.programs.ensureAvailable();
      return undefined;
    } catch (error) {
      if (error instanceof TenantryError && error.code === 'helm_missing')
        return failing('helm_missing', error.message);
      if (error instanceof TenantryError && error.code === 'kubectl_missing')
        return failing('kubectl_missing', error.message);
      throw error;
    }
  }

  private async fail(task: ClaimedTask, order: WorkOrder, error: OperationError): Promise<TaskEnd> {
    const steps = new StepList(order.operation.steps, this.tools.clock.now()).all();
    const end = endOf({ kind: 'fail', status: 'error', error }, order, nothingObserved, undefined, false);
    const { requested_by: actor, request_id } = order.operation;
    return this.tools.store.finish(task, { ...end, steps }, { actor, request_id });
  }
}
