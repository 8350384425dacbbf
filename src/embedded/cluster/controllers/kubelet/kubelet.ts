import type { StoreEvent } from '../../store/object-store.js';
import type { Context } from '../context.js';
import { idOf, type Controller, type Enqueue, type ObjectId, type Requeue } from '../controller.js';
import { isOf } from '../cluster-view.js';
import { isTerminating } from '../ownership.js';
import type { Pod } from '../pod-kinds.js';
import { isFinished } from '../pods.js';
import { PodAddresses } from './addresses.js';
import { hangsAtTermination } from './faults.js';
import { stepPod, type PodMemory } from './pod-step.js';
import { finalStatus } from './termination.js';

const SOURCE = 'kubelet';

/** Pretends to run the pods of all nodes: no process is ever started. */
export class Kubelet implements Controller {
  readonly name = SOURCE;
  readonly watches: Controller['watches'] = {
    '/pods': (event, enqueue) => this.podChanged(event, enqueue),
    '/configmaps': (event, enqueue) => this.sourceAppeared(event, enqueue),
    '/secrets': (event, enqueue) => this.sourceAppeared(event, enqueue),
  };
  /** by uid, only of pods that are on their way somewhere */
  private readonly memories = new Map<string, PodMemory>();
  private readonly endingSince = new Map<string, number>();
  /** by namespace: pods that wait for a ConfigMap or a Secret */
  private readonly blocked = new Map<string, Set<string>>();
  private readonly addresses: PodAddresses;

  constructor(private readonly context: Context) {
    this.addresses = new PodAddresses(context.view.list('/pods'));
  }

  reconcile({ namespace = '', name }: ObjectId, requeue: Requeue): void {
    const pod = this.context.view.get('/pods', namespace, name);
    this.blocked.get(namespace)?.delete(name);
    if (pod?.spec.nodeName === undefined) return;
    if (isTerminating(pod)) this.terminate(pod, requeue);
    else if (!isFinished(pod)) this.goOn(pod, requeue);
  }

  private goOn(pod: Pod, requeue: Requeue): void {
    const { view, clock, timing } = this.context;
    const { uid, namespace = '', name } = pod.metadata;
    const memory: PodMemory = this.memories.get(uid) ?? new Map();
    const { status, events, wait, blocked } = stepPod(pod, memory, {
      now: clock.now(),
      timing,
      lookup: (source, wanted) => view.store.get(source, namespace, wanted),
      podIP: () => this.addresses.next(),
      hostIP: this.hostOf(pod),
    });
    if (wait !== undefined || blocked) this.memories.set(uid, memory);
    else this.memories.delete(uid);
    if (wait !== undefined) requeue.after(wait.ms, wait);
    if (blocked) this.block(namespace, name);
    view.setStatus('/pods', pod, status);
    for (const occurrence of events) this.context.events.record(SOURCE, pod, occurrence);
  }

  private hostOf(pod: Pod): string {
    const node = this.context.view.get('/nodes', undefined, pod.spec.nodeName ?? '');
    return node?.status?.addresses?.find(({ type }) => type === 'InternalIP')?.address ?? '10.0.0.1';
  }

  /** Ends a pod within its grace, or at the end of it when it hangs; a finalizer then still holds the object. */
  private terminate(pod: Pod, requeue: Requeue): void {
    const { view, clock, timing, events } = this.context;
    const { uid, deletionGracePeriodSeconds = 0, finalizers = [] } = pod.metadata;
    const since = this.endingSince.get(uid) ?? clock.now();
    if (!this.endingSince.has(uid)) {
      for (const { name } of pod.spec.containers) {
        const fieldPath = `spec.containers{${name}}`;
        events.record(SOURCE, pod, {
          type: 'Normal',
          reason: 'Killing',
          message: `Stopping container ${name}`,
          fieldPath,
        });
      }
      this.endingSince.set(uid, since);
    }
    const grace = deletionGracePeriodSeconds * 1000;
    const hangs = hangsAtTermination(pod);
    const left = since + (hangs ? grace : Math.min(grace, timing.terminationMs)) - clock.now();
    if (left > 0) {
      requeue.after(left, { background: hangs });
      return;
    }
    if (finalizers.length > 0 && !isFinished(pod)) view.setStatus('/pods', pod, finalStatus(pod, clock.timestamp()));
    if (deletionGracePeriodSeconds > 0) view.delete('/pods', pod, { gracePeriodSeconds: 0 });
  }

  private podChanged({ type, object, previous }: StoreEvent, enqueue: Enqueue): void {
    const { uid, namespace = '', name } = object.metadata;
    if (type === 'DELETED') {
      this.memories.delete(uid);
      this.endingSince.delete(uid);
      this.blocked.get(namespace)?.delete(name);
      return;
    }
    if (!isOf('/pods', object) || object.spec.nodeName === undefined) return;
    if (previous === undefined || !isOf('/pods', previous) || asksForMore(previous, object)) enqueue(idOf(object));
  }

  private block(namespace: string, name: string): void {
    const names = this.blocked.get(namespace) ?? new Set();
    this.blocked.set(namespace, names.add(name));
  }

  private sourceAppeared({ type, object }: StoreEvent, enqueue: Enqueue): void {
    const { namespace = '' } = object.metadata;
    const waiting = this.blocked.get(namespace);
    if (waiting === undefined || type === 'DELETED') return;
    this.blocked.delete(namespace);
    for (const name of waiting) enqueue({ namespace, name });
  }
}

/** Whether a change asks something of the kubelet; what only changes the status was written by it. */
function asksForMore({ spec, metadata }: Pod, next: Pod): boolean {
  return (
    spec !== next.spec ||
    metadata.annotations !== next.metadata.annotations ||
    metadata.deletionTimestamp !== next.metadata.deletionTimestamp ||
    metadata.deletionGracePeriodSeconds !== next.metadata.deletionGracePeriodSeconds
  );
}
