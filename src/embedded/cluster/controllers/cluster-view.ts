import { isDeepStrictEqual } from 'node:util';

import type { KubeObject, ObjectMeta } from '../store/kube-object.js';
import type { DeleteOptions, ObjectStore } from '../store/object-store.js';
import type { KindOfKey } from './kinds.js';

type Key = keyof KindOfKey;

const KIND: Readonly<Record<Key, string>> = {
  '/pods': 'Pod',
  '/services': 'Service',
  '/nodes': 'Node',
  '/namespaces': 'Namespace',
  '/persistentvolumeclaims': 'PersistentVolumeClaim',
  '/persistentvolumes': 'PersistentVolume',
  'storage.k8s.io/storageclasses': 'StorageClass',
  'apps/deployments': 'Deployment',
  'apps/replicasets': 'ReplicaSet',
  'apps/statefulsets': 'StatefulSet',
  'apps/daemonsets': 'DaemonSet',
  'apps/controllerrevisions': 'ControllerRevision',
  'batch/jobs': 'Job',
  'batch/cronjobs': 'CronJob',
  'policy/poddisruptionbudgets': 'PodDisruptionBudget',
  'autoscaling/horizontalpodautoscalers': 'HorizontalPodAutoscaler',
};

/** A new object: the store fills in the rest of its metadata. */
export interface Draft {
  apiVersion: string;
  kind: string;
  metadata: Partial<ObjectMeta>;
  [field: string]: unknown;
}

/** A draft in the form that the store takes. */
export function asNew(draft: Draft): KubeObject {
  return { ...draft, metadata: { name: '', uid: '', resourceVersion: '', creationTimestamp: '', ...draft.metadata } };
}

/** Whether an object is of the kind that the key stands for; the API has validated the rest of it. */
export function isOf<K extends Key>(key: K, object: KubeObject): object is KindOfKey[K] & KubeObject {
  return object.kind === KIND[key];
}

function areOf<K extends Key>(
  key: K,
  objects: readonly KubeObject[],
): objects is readonly (KindOfKey[K] & KubeObject)[] {
  return objects[0] === undefined || isOf(key, objects[0]);
}

/** The object store with the types that its keys stand for. */
export class ClusterView {
  constructor(readonly store: ObjectStore) {}

  get<K extends Key>(key: K, namespace: string | undefined, name: string): KindOfKey[K] | undefined {
    const found = this.store.get(key, namespace, name);
    return found !== undefined && isOf(key, found) ? found : undefined;
  }

  list<K extends Key>(key: K, namespace?: string): readonly KindOfKey[K][] {
    const found = this.store.list(key, namespace);
    return areOf(key, found) ? found : [];
  }

  create<K extends Key>(key: K, draft: Draft): KindOfKey[K] {
    return this.own(key, this.store.create(key, asNew(draft)));
  }

  update<K extends Key>(key: K, object: KindOfKey[K]): KindOfKey[K] {
    return this.own(key, this.store.update(key, object));
  }

  /** Writes the status when it differs from the stored one. */
  setStatus(key: Key, object: KubeObject, status: object): void {
    const current = this.store.get(key, object.metadata.namespace, object.metadata.name);
    if (current === undefined || isDeepStrictEqual(current['status'], status)) return;
    this.store.updateStatus(key, object.metadata.namespace, object.metadata.name, (found) => ({ ...found, status }));
  }

  delete(key: Key, object: KubeObject, options: DeleteOptions = {}): void {
    const { namespace, name, uid } = object.metadata;
    this.store.delete(key, namespace, name, { ...options, preconditions: { uid } });
  }

  private own<K extends Key>(key: K, object: KubeObject): KindOfKey[K] {
    if (isOf(key, object)) return object;
    throw new Error(`expected a ${KIND[key]}, the store holds a ${object.kind}`);
  }
}
