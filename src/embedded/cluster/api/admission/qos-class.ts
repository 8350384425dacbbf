import { nanoOf } from '../../apply/quantity.js';
import { itemsAt, textAt, type Fields } from '../../store/fields.js';

const COUNTED = ['cpu', 'memory'];

/** How well a pod is protected from eviction: all limits equal to the requests, some of them, or none. */
export function qosClass(spec: Fields): 'BestEffort' | 'Burstable' | 'Guaranteed' {
  const containers = [...itemsAt(spec, 'containers'), ...itemsAt(spec, 'initContainers')];
  const asks = containers.some((container) =>
    COUNTED.some((name) => amount(container, 'requests', name) > 0n || amount(container, 'limits', name) > 0n),
  );
  if (!asks) return 'BestEffort';
  const guaranteed = containers.every((container) =>
    COUNTED.every((name) => {
      const limit = amount(container, 'limits', name);
      return limit > 0n && limit === amount(container, 'requests', name);
    }),
  );
  return guaranteed ? 'Guaranteed' : 'Burstable';
}

function amount(container: unknown, list: string, name: string): bigint {
  return nanoOf(textAt(container, 'resources', list, name) ?? '0');
}
