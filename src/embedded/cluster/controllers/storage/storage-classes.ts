import type { ClusterView, Draft } from '../cluster-view.js';
import type { StorageClass, VolumeClaim } from '../kinds.js';

const DEFAULT_CLASS_ANNOTATION = 'storageclass.kubernetes.io/is-default-class';
export const PROVISIONER = 'embedded.tenantry.io/pretended';

/** The class that claims without one get. Like the usual cloud classes it waits for the first pod that uses a claim. */
export function defaultClassDraft(): Draft {
  return {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name: 'standard', annotations: { [DEFAULT_CLASS_ANNOTATION]: 'true' } },
    provisioner: PROVISIONER,
    reclaimPolicy: 'Delete',
    volumeBindingMode: 'WaitForFirstConsumer',
    allowVolumeExpansion: true,
  };
}

/** The class a claim names; the default one when it names none; undefined when there is no such class. */
export function classOf({ spec }: VolumeClaim, view: ClusterView): StorageClass | undefined {
  if (spec.storageClassName !== undefined)
    return view.get('storage.k8s.io/storageclasses', undefined, spec.storageClassName);
  return view
    .list('storage.k8s.io/storageclasses')
    .find(({ metadata }) => metadata.annotations?.[DEFAULT_CLASS_ANNOTATION] === 'true');
}
