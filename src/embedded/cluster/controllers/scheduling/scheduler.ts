import type { StoreEvent } from '../../store/object-store.js';
import { isOf } from '../cluster-view.js';
import { conditionOf, withCondition } from '../conditions.js';
import type { Context } from '../context.js';
import { idOf, type Controller, type Enqueue, type ObjectId } from '../controller.js';
import type { Condition } from '../common-kinds.js';
import { isTerminating } from '../ownership.js';
import type { Pod } from '../pod-kinds.js';
import { isFinished } from '../pods.js';
import { claimNamesOf } from '../storage/pod-claims.js';
import { claimsVerdict, SELECTED_NODE } from './claims-verdict.js';
import { hopelessMessage, misfits, unschedulableMessage, type Candidate } from './fit.js';
import { Ledger } from './ledger.js';

const SOURCE = 'default-scheduler';

/** Gives each pod a node that has room for it, or says why none has. */
export class Scheduler implements Controller {
  readonly name = SOURCE;
  readonly watches: Controller['watches'] = {
    '/pods': (event, enqueue) => this.podChanged(event, enqueue),
    '/nodes': (_event, enqueue) => this.retryAll(enqueue),
    '/persistentvolumeclaims': (event, enqueue) => this.retryAll(enqueue, event.object.metadata.namespace),
  };
  private readonly ledger = new Ledger();
  private readonly waiting = new Map<string, ObjectId>();

  constructor(private readonly context: Context) {
    for (const pod of context.view.list('/pods')) this.ledger.see(pod);
  }

  reconcile(id: ObjectId): void {
    const pod = this.context.view.get('/pods', id.namespace, id.name);
    this.waiting.delete(keyOf(id));
    if (pod === undefined || pod.spec.nodeName !== undefined || isTerminating(pod) || isFinished(pod)) return;
    if ((pod.spec.schedulerName ?? SOURCE) !== SOURCE) return;
    if ((pod.spec.schedulingGates ?? []).length > 0) {
      this.tell(pod, 'SchedulingGated', 'Scheduling is blocked due to non-empty scheduling gates');
      return;
    }
    this.place(pod, id);
  }

  private place(pod: Pod, id: ObjectId): void {
    const candidates = this.candidates();
    const claims = claimsVerdict(pod, this.context.view);
    if (claims.kind === 'hopeless') {
      this.refuse(pod, id, hopelessMessage(candidates.length, claims.reason));
      return;
    }
    const found = candidates.map((candidate) => ({ candidate, why: misfits(pod, candidate) }));
    const fitting = found.filter(({ why }) => why.length === 0).map(({ candidate }) => candidate);
    const chosen = fitting.sort((left, right) => left.taken.pods - right.taken.pods)[0];
    if (chosen === undefined) {
      const message =
        found.length === 0 ? 'no nodes available to schedule pods' : unschedulableMessage(found.map(({ why }) => why));
      this.refuse(pod, id, message);
      return;
    }
    if (claims.kind === 'provision') this.provision(pod, id, chosen.node.metadata.name);
    else this.bind(pod, chosen.node.metadata.name);
  }

  private candidates(): Candidate[] {
    const { view } = this.context;
    return view.list('/nodes').map((node) => {
      const { name } = node.metadata;
      const pods = () => view.list('/pods').filter((pod) => pod.spec.nodeName === name && !isFinished(pod));
      return { node, taken: this.ledger.takenOf(name), pods };
    });
  }

  /** Asks for the volumes of claims that waited for their first user; the pod follows when they are bound. */
  private provision(pod: Pod, id: ObjectId, node: string): void {
    const { view } = this.context;
    this.waiting.set(keyOf(id), id);
    for (const name of claimNamesOf(pod)) {
      const claim = view.get('/persistentvolumeclaims', pod.metadata.namespace, name);
      if (claim === undefined || claim.spec.volumeName !== undefined) continue;
      const annotations = { [SELECTED_NODE]: node, ...claim.metadata.annotations };
      view.update('/persistentvolumeclaims', { ...claim, metadata: { ...claim.metadata, annotations } });
    }
  }

  private bind(pod: Pod, node: string): void {
    const { view, clock, events } = this.context;
    const conditions = [...withCondition(pod.status?.conditions, scheduled(), clock.timestamp())];
    view.update('/pods', {
      ...pod,
      spec: { ...pod.spec, nodeName: node },
      status: { phase: 'Pending', ...pod.status, conditions },
    });
    const message = `Successfully assigned ${pod.metadata.namespace}/${pod.metadata.name} to ${node}`;
    events.record(SOURCE, pod, { type: 'Normal', reason: 'Scheduled', message });
  }

  private refuse(pod: Pod, id: ObjectId, message: string): void {
    this.waiting.set(keyOf(id), id);
    if (!this.tell(pod, 'Unschedulable', message)) return;
    this.context.events.record(SOURCE, pod, { type: 'Warning', reason: 'FailedScheduling', message });
  }

  /** Writes why the pod has no node; answers whether that is news. */
  private tell(pod: Pod, reason: string, message: string): boolean {
    const known = conditionOf(pod.status?.conditions, 'PodScheduled');
    if (known?.reason === reason && known.message === message) return false;
    const condition: Condition = { type: 'PodScheduled', status: 'False', lastProbeTime: null, reason, message };
    const conditions = [...withCondition(pod.status?.conditions, condition, this.context.clock.timestamp())];
    this.context.view.setStatus('/pods', pod, { phase: 'Pending', ...pod.status, conditions });
    return true;
  }

  private podChanged({ type, object, previous }: StoreEvent, enqueue: Enqueue): void {
    if (!isOf('/pods', object)) return;
    const freed = type === 'DELETED' ? this.ledger.release(object.metadata.uid) : this.ledger.see(object);
    if (type === 'DELETED') this.waiting.delete(keyOf(idOf(object)));
    if (freed) this.retryAll(enqueue);
    const news = previous === undefined || previous['spec'] !== object.spec;
    if (object.spec.nodeName === undefined && type !== 'DELETED' && news) enqueue(idOf(object));
  }

  private retryAll(enqueue: Enqueue, namespace?: string): void {
    for (const id of this.waiting.values()) {
      if (namespace === undefined || id.namespace === namespace) enqueue(id);
    }
  }
}

function scheduled(): Condition {
  return { type: 'PodScheduled', status: 'True', lastProbeTime: null };
}

function keyOf({ namespace, name }: ObjectId): string {
  return `${namespace ?? ''}/${name}`;
}
