import { isPending } from '../../kubernetes/release-record.js';
import type { DesiredState, InstanceStatus } from '../instances/instance.js';
import type { Observed, ObservedNamespace, ObservedRelease } from './observed.js';
import { failing } from './operation-failure.js';
import type { OperationError } from './operation.js';

/** What an operation is to reach. */
export type Goal =
  | {
      readonly kind: 'converge';
      readonly operationId: string;
      readonly desired: Exclude<DesiredState, 'absent'>;
      /** An upgrade that fails goes back to the last good revision. */
      readonly rollBack: boolean;
    }
  | { readonly kind: 'stop' }
  | { readonly kind: 'start'; readonly operationId: string }
  | { readonly kind: 'restart'; readonly operationId: string }
  | { readonly kind: 'uninstall'; readonly retainData: boolean };

/** What this operation has done and met so far. What must outlive a crash is in its steps and its error. */
export interface Progress {
  readonly prepared: boolean;
  /** The act that is done once in a start or a restart is done. */
  readonly acted: boolean;
  readonly cleared: boolean;
  /** What went wrong and cannot be tried again; only going back, or the end, is left. */
  readonly failure: OperationError | undefined;
  readonly rolledBack: boolean;
  /** The namespace and the secret are again what the good revision was written for. */
  readonly restored: boolean;
  /** Going back failed for good. */
  readonly stuck: boolean;
  /** Time since the start, or since it began to go back, less what the cluster was away. */
  readonly elapsedSeconds: number;
  readonly deadlineSeconds: number;
}

export type Action =
  | { readonly kind: 'prepare_namespace' }
  | { readonly kind: 'install_release' }
  | { readonly kind: 'recover_release'; readonly revision: number; readonly lastGoodRevision: number | undefined }
  | { readonly kind: 'roll_back_release'; readonly revision: number; readonly failure: OperationError }
  | { readonly kind: 'restore_namespace'; readonly failure: OperationError }
  | { readonly kind: 'scale_down' }
  | { readonly kind: 'scale_up' }
  | { readonly kind: 'restart_workloads' }
  | { readonly kind: 'uninstall_release' }
  | { readonly kind: 'delete_namespace' }
  | { readonly kind: 'clear_namespace' }
  | { readonly kind: 'wait'; readonly step: WaitStep; readonly message: string }
  | { readonly kind: 'succeed'; readonly status: InstanceStatus }
  | { readonly kind: 'fail'; readonly status: InstanceStatus; readonly error: OperationError };

export type WaitStep = 'wait_for_readiness' | 'wait_for_pods_to_end' | 'wait_for_namespace_to_go';

/** How long a namespace may take to go before what holds it is called a blocker. */
const namespaceGraceSeconds = 30;

/** Decides the one next thing to do. Pure: the same goal, progress and observation always give the same action. */
export function nextAction(goal: Goal, seen: Observed, progress: Progress): Action {
  switch (goal.kind) {
    case 'converge':
      return converge(goal, seen, progress);
    case 'stop':
      return progress.failure === undefined ? stop(seen, progress) : fail('error', progress.failure);
    case 'start':
      return start(goal, seen, progress);
    case 'restart':
      return restart(goal, seen, progress);
    case 'uninstall':
      return uninstall(goal.retainData, seen, progress);
  }
}

function converge(goal: Goal & { kind: 'converge' }, seen: Observed, progress: Progress): Action {
  if (progress.failure !== undefined) return giveUp(goal, seen, progress, progress.failure);
  const before = makeRoom(seen, progress);
  if (before !== undefined) return before;
  if (seen.release?.status !== 'deployed' || seen.release.operationId !== goal.operationId) {
    return { kind: 'install_release' };
  }
  if (goal.desired === 'stopped') return stop(seen, progress);
  return awaitReadiness(seen, progress, (error) => giveUp(goal, seen, progress, error));
}

