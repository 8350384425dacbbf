import type { Condition } from './common-kinds.js';

export function conditionOf(conditions: readonly Condition[] | undefined, type: string): Condition | undefined {
  return conditions?.find((condition) => condition.type === type);
}

/**
 * The conditions with this one in the place of its type's. Keeps the time of the last transition while the status
 * stays the same, as clients take it for the time since when it holds.
 */
export function withCondition(
  conditions: readonly Condition[] | undefined,
  next: Condition,
  now: string,
): readonly Condition[] {
  const current = conditionOf(conditions, next.type);
  const kept = current?.status === next.status ? current.lastTransitionTime : undefined;
  const stamped: Condition = { ...next, lastTransitionTime: kept ?? now };
  if (current === undefined) return [...(conditions ?? []), stamped];
  return (conditions ?? []).map((condition) => (condition === current ? stamped : condition));
}

export function withoutCondition(conditions: readonly Condition[] | undefined, type: string): Condition[] {
  return (conditions ?? []).filter((condition) => condition.type !== type);
}
