import { fieldsAt, valueAt } from '../../store/fields.js';
import type { KubeObject } from '../../store/kube-object.js';
import type { ObjectStore } from '../../store/object-store.js';

const IS_DEFAULT = 'storageclass.kubernetes.io/is-default-class';

/** A claim that names no storage class gets the default one. */
export function withStorageClass(store: ObjectStore, claim: KubeObject): KubeObject {
  if (valueAt(claim, 'spec', 'storageClassName') !== undefined) return claim;
  const classes = store.list('storage.k8s.io/storageclasses');
  const standard = classes.find(({ metadata }) => metadata.annotations?.[IS_DEFAULT] === 'true');
  if (standard === undefined) return claim;
  return { ...claim, spec: { ...fieldsAt(claim, 'spec'), storageClassName: standard.metadata.name } };
}
