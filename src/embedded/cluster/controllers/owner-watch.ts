import type { StoreEvent } from '../store/object-store.js';
import type { ClusterView } from './cluster-view.js';
import type { Enqueue } from './controller.js';
import type { LabelSelector } from './common-kinds.js';
import type { KindOfKey } from './kinds.js';
import { controllerOf } from './ownership.js';
import { selects } from './selectors.js';

type OwnerKey = 'apps/deployments' | 'apps/replicasets' | 'apps/statefulsets' | 'apps/daemonsets' | 'batch/jobs';

/** Enqueues the controlling owner, of that kind, of a changed object. */
export function controlledBy(kind: string) {
  return ({ object, previous }: StoreEvent, enqueue: Enqueue): void => {
    const { namespace } = object.metadata;
    const controller = controllerOf(object);
    const before = previous === undefined ? undefined : controllerOf(previous);
    if (controller?.kind === kind) enqueue({ namespace, name: controller.name });
    if (before?.kind === kind && before.uid !== controller?.uid) enqueue({ namespace, name: before.name });
  };
}

/** As `controlledBy`; and for an orphan, those owners whose selector fits it. */
export function ownerOf(view: ClusterView, key: OwnerKey, kind: string) {
  const enqueueController = controlledBy(kind);
  return (event: StoreEvent, enqueue: Enqueue): void => {
    const { object } = event;
    const { namespace } = object.metadata;
    enqueueController(event, enqueue);
    if (event.type === 'DELETED' || controllerOf(object) !== undefined) return;
    const owners: readonly KindOfKey[OwnerKey][] = view.list(key, namespace);
    for (const owner of owners) {
      const selector: LabelSelector | undefined = owner.spec.selector;
      if (selects(selector, object.metadata.labels)) enqueue({ namespace, name: owner.metadata.name });
    }
  };
}
