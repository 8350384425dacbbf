import type { StoreEvent } from '../../store/object-store.js';
import { claim } from '../claims.js';
import type { Context } from '../context.js';
import { idOf, itself, type Controller, type Enqueue, type ObjectId, type Requeue } from '../controller.js';
import type { ControllerRevision, StatefulSet } from '../kinds.js';
import { isTerminating } from '../ownership.js';
import { ownerOf } from '../owner-watch.js';
import type { Pod } from '../pod-kinds.js';
import { availableIn } from '../pods.js';
import { keepRevisions, truncateHistory } from './revisions.js';
import { claimDrafts, claimName, claimOwner, statefulPod } from './stateful-pods.js';
import {
  partition,
  revisionOf,
  statefulActions,
  statefulStatus,
  type StatefulAction,
  type StatefulView,
} from './stateful-set-decisions.js';

const KEY = 'apps/statefulsets';
const CLAIMS = '/persistentvolumeclaims';
const SOURCE = 'statefulset-controller';

/** Keeps numbered pods with claims of their own, one after the other. */
export class StatefulSetController implements Controller {
  readonly name = SOURCE;
  readonly watches: Controller['watches'];

  constructor(private readonly context: Context) {
    this.watches = {
      [KEY]: itself,
      '/pods': ownerOf(context.view, KEY, 'StatefulSet'),
      [CLAIMS]: (event, enqueue) => this.claimGone(event, enqueue),
    };
  }

  reconcile({ namespace, name }: ObjectId, requeue: Requeue): void {
    const { view, clock } = this.context;
    const set = view.get(KEY, namespace, name);
    if (set === undefined) return;
    const { all, update } = keepRevisions(view, set, 'controller.kubernetes.io/hash');
    const current = all.find((revision) => revision.metadata.name === set.status?.currentRevision) ?? update;
    const seen: StatefulView = { set, pods: claim(view, '/pods', set), current, update, clock };
    this.keepClaimOwners(seen);
    try {
      for (const action of statefulActions(seen)) this.act(set, action);
    } finally {
      const after = { ...seen, pods: claim(view, '/pods', set) };
      view.setStatus(KEY, set, statefulStatus(after));
      this.forgetRevisions(after, all);
    }
    const waits = seen.pods.map((pod) => availableIn(pod, set.spec.minReadySeconds, clock));
    const next = Math.min(...waits.filter((wait) => wait > 0));
    if (Number.isFinite(next)) requeue.after(next);
  }

  private act(set: StatefulSet, action: StatefulAction): void {
    switch (action.kind) {
      case 'create':
        this.create(set, action.ordinal, action.revision);
        return;
      case 'claims':
        this.makeClaims(set, action.pod.metadata.name);
        return;
      case 'delete':
        this.context.view.delete('/pods', action.pod);
        this.tell(
          set,
          'SuccessfulDelete',
          `delete Pod ${action.pod.metadata.name} in StatefulSet ${set.metadata.name} successful`,
        );
    }
  }

  /** A claim that is on its way out must be gone first, or the pod would lose its volume at once. */
  private create(set: StatefulSet, ordinal: number, revision: ControllerRevision): void {
    const podName = `${set.metadata.name}-${ordinal}`;
    const stale = (set.spec.volumeClaimTemplates ?? []).some((template) => {
      const found = this.context.view.get(CLAIMS, set.metadata.namespace, claimName(template, podName));
      return found !== undefined && isTerminating(found);
    });
    if (stale) return;
    const where = `Pod ${podName} in StatefulSet ${set.metadata.name}`;
    try {
      this.makeClaims(set, podName);
      this.context.createPod(statefulPod(set, ordinal, revision));
      this.tell(set, 'SuccessfulCreate', `create ${where} successful`);
    } catch (error) {
      const message = `create ${where} failed error: ${error instanceof Error ? error.message : String(error)}`;
      this.context.events.record(SOURCE, set, { type: 'Warning', reason: 'FailedCreate', message });
      throw error;
    }
  }

  private makeClaims(set: StatefulSet, podName: string): void {
    const { view } = this.context;
    const owner = claimOwner(set, undefined, false);
    for (const draft of claimDrafts(set, podName)) {
      const { name = '' } = draft.metadata;
      if (view.get(CLAIMS, set.metadata.namespace, name) !== undefined) continue;
      const metadata = owner === undefined ? draft.metadata : { ...draft.metadata, ownerReferences: [owner] };
      view.create(CLAIMS, { ...draft, metadata });
      this.tell(
        set,
        'SuccessfulCreate',
        `create Claim ${name} Pod ${podName} in StatefulSet ${set.metadata.name} success`,
      );
    }
  }

  /** Claims belong to whom the retention policy says, also when the policy or the size has changed since. */
  private keepClaimOwners(seen: StatefulView): void {
    const { set } = seen;
    if (set.spec.persistentVolumeClaimRetentionPolicy === undefined || isTerminating(set)) return;
    const { replicas, condemned } = partition(seen);
    for (const pod of replicas) if (pod !== undefined) this.giveClaims(set, pod, false);
    for (const pod of condemned) this.giveClaims(set, pod, true);
  }

  private giveClaims(set: StatefulSet, pod: Pod, condemned: boolean): void {
    const { view } = this.context;
    const owner = claimOwner(set, pod, condemned);
    for (const template of set.spec.volumeClaimTemplates ?? []) {
      const found = view.get(CLAIMS, set.metadata.namespace, claimName(template, pod.metadata.name));
      if (found === undefined) continue;
      const { ownerReferences = [], ...metadata } = found.metadata;
      const others = ownerReferences.filter(({ uid }) => uid !== set.metadata.uid && uid !== pod.metadata.uid);
      const references = owner === undefined ? others : [...others, owner];
      if (
        references.length === ownerReferences.length &&
        references.every((one, i) => one.uid === ownerReferences[i]?.uid)
      )
        continue;
      view.update(CLAIMS, {
        ...found,
        metadata: references.length === 0 ? metadata : { ...metadata, ownerReferences: references },
      });
    }
  }

  private forgetRevisions({ set, pods, current, update }: StatefulView, all: readonly ControllerRevision[]): void {
    const used = pods.flatMap((pod) => revisionOf(pod) ?? []);
    truncateHistory(this.context.view, set, all, new Set([current.metadata.name, update.metadata.name, ...used]));
  }

  private tell(set: StatefulSet, reason: string, message: string): void {
    this.context.events.record(SOURCE, set, { type: 'Normal', reason, message });
  }

  private claimGone({ type, object }: StoreEvent, enqueue: Enqueue): void {
    if (type !== 'DELETED') return;
    for (const set of this.context.view.list(KEY, object.metadata.namespace)) enqueue(idOf(set));
  }
}
