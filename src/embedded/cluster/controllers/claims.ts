import type { KubeObject } from '../store/kube-object.js';
import type { ClusterView } from './cluster-view.js';
import type { LabelSelector } from './common-kinds.js';
import type { KindOfKey } from './kinds.js';
import { adopted, controllerOf, isTerminating, released } from './ownership.js';
import { selects } from './selectors.js';

type OwnableKey = '/pods' | 'apps/replicasets' | 'apps/controllerrevisions' | 'batch/jobs';

interface Owner extends KubeObject {
  spec: { selector?: LabelSelector };
}

/**
 * The objects that an owner manages: those it controls and whose labels still fit its selector, and orphans that fit,
 * which it adopts. It lets go of those that no longer fit. An owner on its way out adopts and releases nothing.
 */
export function claim<K extends OwnableKey>(view: ClusterView, key: K, owner: Owner): KindOfKey[K][] {
  const claimed: KindOfKey[K][] = [];
  for (const object of view.list(key, owner.metadata.namespace)) {
    const fits = selects(owner.spec.selector, object.metadata.labels);
    const controller = controllerOf(object);
    if (controller?.uid === owner.metadata.uid) {
      if (fits || isTerminating(owner)) claimed.push(object);
      else view.update(key, released(object, owner.metadata.uid));
    } else if (controller === undefined && fits && !isTerminating(owner) && !isTerminating(object)) {
      claimed.push(view.update(key, adopted(object, owner)));
    }
  }
  return claimed;
}