/** Everything that must be so before helm may write a release. */
function makeRoom(seen: Observed, progress: Progress): Action | undefined {
  switch (seen.namespace.state) {
    case 'foreign':
      return fail('error', failing('conflict', 'a namespace of this name exists and does not belong to this instance'));
    case 'terminating':
      return awaitNamespaceEnd(seen.namespace, progress);
    case 'absent':
      return { kind: 'prepare_namespace' };
    case 'ours':
      if (!progress.prepared) return { kind: 'prepare_namespace' };
  }
  return freeRelease(seen.release);
}

/** A release that a killed helm left half-written refuses every change until it is recovered. */
function freeRelease(release: ObservedRelease | undefined): Action | undefined {
  if (release === undefined) return undefined;
  if (release.status === 'uninstalling') return { kind: 'uninstall_release' };
  if (!isPending(release.status)) return undefined;
  return { kind: 'recover_release', revision: release.revision, lastGoodRevision: release.lastGoodRevision };
}

/** Back to the last good revision where there is one; else the failure is the end. */
function giveUp(
  goal: Goal & { kind: 'converge' },
  seen: Observed,
  progress: Progress,
  failure: OperationError,
): Action {
  const release = seen.release;
  if (!goal.rollBack || progress.stuck) return fail('error', failure);
  if (release === undefined || seen.namespace.state !== 'ours') return fail('error', failure);
  if (progress.rolledBack) return settleBack(goal, seen, progress, failure);
  const locked = freeRelease(release);
  if (locked !== undefined) return locked;
  // Nothing of the upgrade was written: the release is still the good one, but its secret may already be the new one.
  if (release.operationId !== goal.operationId && release.status === 'deployed') {
    return progress.restored ? settleBack(goal, seen, progress, failure) : { kind: 'restore_namespace', failure };
  }
  if (release.lastGoodRevision === undefined) return fail('error', failure);
  return { kind: 'roll_back_release', revision: release.lastGoodRevision, failure };
}

function settleBack(
  goal: Goal & { kind: 'converge' },
  seen: Observed,
  progress: Progress,
  failure: OperationError,
): Action {
  const settled =
    goal.desired === 'stopped' ? stop(seen, progress) : awaitReadiness(seen, progress, (error) => fail('error', error));
  if (settled.kind === 'succeed') return fail(settled.status, failure);
  return settled.kind === 'fail' ? fail('error', failure) : settled;
}

function stop(seen: Observed, progress: Progress): Action {
  if (seen.namespace.state === 'foreign' || seen.namespace.state === 'absent')
    return { kind: 'succeed', status: 'stopped' };
  if (seen.namespace.state === 'terminating') return awaitNamespaceEnd(seen.namespace, progress);
  if (seen.workloads.some((workload) => workload.replicas > 0)) {
    return isLate(progress)
      ? fail('error', failing('readiness_timeout', 'workloads came back while they were being stopped'))
      : { kind: 'scale_down' };
  }
  return seen.pods === 0 ? { kind: 'succeed', status: 'stopped' } : awaitPodsEnd(seen, progress);
}

function awaitPodsEnd(seen: Observed, progress: Progress): Action {
  const message = `${seen.pods} ${seen.pods === 1 ? 'pod is' : 'pods are'} still there`;
  return isLate(progress)
    ? fail('error', failing('readiness_timeout', message))
    : { kind: 'wait', step: 'wait_for_pods_to_end', message };
}

function start(goal: Goal & { kind: 'start' }, seen: Observed, progress: Progress): Action {
  if (progress.failure !== undefined) return fail('error', progress.failure);
  if (!isWhole(seen)) return bringBack(goal.operationId, seen, progress);
  if (seen.workloads.some((workload) => workload.replicas === 0) && !progress.acted) return { kind: 'scale_up' };
  return awaitReadiness(seen, progress, (error) => fail('error', error));
}

