import type { Goal } from './next-action.js';
import type { WorkOrder } from './work-order.js';

/** What an operation is to reach, from its kind and what its instance asks for. Pure. */
export function goalOf({ operation, instance, blueprint }: WorkOrder): Goal {
  const operationId = operation.id;
  const desired = instance.desired_state === 'stopped' ? 'stopped' : 'running';
  switch (operation.kind) {
    case 'create':
    case 'repair':
      return { kind: 'converge', operationId, desired, rollBack: false };
    case 'upgrade':
    case 'rollback':
      return { kind: 'converge', operationId, desired, rollBack: true };
    case 'start':
      return { kind: 'start', operationId };
    case 'stop':
      return { kind: 'stop' };
    case 'restart':
      return { kind: 'restart', operationId };
    case 'uninstall':
      return {
        kind: 'uninstall',
        retainData: retainsData(operation.params['retain_data'], blueprint.deletion.volumes),
      };
  }
}

function retainsData(asked: unknown, policy: 'retain' | 'delete'): boolean {
  return typeof asked === 'boolean' ? asked : policy === 'retain';
}
