import { conditionOf, withCondition, withoutCondition } from '../conditions.js';
import type { ControllerClock } from '../controller-clock.js';
import type { ReplicaSet, ReplicaSetStatus } from '../kinds.js';
import type { Pod } from '../pod-kinds.js';
import { isAvailable, isReady } from '../pods.js';
import { hasAll } from '../selectors.js';

const NEVER_READY = '';

/** The pods that a ReplicaSet gives up first: those that serve least and are youngest. */
export function podsToDelete(pods: readonly Pod[], count: number): Pod[] {
  return [...pods].sort(byUsefulness).slice(0, Math.max(0, count));
}

function byUsefulness(left: Pod, right: Pod): number {
  return (
    Number(left.spec.nodeName !== undefined) - Number(right.spec.nodeName !== undefined) ||
    phaseRank(left) - phaseRank(right) ||
    Number(isReady(left)) - Number(isReady(right)) ||
    deletionCost(left) - deletionCost(right) ||
    later(readySince(left), readySince(right)) ||
    restarts(right) - restarts(left) ||
    later(left.metadata.creationTimestamp, right.metadata.creationTimestamp)
  );
}

function phaseRank(pod: Pod): number {
  return ['Pending', 'Unknown', 'Running'].indexOf(pod.status?.phase ?? 'Pending');
}

function deletionCost(pod: Pod): number {
  return Number(pod.metadata.annotations?.['controller.kubernetes.io/pod-deletion-cost'] ?? 0);
}

function readySince(pod: Pod): string {
  return conditionOf(pod.status?.conditions, 'Ready')?.lastTransitionTime ?? NEVER_READY;
}

function later(left: string, right: string): number {
  return left === right ? 0 : left > right ? -1 : 1;
}

function restarts(pod: Pod): number {
  return Math.max(0, ...(pod.status?.containerStatuses ?? []).map(({ restartCount }) => restartCount));
}

export interface Failure {
  reason: 'FailedCreate' | 'FailedDelete';
  message: string;
}

/** The status of a ReplicaSet with these pods, the last attempt to change them having failed or not. */
export function replicaSetStatus(
  set: ReplicaSet,
  pods: readonly Pod[],
  failure: Failure | undefined,
  clock: ControllerClock,
): ReplicaSetStatus {
  const labels = set.spec.template.metadata?.labels;
  const ready = pods.filter((pod) => isReady(pod));
  const conditions = failureCondition(set, failure, clock.timestamp());
  const status: ReplicaSetStatus = {
    replicas: pods.length,
    fullyLabeledReplicas: pods.filter((pod) => hasAll(labels, pod.metadata.labels)).length,
    readyReplicas: ready.length,
    availableReplicas: ready.filter((pod) => isAvailable(pod, set.spec.minReadySeconds, clock)).length,
    observedGeneration: set.metadata.generation ?? 1,
    ...(conditions.length > 0 ? { conditions: [...conditions] } : {}),
  };
  return withoutZeros(status, ['fullyLabeledReplicas', 'readyReplicas', 'availableReplicas']);
}

/** Says why, once: while it goes on failing the first refusal stays, as in the real controller. */
function failureCondition(set: ReplicaSet, failure: Failure | undefined, now: string) {
  const conditions = set.status?.conditions;
  const known = conditionOf(conditions, 'ReplicaFailure');
  if (failure === undefined) return withoutCondition(conditions, 'ReplicaFailure');
  if (known !== undefined) return conditions ?? [];
  return withCondition(conditions, { type: 'ReplicaFailure', status: 'True', ...failure }, now);
}

/** The status with counts of zero left out where the real server leaves them out. */
export function withoutZeros<T extends object>(status: T, names: readonly (keyof T)[]): T {
  const copy = { ...status };
  for (const name of names) if (copy[name] === 0) delete copy[name];
  return copy;
}
