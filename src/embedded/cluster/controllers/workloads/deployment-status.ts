import { isDeepStrictEqual } from 'node:util';

import { conditionOf, withoutCondition } from '../conditions.js';
import type { ControllerClock } from '../controller-clock.js';
import type { Condition } from '../common-kinds.js';
import type { Deployment, DeploymentStatus, ReplicaSet } from '../kinds.js';
import { sizeOf, total } from './deployment-rollout.js';
import { rolloutBounds, wanted } from './deployment-sets.js';
import { withoutZeros } from './replica-set-decisions.js';

export type Verdict = Pick<Condition, 'status' | 'reason' | 'message'> & { type: string };

/** Puts a condition in; one that says the same as before keeps its times, and a kept status its transition. */
export function tell(conditions: readonly Condition[], verdict: Verdict, now: string): Condition[] {
  const current = conditionOf(conditions, verdict.type);
  if (current?.status === verdict.status && current.reason === verdict.reason) return [...conditions];
  const lastTransitionTime = current?.status === verdict.status ? (current.lastTransitionTime ?? now) : now;
  return [...withoutCondition(conditions, verdict.type), { ...verdict, lastUpdateTime: now, lastTransitionTime }];
}

/** The counts and the condition Available; the other conditions as they were. */
export function countStatus(
  deployment: Deployment,
  current: ReplicaSet | undefined,
  sets: readonly ReplicaSet[],
  now: string,
): DeploymentStatus {
  const available = total(sets, (set) => set.status?.availableReplicas ?? 0);
  const { collisionCount } = deployment.status ?? {};
  const enough = available >= wanted(deployment) - rolloutBounds(deployment).unavailable;
  const status: DeploymentStatus = {
    observedGeneration: deployment.metadata.generation ?? 1,
    replicas: total(sets, (set) => set.status?.replicas ?? 0),
    updatedReplicas: current?.status?.replicas ?? 0,
    readyReplicas: total(sets, (set) => set.status?.readyReplicas ?? 0),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, total(sets, sizeOf) - available),
    ...(collisionCount === undefined ? {} : { collisionCount }),
    conditions: tell(deployment.status?.conditions ?? [], enough ? AVAILABLE : UNAVAILABLE, now),
  };
  return withoutZeros(status, COUNTS);
}

const COUNTS = [
  'replicas',
  'updatedReplicas',
  'readyReplicas',
  'availableReplicas',
  'unavailableReplicas',
] as const satisfies readonly (keyof DeploymentStatus)[];

const AVAILABLE: Verdict = {
  type: 'Available',
  status: 'True',
  reason: 'MinimumReplicasAvailable',
  message: 'Deployment has minimum availability.',
};

const UNAVAILABLE: Verdict = {
  type: 'Available',
  status: 'False',
  reason: 'MinimumReplicasUnavailable',
  message: 'Deployment does not have minimum availability.',
};

/** Seconds without progress before a rollout is called failed; undefined when it may take for ever. */
export function progressDeadline({ spec }: Deployment): number | undefined {
  const seconds = spec.progressDeadlineSeconds ?? 600;
  return seconds === 2 ** 31 - 1 ? undefined : seconds;
}

/** What Progressing has to say on pausing or going on; undefined when that is nothing new. A failed rollout stays so. */
export function pauseVerdict(deployment: Deployment): Verdict | undefined {
  const known = conditionOf(deployment.status?.conditions, 'Progressing');
  if (progressDeadline(deployment) === undefined || known?.reason === 'ProgressDeadlineExceeded') return undefined;
  const paused = deployment.spec.paused === true;
  if (paused === (known?.reason === 'DeploymentPaused')) return undefined;
  const [reason, message] = paused ? ['DeploymentPaused', 'is paused'] : ['DeploymentResumed', 'is resumed'];
  return { type: 'Progressing', status: 'Unknown', reason, message: `Deployment ${message}` };
}

/** The status of a rollout: the counts, and how it goes in the conditions Progressing and ReplicaFailure. */
export function rolloutStatus(
  deployment: Deployment,
  current: ReplicaSet | undefined,
  sets: readonly ReplicaSet[],
  clock: ControllerClock,
): DeploymentStatus {
  const now = clock.timestamp();
  const status = countStatus(deployment, current, sets, now);
  const conditions = status.conditions ?? [];
  if (progressDeadline(deployment) === undefined) {
    return withFailure({ ...status, conditions: withoutCondition(conditions, 'Progressing') }, current, sets);
  }
  const known = conditionOf(deployment.status?.conditions, 'Progressing');
  const wasComplete = known?.reason === 'NewReplicaSetAvailable' && status.replicas === status.updatedReplicas;
  if (wasComplete) return withFailure(status, current, sets);
  const next = progress(deployment, status, known, current, clock);
  return withFailure({ ...status, conditions: next(conditions, now) }, current, sets);
}

