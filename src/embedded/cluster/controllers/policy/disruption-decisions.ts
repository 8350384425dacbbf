import { withCondition } from '../conditions.js';
import type { Condition } from '../common-kinds.js';
import type { Budget } from '../kinds.js';
import { resolveShare } from '../numbers.js';

export interface PodCounts {
  /** what the pods' controllers ask for altogether */
  readonly expected: number;
  readonly pods: number;
  readonly healthy: number;
}

/** The status of a disruption budget: how many of its pods may be evicted now. `now` is RFC 3339. */
export function budgetStatus(
  budget: Budget,
  { expected, pods, healthy }: PodCounts,
  now: string,
): Record<string, unknown> {
  const { expectedPods, desiredHealthy } = targets(budget, expected, pods);
  const disruptionsAllowed = expectedPods <= 0 ? 0 : Math.max(0, healthy - desiredHealthy);
  const before = budget.status?.['conditions'];
  const conditions: readonly Condition[] = isConditions(before) ? before : [];
  const verdict: Condition =
    disruptionsAllowed > 0
      ? { type: 'DisruptionAllowed', status: 'True', reason: 'SufficientPods', message: '' }
      : { type: 'DisruptionAllowed', status: 'False', reason: 'InsufficientPods', message: '' };
  const generation = budget.metadata.generation ?? 1;
  return {
    conditions: withCondition(conditions, { ...verdict, observedGeneration: generation }, now),
    currentHealthy: healthy,
    desiredHealthy,
    disruptionsAllowed,
    expectedPods,
    observedGeneration: generation,
  };
}

/** A fixed minimum counts the pods that are there; a share and a maximum count what the controllers ask for. */
function targets({ spec }: Budget, expected: number, pods: number): { expectedPods: number; desiredHealthy: number } {
  const { minAvailable, maxUnavailable } = spec;
  if (maxUnavailable !== undefined) {
    const down = resolveShare(maxUnavailable, expected, Math.ceil);
    return { expectedPods: expected, desiredHealthy: Math.max(0, expected - down) };
  }
  if (typeof minAvailable === 'string') {
    return { expectedPods: expected, desiredHealthy: resolveShare(minAvailable, expected, Math.ceil) };
  }
  return { expectedPods: pods, desiredHealthy: minAvailable ?? 1 };
}

function isConditions(value: unknown): value is readonly Condition[] {
  return Array.isArray(value);
}
