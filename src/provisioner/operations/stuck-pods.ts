import { listAt, textAt } from '../../kubernetes/json-value.js';
import type { KubernetesObject } from '../../kubernetes/kubernetes-object.js';

/**
 * The pods that keep a StatefulSet from taking its new revision: of an older one, and not ready. The StatefulSet controller waits for them
 * for ever, so whoever corrects a broken revision must delete them. Pure.
 */
export function stuckPods(statefulSet: KubernetesObject, pods: readonly KubernetesObject[]): KubernetesObject[] {
  const wanted = textAt(statefulSet, 'status', 'updateRevision');
  if (wanted === undefined || textAt(statefulSet, 'spec', 'updateStrategy', 'type') === 'OnDelete') return [];
  return pods.filter(
    (pod) =>
      pod.metadata.deletionTimestamp === undefined &&
      pod.metadata.ownerReferences?.some(({ uid }) => uid === statefulSet.metadata.uid) === true &&
      pod.metadata.labels?.['controller-revision-hash'] !== wanted &&
      !isReady(pod),
  );
}

function isReady(pod: KubernetesObject): boolean {
  return listAt(pod, 'status', 'conditions').some(
    (condition) => textAt(condition, 'type') === 'Ready' && textAt(condition, 'status') === 'True',
  );
}
