import type { KubeObject } from '../../../store/kube-object.js';
import { ObjectStore } from '../../../store/object-store.js';
import { draft, namespaceDraft } from '../../../store/testing/draft.js';
import { admissionChain } from '../admission-chain.js';
import { ServiceNetwork } from '../service-network.js';

/** A store behind the whole admission, with the namespace `ns` and its default account. */
export function cluster(labels: Record<string, string> = {}): { store: ObjectStore; network: ServiceNetwork } {
  const store = new ObjectStore();
  const network = new ServiceNetwork(store);
  store.admitWith(admissionChain(store, network));
  store.create('/namespaces', namespaceDraft('ns', { labels }));
  store.create('/serviceaccounts', draft('v1', 'ServiceAccount', { name: 'default' }));
  return { store, network };
}

/** The spec of a pod whose only container asks for such resources. */
export function app(resources: object = {}): Record<string, unknown> {
  return { containers: [{ name: 'app', image: 'nginx', resources }] };
}

/** A ResourceQuota `q`. */
export function quota(hard: Record<string, string>, rest: object = {}): KubeObject {
  return draft('v1', 'ResourceQuota', { name: 'q' }, { spec: { hard, ...rest } });
}

/** A LimitRange `l` with one limit. */
export function limitRange(limit: object): KubeObject {
  return draft('v1', 'LimitRange', { name: 'l' }, { spec: { limits: [limit] } });
}

/** A Service with port 80. */
export function service(name: string, spec: object): KubeObject {
  return draft('v1', 'Service', { name }, { spec: { ports: [{ port: 80, protocol: 'TCP' }], ...spec } });
}
