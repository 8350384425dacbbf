import type { Kubelet } from './api/api-parts.js';
import type { Controllers } from './controllers/controllers.js';
import type { ObjectStore } from './store/object-store.js';

/** What the API asks of the simulated nodes, answered by the controllers. */
export function kubeletOf(_store: ObjectStore, controllers: Controllers): Kubelet {
  return {
    logs: (namespace, pod, container, query) => controllers.logs(namespace, pod, container, query),
    metrics: () => [],
  };
}
