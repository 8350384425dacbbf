import type { AppliedRelease, ObservedState } from '../instances/instance.js';
import type { Action } from './next-action.js';
import type { Observed } from './observed.js';
import type { InstanceEnd, OperationEnd } from './operations.store.js';
import type { WorkOrder } from './work-order.js';

export type EndAction = Action & { kind: 'succeed' | 'fail' };

/** What an observation says of an instance, as the API shows it. Pure. */
export function observedOf(seen: Observed): ObservedState {
  const counted = seen.workloads.filter((workload) => workload.kind !== 'CronJob');
  return {
    revision: seen.release?.revision ?? null,
    ready_replicas: counted.reduce((sum, workload) => sum + workload.readyReplicas, 0),
    replicas: counted.reduce((sum, workload) => sum + workload.replicas, 0),
    conditions: seen.workloads.map(({ kind, name, readiness }) => ({
      kind,
      name,
      state: readiness.state,
      message: readiness.message,
    })),
  };
}

/**
 * What the end of an operation makes of the operation and its instance. Pure.
 * @param applied the release as it now stands, when this operation left one that works
 */
export function endOf(
  action: EndAction,
  order: WorkOrder,
  observed: ObservedState,
  applied: AppliedRelease | undefined,
  rolledBack: boolean,
): Omit<OperationEnd, 'steps'> {
  const cancelled = action.kind === 'fail' && action.error.code === 'cancelled';
  const status = action.kind === 'succeed' ? 'succeeded' : cancelled ? 'cancelled' : 'failed';
  const error = action.kind === 'fail' ? action.error : null;
  return { status, error, instance: instanceEnd(action, order, observed, applied, rolledBack) };
}

function instanceEnd(
  action: EndAction,
  order: WorkOrder,
  observed: ObservedState,
  applied: AppliedRelease | undefined,
  rolledBack: boolean,
): InstanceEnd {
  const wentBack =
    rolledBack || (action.kind === 'fail' && action.status !== 'error' && order.operation.previous_spec !== null);
  const clean = action.kind === 'succeed' || wentBack;
  return {
    status: action.status,
    status_reason: action.kind === 'fail' ? action.error.code : null,
    observed,
    ...(clean ? { drift_state: 'none', drift_findings: [] } : { drift_state: 'unknown' }),
    ...(applied === undefined ? {} : { applied }),
    ...(action.status === 'deprovisioned' ? { applied: null, stopped_replicas: null } : {}),
    ...(action.kind === 'succeed' && action.status === 'running' ? { stopped_replicas: null } : {}),
    ...(wentBack ? { rolled_back: true } : {}),
  };
}
