import type { KubeObject } from '../store/kube-object.js';
import type { ObjectStore } from '../store/object-store.js';
import { asNew, ClusterView } from './cluster-view.js';
import type { Context } from './context.js';
import { SystemControllerClock, type ControllerClock } from './controller-clock.js';
import { CronJobController } from './batch/cron-job.js';
import { JobController } from './batch/job.js';
import { Dispatcher } from './dispatcher.js';
import { EventRecorder } from './event-recorder.js';
import { Kubelet } from './kubelet/kubelet.js';
import { containerLogs, type LogOptions } from './kubelet/logs.js';
import { GarbageCollector } from './lifecycle/garbage-collector.js';
import { NamespaceContentController } from './lifecycle/namespace-content.js';
import { NamespaceController } from './lifecycle/namespaces.js';
import { nodeMetrics, podMetrics, type NodeMetrics, type PodMetrics } from './metrics.js';
import { EndpointsController } from './network/endpoints.js';
import { LoadBalancerController } from './network/load-balancers.js';
import { AutoscalerController } from './policy/autoscaler.js';
import { DisruptionController } from './policy/disruption.js';
import { DEFAULT_CAPACITY, nodeDrafts, type NodeCapacity } from './scheduling/nodes.js';
import { Scheduler } from './scheduling/scheduler.js';
import { defaultClassDraft } from './storage/storage-classes.js';
import { VolumeClaimController } from './storage/volume-claims.js';
import { VolumeReclaimController } from './storage/volume-reclaim.js';
import { DEFAULT_TIMING, type Timing } from './timing.js';
import { DaemonSetController } from './workloads/daemon-set.js';
import { DeploymentController } from './workloads/deployment.js';
import { ReplicaSetController } from './workloads/replica-set.js';
import { StatefulSetController } from './workloads/stateful-set.js';
import { WorkQueue, type ReportError } from './work-queue.js';

export interface ControllersOptions {
  clock?: ControllerClock;
  timing?: Partial<Timing>;
  /** puts a pod through admission and stores it; throws StatusError. Without it the store's own admission decides */
  createPod?: (pod: KubeObject) => KubeObject;
  /** of each of the three nodes */
  capacity?: Partial<NodeCapacity>;
  /** Events kept at most, whatever their age */
  eventsMax?: number;
  /** is told of faults of the controllers themselves; refusals by the API are no faults */
  report?: ReportError;
}

/** The running controllers. */
export interface Controllers {
  /** Leaves no timer and no subscription. */
  stop(): Promise<void>;
  /** Resolves when nothing is under way but deadlines, schedules and back-offs. */
  settled(): Promise<void>;
  /** The pretended output of a container; undefined when there is none such. Throws 400 for one that has not run. */
  logs(namespace: string, pod: string, container: string, options?: LogOptions): string | undefined;
  /** What metrics.k8s.io says of the running pods of a namespace, or of all. */
  podMetrics(namespace?: string): PodMetrics[];
  nodeMetrics(): NodeMetrics[];
}

/** Makes the nodes and the storage class where they are missing, and keeps the store's objects what they ask to be. */
export function startControllers(store: ObjectStore, options: ControllersOptions = {}): Controllers {
  const clock = options.clock ?? new SystemControllerClock();
  const timing = { ...DEFAULT_TIMING, ...options.timing };
  const view = new ClusterView(store);
  const events = new EventRecorder(store, clock, { ttlMs: timing.eventTtlMs, count: options.eventsMax ?? 10_000 });
  const create = options.createPod ?? ((pod: KubeObject) => store.create('/pods', pod));
  const context: Context = { view, clock, timing, events, createPod: (draft) => create(asNew(draft)) };
  prepare(view, { ...DEFAULT_CAPACITY, ...options.capacity }, clock.timestamp());
  const queue = new WorkQueue(clock, timing, options.report ?? warn);
  const stopDispatching = new Dispatcher(queue, controllersOf(context)).start(store);
  return {
    stop: () => {
      stopDispatching();
      queue.stop();
      events.stop();
      return Promise.resolve();
    },
    settled: () => queue.settled(),
    logs: (namespace, pod, container, logOptions = {}) => {
      const found = view.get('/pods', namespace, pod);
      return found === undefined ? undefined : containerLogs(found, container, logOptions, clock.now());
    },
    podMetrics: (namespace) => view.list('/pods', namespace).flatMap((pod) => podMetrics(pod, clock.timestamp()) ?? []),
    nodeMetrics: () => {
      const pods = view.list('/pods');
      return view.list('/nodes').map((node) => nodeMetrics(node, pods, clock.timestamp()));
    },
  };
}

function controllersOf(context: Context) {
  return [
    new DeploymentController(context),
    new ReplicaSetController(context),
    new StatefulSetController(context),
    new DaemonSetController(context),
    new JobController(context),
    new CronJobController(context),
    new Scheduler(context),
    new VolumeClaimController(context),
    new VolumeReclaimController(context),
    new Kubelet(context),
    new EndpointsController(context),
    new LoadBalancerController(context),
    new DisruptionController(context),
    new AutoscalerController(context),
    new NamespaceContentController(context),
    new NamespaceController(context),
    new GarbageCollector(context),
  ];
}

function prepare(view: ClusterView, capacity: NodeCapacity, now: string): void {
  for (const draft of nodeDrafts(capacity, now)) {
    if (view.get('/nodes', undefined, draft.metadata.name ?? '') === undefined) view.create('/nodes', draft);
  }
  if (view.list('storage.k8s.io/storageclasses').length === 0) {
    view.create('storage.k8s.io/storageclasses', defaultClassDraft());
  }
}

const warn: ReportError = (error, controller, { namespace, name }) => {
  const cause = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.emitWarning(`${controller} failed on ${namespace ?? ''}/${name}: ${cause}`);
};
