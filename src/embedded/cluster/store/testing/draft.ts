import type { KubeObject, ObjectMeta } from '../kube-object.js';

/** An object as a writer would send it: no uid, version or creation time yet. In the namespace `ns` unless told. */
export function draft(
  apiVersion: string,
  kind: string,
  metadata: Partial<ObjectMeta>,
  content: Readonly<Record<string, unknown>> = {},
): KubeObject {
  const blank = { name: '', uid: '', resourceVersion: '', creationTimestamp: '' };
  return { apiVersion, kind, metadata: { ...blank, namespace: 'ns', ...metadata }, ...content };
}

export function configMap(name: string, data: Readonly<Record<string, string>> = {}): KubeObject {
  return draft('v1', 'ConfigMap', { name }, { data });
}

export function namespaceDraft(name: string, metadata: Partial<ObjectMeta> = {}): KubeObject {
  const { namespace: _namespace, ...rest } = draft('v1', 'Namespace', { name, ...metadata }).metadata;
  return { apiVersion: 'v1', kind: 'Namespace', metadata: rest };
}

/** A pod with one container `app`, changed by the given parts of its spec. */
export function podDraft(name: string, spec: Readonly<Record<string, unknown>> = {}): KubeObject {
  return draft('v1', 'Pod', { name }, { spec: { containers: [{ name: 'app', image: 'nginx' }], ...spec } });
}
