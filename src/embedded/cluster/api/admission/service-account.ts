import { fieldsAt, itemsAt, stringAt } from '../../store/fields.js';
import type { KubeObject } from '../../store/kube-object.js';
import type { ObjectStore } from '../../store/object-store.js';
import { forbidden } from '../../store/status-error.js';

const SYSTEM_CLASSES: ReadonlySet<string> = new Set(['system-cluster-critical', 'system-node-critical']);

/** Gives a pod its service account, which must exist, and that account's pull secrets. Throws 403. */
export function withServiceAccount(store: ObjectStore, pod: KubeObject): KubeObject {
  const { namespace = '', name: podName } = pod.metadata;
  const spec = fieldsAt(pod, 'spec');
  const name = stringAt(spec, 'serviceAccountName') || stringAt(spec, 'serviceAccount') || 'default';
  const account = store.get('/serviceaccounts', namespace, name);
  if (account === undefined) {
    const why = `error looking up service account ${namespace}/${name}: serviceaccount ${JSON.stringify(name)} not found`;
    throw forbidden('', 'pods', podName, why);
  }
  const secrets = itemsAt(account, 'imagePullSecrets');
  const pull =
    itemsAt(spec, 'imagePullSecrets').length === 0 && secrets.length > 0 ? { imagePullSecrets: secrets } : {};
  return { ...pod, spec: { ...spec, serviceAccountName: name, serviceAccount: name, ...pull } };
}

/** A pod's priority class must exist. Throws 403. */
export function checkPriorityClass(store: ObjectStore, pod: KubeObject): void {
  const name = stringAt(pod, 'spec', 'priorityClassName');
  if (!name || SYSTEM_CLASSES.has(name)) return;
  if (store.get('scheduling.k8s.io/priorityclasses', undefined, name) !== undefined) return;
  throw forbidden('', 'pods', pod.metadata.name, `no PriorityClass with name ${name} was found`);
}
