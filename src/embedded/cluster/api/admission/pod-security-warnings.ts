import type { KubeObject } from '../../store/kube-object.js';
import type { ObjectStore } from '../../store/object-store.js';
import { podSpecOf } from './pod-spec.js';
import { policyOf, violationText } from './pod-security.js';

/** What the namespace's `warn` policy says about the pods an object is or will make. */
export function podSecurityWarnings(store: ObjectStore, object: KubeObject): string[] {
  const spec = podSpecOf(object);
  if (spec === undefined) return [];
  const namespace = store.get('/namespaces', undefined, object.metadata.namespace ?? '');
  const violation = violationText(policyOf(namespace?.metadata.labels, 'warn'), spec);
  return violation === undefined ? [] : [`would ${violation}`];
}