function restart(goal: Goal & { kind: 'restart' }, seen: Observed, progress: Progress): Action {
  if (progress.failure !== undefined) return fail('error', progress.failure);
  if (!isWhole(seen)) return bringBack(goal.operationId, seen, progress);
  // What this operation had to install again has new pods already.
  if (!progress.acted && seen.release?.operationId !== goal.operationId) return { kind: 'restart_workloads' };
  return awaitReadiness(seen, progress, (error) => fail('degraded', error));
}

/** Everything that was installed is there to be acted on. */
function isWhole(seen: Observed): boolean {
  return (
    seen.namespace.state === 'ours' &&
    seen.release?.status === 'deployed' &&
    seen.workloads.every((workload) => workload.readiness.state !== 'not_found')
  );
}

/** What somebody removed by hand is installed again. */
function bringBack(operationId: string, seen: Observed, progress: Progress): Action {
  return converge({ kind: 'converge', operationId, desired: 'running', rollBack: false }, seen, progress);
}

function uninstall(retainData: boolean, seen: Observed, progress: Progress): Action {
  if (progress.failure !== undefined) return fail('error', progress.failure);
  switch (seen.namespace.state) {
    case 'absent':
    case 'foreign':
      return { kind: 'succeed', status: 'deprovisioned' };
    case 'terminating':
      return awaitNamespaceEnd(seen.namespace, progress);
    case 'ours':
  }
  if (seen.release !== undefined) return { kind: 'uninstall_release' };
  if (!retainData) return { kind: 'delete_namespace' };
  if (!progress.cleared) return { kind: 'clear_namespace' };
  return seen.pods === 0 ? { kind: 'succeed', status: 'deprovisioned' } : awaitPodsEnd(seen, progress);
}

function awaitReadiness(seen: Observed, progress: Progress, giveUpWith: (error: OperationError) => Action): Action {
  const waiting = seen.workloads.filter((workload) => workload.readiness.state !== 'current');
  if (waiting.length === 0) return { kind: 'succeed', status: 'running' };
  const why = waiting.map((workload) => `${workload.kind} ${workload.name}: ${workload.readiness.message}`).join('; ');
  const message = seen.cause === undefined ? why : `${why} (${seen.cause.message})`;
  const broken = waiting.some((workload) => workload.readiness.state === 'failed');
  // A crash loop ends a change at once, for there is a revision that worked; a first start may be waiting for something.
  // On the way back the crashes that are seen may be those of the pods that are being replaced.
  const crashes =
    seen.cause?.code === 'crash_loop' && seen.release?.lastGoodRevision !== undefined && progress.failure === undefined;
  if (broken || crashes) return giveUpWith(failing(seen.cause?.code ?? 'readiness_timeout', message));
  if (isLate(progress)) return giveUpWith(failing('readiness_timeout', message));
  return { kind: 'wait', step: 'wait_for_readiness', message };
}

function awaitNamespaceEnd(namespace: ObservedNamespace & { state: 'terminating' }, progress: Progress): Action {
  const { blockers, forSeconds } = namespace;
  // Pods that end in good order are named as remaining too, so both the deletion and this operation have their grace.
  const waitedSeconds = Math.min(progress.elapsedSeconds, forSeconds);
  if (blockers !== '' && waitedSeconds >= Math.min(namespaceGraceSeconds, progress.deadlineSeconds)) {
    return fail('error', failing('namespace_terminating', `the namespace cannot go: ${blockers}`));
  }
  if (isLate(progress))
    return fail(
      'error',
      failing('namespace_terminating', `the namespace is still being deleted: ${blockers || 'no reason is given'}`),
    );
  return {
    kind: 'wait',
    step: 'wait_for_namespace_to_go',
    message: blockers === '' ? 'the namespace is being deleted' : blockers,
  };
}

function isLate(progress: Progress): boolean {
  return progress.elapsedSeconds >= progress.deadlineSeconds;
}

function fail(status: InstanceStatus, error: OperationError): Action {
  return { kind: 'fail', status, error };
}
