import type { KubeObject } from '../store/kube-object.js';
import type { ObjectStore } from '../store/object-store.js';
import { asNew, ClusterView } from './cluster-view.js';
import type { Context } from './context.js';
import { SystemControllerClock, type ControllerClock } from './controller-clock.js';
import { Dispatcher } from './dispatcher.js';
import { EventRecorder } from './event-recorder.js';
import { Kubelet } from './kubelet/kubelet.js';
import { containerLogs, type LogOptions } from './kubelet/logs.js';
import { DEFAULT_CAPACITY, nodeDrafts, type NodeCapacity } from './scheduling/nodes.js';
import { Scheduler } from './scheduling/scheduler.js';
import { defaultClassDraft } from './storage/storage-classes.js';
import { DEFAULT_TIMING, type Timing } from './timing.js';
import { DeploymentController } from './workloads/deployment.js';
import { ReplicaSetController } from './workloads/replica-set.js';
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
  /** The pretended output of a container, each line ended; undefined when there is no such run of it. */
  logs(namespace: string, pod: string, container: string, options?: LogOptions): string | undefined;
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
  };
}

function controllersOf(context: Context) {
  return [
    new DeploymentController(context),
    new ReplicaSetController(context),
    new Scheduler(context),
    new Kubelet(context),
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
