import type { Deployment, ReplicaSet } from '../kinds.js';
import { sizeOf, total, type Scale } from './deployment-rollout.js';
import { DESIRED_REPLICAS, isRolling, MAX_REPLICAS, revisionOf, rolloutBounds, wanted } from './deployment-sets.js';

/** Whether the Deployment itself was scaled since its ReplicaSets got their sizes. */
export function isScaling(deployment: Deployment, sets: readonly ReplicaSet[]): boolean {
  return sets.some((set) => {
    const desired = set.metadata.annotations?.[DESIRED_REPLICAS];
    return sizeOf(set) > 0 && desired !== undefined && Number(desired) !== wanted(deployment);
  });
}

/**
 * The sizes after the Deployment was scaled or while it is paused. In the middle of a rollout the change is shared out
 * in proportion, so that a bad new template does not get all the new pods.
 */
export function scalingScales(
  deployment: Deployment,
  current: ReplicaSet | undefined,
  old: readonly ReplicaSet[],
): Scale[] {
  const all = current === undefined ? old : [...old, current];
  const active = all.filter((set) => sizeOf(set) > 0);
  if (active.length <= 1) {
    const only = active[0] ?? current ?? [...old].sort((left, right) => revisionOf(right) - revisionOf(left))[0];
    return only === undefined || sizeOf(only) === wanted(deployment) ? [] : [{ set: only, to: wanted(deployment) }];
  }
  if (current !== undefined && isSaturated(deployment, current)) {
    return old.filter((set) => sizeOf(set) > 0).map((set) => ({ set, to: 0 }));
  }
  return isRolling(deployment) ? proportional(deployment, active) : [];
}

function isSaturated(deployment: Deployment, current: ReplicaSet): boolean {
  const desired = Number(current.metadata.annotations?.[DESIRED_REPLICAS] ?? Number.NaN);
  const sizes = [desired, sizeOf(current), current.status?.availableReplicas ?? 0];
  return sizes.every((size) => size === wanted(deployment));
}

function proportional(deployment: Deployment, active: readonly ReplicaSet[]): Scale[] {
  const replicas = wanted(deployment);
  const allowed = replicas > 0 ? replicas + rolloutBounds(deployment).surge : 0;
  const toAdd = allowed - total(active, sizeOf);
  const largestFirst = [...active].sort(
    (left, right) => sizeOf(right) - sizeOf(left) || byCreation(left, right, toAdd),
  );
  let added = 0;
  const scales = largestFirst.map((set) => {
    const share = toAdd === 0 ? 0 : clampShare(shareOf(deployment, set, allowed), toAdd - added);
    added += share;
    return { set, to: sizeOf(set) + share };
  });
  const [largest] = scales;
  if (largest !== undefined) largest.to = Math.max(0, largest.to + toAdd - added);
  return scales;
}

/** Of equally large ones the newest grows and the oldest shrinks first. */
function byCreation(left: ReplicaSet, right: ReplicaSet, toAdd: number): number {
  const older = left.metadata.creationTimestamp < right.metadata.creationTimestamp ? -1 : 1;
  return toAdd > 0 ? -older : older;
}

function shareOf(deployment: Deployment, set: ReplicaSet, allowed: number): number {
  if (wanted(deployment) === 0) return -sizeOf(set);
  const before = Number(set.metadata.annotations?.[MAX_REPLICAS] ?? deployment.status?.replicas ?? allowed);
  return Math.round((sizeOf(set) * allowed) / before) - sizeOf(set);
}

function clampShare(share: number, left: number): number {
  return left > 0 ? Math.min(share, left) : Math.max(share, left);
}
