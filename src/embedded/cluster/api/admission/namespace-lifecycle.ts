import type { KubeObject, ResourceType } from '../../store/kube-object.js';
import type { ObjectStore } from '../../store/object-store.js';
import { forbidden, notFound } from '../../store/status-error.js';

/** Nothing is made in a namespace that does not exist (404) or is being deleted (403, cause NamespaceTerminating). */
export function checkNamespace(store: ObjectStore, type: ResourceType, { metadata }: KubeObject): void {
  if (!type.namespaced) return;
  const name = metadata.namespace ?? '';
  const namespace = store.get('/namespaces', undefined, name);
  if (namespace === undefined) throw notFound('', 'namespaces', name);
  if (namespace.metadata.deletionTimestamp === undefined) return;
  const why = `unable to create new content in namespace ${name} because it is being terminated`;
  const message = `namespace ${name} is being terminated`;
  const causes = [{ reason: 'NamespaceTerminating', message, field: 'metadata.namespace' }];
  throw forbidden(type.group, type.resource, metadata.name, why, causes);
}
