import type { Kubelet } from './api/api-parts.js';
import type { Controllers } from './controllers/controllers.js';

/** What the API asks of the simulated nodes, answered by the controllers. */
export function kubeletOf(controllers: Controllers): Kubelet {
  return {
    logs: (namespace, pod, container, query) => controllers.logs(namespace, pod, container, query),
    metrics: (kind, namespace) =>
      kind === 'NodeMetrics' ? controllers.nodeMetrics() : controllers.podMetrics(namespace),
  };
}