type Change = (conditions: readonly Condition[], now: string) => Condition[];

function progress(
  deployment: Deployment,
  status: DeploymentStatus,
  known: Condition | undefined,
  current: ReplicaSet | undefined,
  clock: ControllerClock,
): Change {
  const subject =
    current === undefined ? `Deployment "${deployment.metadata.name}"` : `ReplicaSet "${current.metadata.name}"`;
  const verdict = (is: 'True' | 'False', reason: string, message: string): Verdict => ({
    type: 'Progressing',
    status: is,
    reason,
    message: `${subject} ${message}`,
  });
  if (isComplete(deployment, status)) {
    const done = verdict('True', 'NewReplicaSetAvailable', 'has successfully progressed.');
    return (conditions, now) => tell(conditions, done, now);
  }
  if (hasProgressed(deployment.status ?? {}, status)) {
    const moving = verdict('True', 'ReplicaSetUpdated', 'is progressing.');
    return (conditions, now) => restarted(conditions, moving, now);
  }
  if (hasTimedOut(deployment, known, clock)) {
    const late = verdict('False', 'ProgressDeadlineExceeded', 'has timed out progressing.');
    return (conditions, now) => tell(conditions, late, now);
  }
  return (conditions) => [...conditions];
}

/** Each progress starts the deadline anew, so the time of the update is written even when the reason stays. */
function restarted(conditions: readonly Condition[], verdict: Verdict, now: string): Condition[] {
  const current = conditionOf(conditions, verdict.type);
  const lastTransitionTime = current?.status === verdict.status ? (current.lastTransitionTime ?? now) : now;
  return [...withoutCondition(conditions, verdict.type), { ...verdict, lastUpdateTime: now, lastTransitionTime }];
}

export function isComplete(deployment: Deployment, status: DeploymentStatus): boolean {
  const replicas = wanted(deployment);
  const counts = [status.updatedReplicas ?? 0, status.replicas ?? 0, status.availableReplicas ?? 0];
  return (
    counts.every((count) => count === replicas) &&
    (status.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0)
  );
}

function hasProgressed(before: DeploymentStatus, after: DeploymentStatus): boolean {
  return (
    (after.updatedReplicas ?? 0) > (before.updatedReplicas ?? 0) ||
    ofOldTemplates(after) < ofOldTemplates(before) ||
    (after.readyReplicas ?? 0) > (before.readyReplicas ?? 0) ||
    (after.availableReplicas ?? 0) > (before.availableReplicas ?? 0)
  );
}

function ofOldTemplates({ replicas = 0, updatedReplicas = 0 }: DeploymentStatus): number {
  return replicas - updatedReplicas;
}

function hasTimedOut(deployment: Deployment, known: Condition | undefined, clock: ControllerClock): boolean {
  const deadline = progressDeadline(deployment);
  if (known === undefined || deadline === undefined || known.reason === 'NewReplicaSetAvailable') return false;
  return known.reason === 'ProgressDeadlineExceeded' || clock.since(known.lastUpdateTime) >= deadline * 1000;
}

/** Milliseconds until the rollout would be called failed; undefined when nothing is under way. */
export function deadlineIn(
  deployment: Deployment,
  status: DeploymentStatus,
  clock: ControllerClock,
): number | undefined {
  const known = conditionOf(status.conditions, 'Progressing');
  const deadline = progressDeadline(deployment);
  if (known === undefined || deadline === undefined || isComplete(deployment, status)) return undefined;
  if (known.reason === 'ProgressDeadlineExceeded') return undefined;
  return Math.max(0, deadline * 1000 - clock.since(known.lastUpdateTime)) + 1000;
}

function withFailure(
  status: DeploymentStatus,
  current: ReplicaSet | undefined,
  sets: readonly ReplicaSet[],
): DeploymentStatus {
  const failed = conditionOf(current?.status?.conditions, 'ReplicaFailure') ?? firstFailure(sets);
  const others = withoutCondition(status.conditions, 'ReplicaFailure');
  if (failed === undefined) return { ...status, conditions: others };
  const known = conditionOf(status.conditions, 'ReplicaFailure');
  const { lastTransitionTime = '', message = '', reason = '' } = failed;
  const told: Condition = {
    type: 'ReplicaFailure',
    status: 'True',
    reason,
    message,
    lastUpdateTime: lastTransitionTime,
    lastTransitionTime,
  };
  const same = known !== undefined && isDeepStrictEqual([known.reason, known.status], [reason, 'True']);
  return { ...status, conditions: same ? [...(status.conditions ?? [])] : [...others, told] };
}

function firstFailure(sets: readonly ReplicaSet[]): Condition | undefined {
  return sets
    .map((set) => conditionOf(set.status?.conditions, 'ReplicaFailure'))
    .find((condition) => condition !== undefined);
}
