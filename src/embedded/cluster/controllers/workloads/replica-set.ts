import { claim } from '../claims.js';
import type { Context } from '../context.js';
import { itself, type Controller, type ObjectId, type Requeue } from '../controller.js';
import type { ReplicaSet } from '../kinds.js';
import { createOwnedPod, deleteOwnedPod, podFromTemplate } from '../owned-pods.js';
import { isTerminating } from '../ownership.js';
import { ownerOf } from '../owner-watch.js';
import type { Pod } from '../pod-kinds.js';
import { availableIn, isActive } from '../pods.js';
import { podsToDelete, replicaSetStatus, type Failure } from './replica-set-decisions.js';

const KEY = 'apps/replicasets';
const SOURCE = 'replicaset-controller';

/** Keeps as many pods of its template as the ReplicaSet asks for. */
export class ReplicaSetController implements Controller {
  readonly name = SOURCE;
  readonly watches: Controller['watches'];

  constructor(private readonly context: Context) {
    this.watches = { [KEY]: itself, '/pods': ownerOf(context.view, KEY, 'ReplicaSet') };
  }

  reconcile({ namespace, name }: ObjectId, requeue: Requeue): void {
    const { view, clock } = this.context;
    const set = view.get(KEY, namespace, name);
    if (set === undefined) return;
    const pods = claim(view, '/pods', set).filter((pod) => isActive(pod));
    const refusal = isTerminating(set) ? undefined : this.manage(set, pods);
    view.setStatus(KEY, set, replicaSetStatus(set, pods, refusal?.failure, clock));
    const waits = pods.map((pod) => availableIn(pod, set.spec.minReadySeconds, clock));
    const next = Math.min(...waits.filter((wait) => wait > 0));
    if (Number.isFinite(next)) requeue.after(next);
    if (refusal !== undefined) throw refusal.error;
  }

  /** Creates or deletes what the count asks for; stops at the first refusal, which it answers. */
  private manage(set: ReplicaSet, pods: readonly Pod[]): { failure: Failure; error: unknown } | undefined {
    const missing = (set.spec.replicas ?? 1) - pods.length;
    try {
      for (let i = 0; i < missing; i += 1) {
        const pod = podFromTemplate(set, set.spec.template, { generateName: `${set.metadata.name}-` });
        createOwnedPod(this.context, SOURCE, set, pod);
      }
      for (const pod of podsToDelete(pods, -missing)) deleteOwnedPod(this.context, SOURCE, set, pod);
    } catch (error) {
      const reason = missing > 0 ? 'FailedCreate' : 'FailedDelete';
      return { error, failure: { reason, message: error instanceof Error ? error.message : String(error) } };
    }
    return undefined;
  }
}
