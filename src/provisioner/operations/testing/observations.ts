import type { Action, Goal, Progress } from '../next-action.js';
import type { Observed, ObservedRelease, ObservedWorkload } from '../observed.js';
import { failing } from '../operation-failure.js';
import type { OperationError } from '../operation.js';

/** The id of the operation whose decisions a test looks at. */
export const thisOperation = '01900000-0000-7000-8000-00000000000a';
export const otherOperation = '01900000-0000-7000-8000-00000000000b';

/** What a cluster holds of an instance that is up: its namespace, revision 1 of this operation, one ready workload. */
export function seen(parts: Partial<Observed> = {}): Observed {
  return { namespace: { state: 'ours' }, release: release(), workloads: [web()], pods: 2, cause: undefined, ...parts };
}

/** A cluster that holds nothing of the instance. */
export const nothingSeen: Observed = {
  namespace: { state: 'absent' },
  release: undefined,
  workloads: [],
  pods: 0,
  cause: undefined,
};

export function release(parts: Partial<ObservedRelease> = {}): ObservedRelease {
  return { revision: 1, status: 'deployed', operationId: thisOperation, lastGoodRevision: undefined, ...parts };
}

export function web(parts: Partial<ObservedWorkload> = {}): ObservedWorkload {
  return {
    kind: 'Deployment',
    name: 'web',
    replicas: 2,
    readyReplicas: 2,
    images: { web: 'web:1' },
    readiness: { state: 'current', message: 'is ready' },
    ...parts,
  };
}

/** A workload that is not ready, for the given reason. */
export function unready(
  message = '1 of 2 replicas are ready',
  state: ObservedWorkload['readiness']['state'] = 'in_progress',
): ObservedWorkload {
  return web({ readyReplicas: 1, readiness: { state, message } });
}

/** An operation that has prepared its namespace and is well within its time. */
export function progress(parts: Partial<Progress> = {}): Progress {
  return {
    prepared: true,
    acted: false,
    cleared: false,
    failure: undefined,
    rolledBack: false,
    restored: false,
    stuck: false,
    elapsedSeconds: 5,
    deadlineSeconds: 600,
    ...parts,
  };
}

export const late: Partial<Progress> = { elapsedSeconds: 600 };

export const create: Goal = { kind: 'converge', operationId: thisOperation, desired: 'running', rollBack: false };
export const upgrade: Goal = { kind: 'converge', operationId: thisOperation, desired: 'running', rollBack: true };
export const upgradeOfStopped: Goal = { ...upgrade, desired: 'stopped' };
export const stop: Goal = { kind: 'stop' };
export const start: Goal = { kind: 'start', operationId: thisOperation };
export const restart: Goal = { kind: 'restart', operationId: thisOperation };
export const uninstall: Goal = { kind: 'uninstall', retainData: false };
export const uninstallRetaining: Goal = { kind: 'uninstall', retainData: true };

export const crashed: OperationError = failing('crash_loop', 'web crashed: boom');

export const foreign = seen({ namespace: { state: 'foreign' }, release: undefined, workloads: [], pods: 0 });
export const terminating = (blockers = '', forSeconds = 3): Observed =>
  seen({ namespace: { state: 'terminating', blockers, forSeconds } });
export const fails = (error: OperationError, status: 'error' | 'degraded' = 'error'): Action => ({
  kind: 'fail',
  status,
  error,
});
export const waitsForReadiness = (message: string): Action => ({ kind: 'wait', step: 'wait_for_readiness', message });
export const waitsForPods = (message: string): Action => ({ kind: 'wait', step: 'wait_for_pods_to_end', message });
export const waitsForNamespace = (message: string): Action => ({
  kind: 'wait',
  step: 'wait_for_namespace_to_go',
  message,
});
export const running: Action = { kind: 'succeed', status: 'running' };
export const stopped: Action = { kind: 'succeed', status: 'stopped' };
export const deprovisioned: Action = { kind: 'succeed', status: 'deprovisioned' };
export const why = 'Deployment web: 1 of 2 replicas are ready';
export const held = 'held by example.com/hold';
export const notOurs = failing('conflict', 'a namespace of this name exists and does not belong to this instance');
