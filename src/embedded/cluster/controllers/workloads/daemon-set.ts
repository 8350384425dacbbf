import type { StoreEvent } from '../../store/object-store.js';
import { claim } from '../claims.js';
import type { Context } from '../context.js';
import { idOf, itself, type Controller, type Enqueue, type ObjectId, type Requeue } from '../controller.js';
import type { DaemonSet } from '../kinds.js';
import { createOwnedPod, deleteOwnedPod, podFromTemplate } from '../owned-pods.js';
import { ownerOf } from '../owner-watch.js';
import { availableIn } from '../pods.js';
import { daemonPlan, daemonStatus, hashOfRevision, templateForNode, type DaemonView } from './daemon-set-decisions.js';
import { keepRevisions, truncateHistory } from './revisions.js';
import { REVISION_LABEL } from './stateful-set-decisions.js';

const KEY = 'apps/daemonsets';
const SOURCE = 'daemonset-controller';

/** Keeps one pod on every node that takes it. */
export class DaemonSetController implements Controller {
  readonly name = SOURCE;
  readonly watches: Controller['watches'];

  constructor(private readonly context: Context) {
    this.watches = {
      [KEY]: itself,
      '/pods': ownerOf(context.view, KEY, 'DaemonSet'),
      '/nodes': (event, enqueue) => this.nodeChanged(event, enqueue),
    };
  }

  reconcile({ namespace, name }: ObjectId, requeue: Requeue): void {
    const { view, clock } = this.context;
    const set = view.get(KEY, namespace, name);
    if (set === undefined) return;
    const { all, update } = keepRevisions(view, set, REVISION_LABEL);
    const look = (): DaemonView => ({
      set,
      nodes: view.list('/nodes'),
      pods: claim(view, '/pods', set),
      update,
      clock,
    });
    const { create, remove } = daemonPlan(look());
    try {
      for (const pod of remove) deleteOwnedPod(this.context, SOURCE, set, pod);
      for (const node of create) this.create(set, node, hashOfRevision(update));
    } finally {
      view.setStatus(KEY, set, daemonStatus(look()));
    }
    const { pods } = look();
    const live = new Set([
      update.metadata.name,
      ...pods.map((pod) => `${name}-${pod.metadata.labels?.[REVISION_LABEL]}`),
    ]);
    truncateHistory(view, set, all, live);
    const next = Math.min(
      ...pods.map((pod) => availableIn(pod, set.spec.minReadySeconds, clock)).filter((wait) => wait > 0),
    );
    if (Number.isFinite(next)) requeue.after(next);
  }

  private create(set: DaemonSet, node: string, hash: string): void {
    const template = templateForNode(set.spec.template, node);
    const labels = { [REVISION_LABEL]: hash, 'pod-template-generation': '1' };
    const pod = podFromTemplate(set, template, { generateName: `${set.metadata.name}-`, labels });
    createOwnedPod(this.context, SOURCE, set, pod);
  }

  private nodeChanged(_event: StoreEvent, enqueue: Enqueue): void {
    for (const set of this.context.view.list(KEY)) enqueue(idOf(set));
  }
}
