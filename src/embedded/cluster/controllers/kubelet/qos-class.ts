import { parseQuantity } from '../numbers.js';
import type { Pod } from '../pod-kinds.js';

/** How well a pod is protected from eviction: all limits equal to the requests, some of them, or none. */
export function qosClassOf(pod: Pod): 'Guaranteed' | 'Burstable' | 'BestEffort' {
  const containers = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].map(({ resources }) => ({
    requests: resources?.requests ?? resources?.limits ?? {},
    limits: resources?.limits ?? {},
  }));
  const asked = containers.some(({ requests }) => Object.values(requests).some((value) => parseQuantity(value) > 0));
  if (!asked) return 'BestEffort';
  const guaranteed = containers.every(({ requests, limits }) =>
    ['cpu', 'memory'].every((name) => {
      const limit = parseQuantity(limits[name]);
      return limit > 0 && parseQuantity(requests[name] ?? limits[name]) === limit;
    }),
  );
  return guaranteed ? 'Guaranteed' : 'Burstable';
}
