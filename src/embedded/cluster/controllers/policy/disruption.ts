import type { KubeObject } from '../../store/kube-object.js';
import type { StoreEvent } from '../../store/object-store.js';
import { keyOfObject } from '../../store/resource-types.js';
import { numberAt } from '../../store/fields.js';
import { isOf } from '../cluster-view.js';
import type { Context } from '../context.js';
import { idOf, itself, type Controller, type Enqueue, type ObjectId } from '../controller.js';
import { controllerOf, isTerminating } from '../ownership.js';
import type { Pod } from '../pod-kinds.js';
import { isFinished, isReady } from '../pods.js';
import { selects } from '../selectors.js';
import { budgetStatus } from './disruption-decisions.js';

const KEY = 'policy/poddisruptionbudgets';

/** Counts for each budget how many of its pods may go. */
export class DisruptionController implements Controller {
  readonly name = 'disruption-controller';
  readonly watches: Controller['watches'] = {
    [KEY]: itself,
    '/pods': (event, enqueue) => this.podChanged(event, enqueue),
  };

  constructor(private readonly context: Context) {}

  reconcile({ namespace, name }: ObjectId): void {
    const { view, clock } = this.context;
    const budget = view.get(KEY, namespace, name);
    if (budget === undefined || isTerminating(budget)) return;
    const pods = view
      .list('/pods', namespace)
      .filter((pod) => selects(budget.spec.selector, pod.metadata.labels) && !isFinished(pod));
    const healthy = pods.filter((pod) => isReady(pod) && !isTerminating(pod)).length;
    const counts = { expected: this.expected(pods), pods: pods.length, healthy };
    view.setStatus(KEY, budget, budgetStatus(budget, counts, clock.timestamp()));
  }

  /** The replicas that the pods' controllers ask for; a pod without one counts for itself. */
  private expected(pods: readonly Pod[]): number {
    const replicas = new Map<string, number>();
    for (const pod of pods) {
      const owner = this.scaled(pod);
      replicas.set(
        owner?.metadata.uid ?? pod.metadata.uid,
        owner === undefined ? 1 : (numberAt(owner, 'spec', 'replicas') ?? 1),
      );
    }
    return [...replicas.values()].reduce((total, count) => total + count, 0);
  }

  /** A ReplicaSet of a Deployment is scaled by that. */
  private scaled(pod: Pod): KubeObject | undefined {
    const owner = this.ownerOf(pod);
    if (owner?.kind !== 'ReplicaSet') return owner;
    return this.ownerOf(owner) ?? owner;
  }

  private ownerOf(object: KubeObject): KubeObject | undefined {
    const reference = controllerOf(object);
    const key = reference === undefined ? undefined : keyOfObject(reference);
    if (reference === undefined || key === undefined) return undefined;
    return this.context.view.store.get(key, object.metadata.namespace, reference.name);
  }

  private podChanged({ type, object, previous }: StoreEvent, enqueue: Enqueue): void {
    if (!isOf('/pods', object)) return;
    const before = previous !== undefined && isOf('/pods', previous) ? previous : undefined;
    const relabelled = before?.metadata.labels !== object.metadata.labels;
    if (type === 'MODIFIED' && before !== undefined && !relabelled && health(before) === health(object)) return;
    for (const budget of this.context.view.list(KEY, object.metadata.namespace)) {
      const { selector } = budget.spec;
      const concerned = selects(selector, object.metadata.labels) || selects(selector, before?.metadata.labels);
      if (concerned) enqueue(idOf(budget));
    }
  }
}

function health(pod: Pod): string {
  return `${isReady(pod)} ${isTerminating(pod)} ${isFinished(pod)}`;
}
