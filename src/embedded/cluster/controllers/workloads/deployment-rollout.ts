import type { Deployment, ReplicaSet } from '../kinds.js';
import { byAge, isRolling, rolloutBounds, wanted } from './deployment-sets.js';

/** One change of a ReplicaSet's size. */
export interface Scale {
  readonly set: ReplicaSet;
  readonly to: number;
}

export function sizeOf(set: ReplicaSet | undefined): number {
  return set?.spec.replicas ?? 0;
}

export function total(sets: readonly ReplicaSet[], count: (set: ReplicaSet) => number): number {
  return sets.reduce((sum, set) => sum + count(set), 0);
}

/** How large the ReplicaSet of the present template may now be, the others having the size they have. */
export function allowedSize(
  deployment: Deployment,
  current: ReplicaSet | undefined,
  old: readonly ReplicaSet[],
): number {
  const replicas = wanted(deployment);
  if (!isRolling(deployment)) return replicas;
  const size = sizeOf(current);
  const room = replicas + rolloutBounds(deployment).surge - total(old, sizeOf) - size;
  return room <= 0 ? size : size + Math.min(room, replicas - size);
}

/**
 * The next sizes in a rolling update. First the new ReplicaSet grows or shrinks as far as the surge allows; only then
 * are the old ones made smaller, unhealthy pods first, never below what must stay available.
 */
export function rollingScales(deployment: Deployment, current: ReplicaSet, old: readonly ReplicaSet[]): Scale[] {
  const replicas = wanted(deployment);
  if (sizeOf(current) > replicas) return [{ set: current, to: replicas }];
  const size = allowedSize(deployment, current, old);
  if (size !== sizeOf(current)) return [{ set: current, to: size }];
  return shrinkOld(deployment, current, byAge(old));
}

function shrinkOld(deployment: Deployment, current: ReplicaSet, old: readonly ReplicaSet[]): Scale[] {
  if (total(old, sizeOf) === 0) return [];
  const all = [...old, current];
  const minAvailable = wanted(deployment) - rolloutBounds(deployment).unavailable;
  const newUnavailable = sizeOf(current) - availableOf(current);
  const mayGo = total(all, sizeOf) - minAvailable - newUnavailable;
  if (mayGo <= 0) return [];
  const sizes = new Map(old.map((set) => [set, sizeOf(set)]));
  takeAway(sizes, mayGo, (set, size) => size - availableOf(set));
  const spare = total(all, availableOf) - minAvailable;
  takeAway(sizes, spare, (_set, size) => size);
  return [...sizes].filter(([set, to]) => to !== sizeOf(set)).map(([set, to]) => ({ set, to }));
}

/** Lowers sizes, in order, by at most `budget` altogether and by at most what each can spare. */
function takeAway(
  sizes: Map<ReplicaSet, number>,
  budget: number,
  spare: (set: ReplicaSet, size: number) => number,
): void {
  let left = budget;
  for (const [set, size] of sizes) {
    if (left <= 0) return;
    const down = Math.max(0, Math.min(left, spare(set, size)));
    sizes.set(set, size - down);
    left -= down;
  }
}

function availableOf(set: ReplicaSet): number {
  return set.status?.availableReplicas ?? 0;
}

/** The next sizes with the strategy Recreate: all old ones to zero, and the new one only when no old pod is left. */
export function recreateScales(
  deployment: Deployment,
  current: ReplicaSet | undefined,
  old: readonly ReplicaSet[],
  oldPodsLeft: boolean,
): Scale[] {
  const down = old.filter((set) => sizeOf(set) > 0).map((set) => ({ set, to: 0 }));
  if (down.length > 0 || oldPodsLeft || current === undefined) return down;
  return sizeOf(current) === wanted(deployment) ? [] : [{ set: current, to: wanted(deployment) }];
}

/** The ReplicaSets that fall out of the revision history: the oldest that are idle. */
export function beyondHistory(
  deployment: Deployment,
  old: readonly ReplicaSet[],
  revisionOf: (set: ReplicaSet) => number,
) {
  const limit = deployment.spec.revisionHistoryLimit ?? 10;
  const alive = old.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  const oldest = [...alive].sort((left, right) => revisionOf(left) - revisionOf(right));
  return oldest.slice(0, Math.max(0, alive.length - limit)).filter((set) => isIdle(set));
}

function isIdle({ metadata, spec, status }: ReplicaSet): boolean {
  const seen = (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0);
  return seen && (status?.replicas ?? 0) === 0 && (spec.replicas ?? 0) === 0;
}
