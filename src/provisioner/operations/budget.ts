import type { WorkOrder } from './work-order.js';

/** Steps that are only taken when a change is given up. */
function isWayBack(step: string): boolean {
  return step === 'roll_back_release' || step === 'restore_namespace';
}

/**
 * Since when the time of an operation counts, in milliseconds of the epoch: from its beginning, or from when it began to go back. Time in
 * which nobody worked on it is not known, so whoever takes it up again has at least the wait of the foreground left: an outage of
 * Tenantry fails no operation. Pure.
 */
export function countsFrom({ operation, blueprint }: WorkOrder, now: Date): number {
  const goingBackAt = operation.steps.find((step) => isWayBack(step.name))?.started_at;
  const began = Date.parse(goingBackAt ?? operation.started_at ?? operation.created_at);
  const { deadline_seconds: deadline, timeout_seconds: timeout } = blueprint.readiness;
  return Math.max(began, now.getTime() - (deadline - timeout) * 1_000);
}
