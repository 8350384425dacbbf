import type { ClusterView } from '../cluster-view.js';
import { isTerminating } from '../ownership.js';
import type { Pod } from '../pod-kinds.js';
import { claimNamesOf } from '../storage/pod-claims.js';
import { classOf } from '../storage/storage-classes.js';

export const SELECTED_NODE = 'volume.kubernetes.io/selected-node';

export type ClaimsVerdict = { kind: 'bound' } | { kind: 'provision' } | { kind: 'hopeless'; reason: string };

/** Whether a pod's claims let it be placed: all bound, some to be provisioned once it has a node, or not at all. */
export function claimsVerdict(pod: Pod, view: ClusterView): ClaimsVerdict {
  let provision = false;
  for (const name of claimNamesOf(pod)) {
    const claim = view.get('/persistentvolumeclaims', pod.metadata.namespace, name);
    if (claim === undefined) return { kind: 'hopeless', reason: `persistentvolumeclaim "${name}" not found` };
    if (isTerminating(claim)) return { kind: 'hopeless', reason: `persistentvolumeclaim "${name}" is being deleted` };
    if (claim.status?.phase === 'Bound') continue;
    if (classOf(claim, view)?.volumeBindingMode !== 'WaitForFirstConsumer') {
      return { kind: 'hopeless', reason: 'pod has unbound immediate PersistentVolumeClaims' };
    }
    provision = true;
  }
  return { kind: provision ? 'provision' : 'bound' };
}
