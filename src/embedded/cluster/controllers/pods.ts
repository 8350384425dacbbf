import { conditionOf } from './conditions.js';
import type { ControllerClock } from './controller-clock.js';
import { isTerminating } from './ownership.js';
import type { Container, Pod } from './pod-kinds.js';

export function isFinished(pod: Pod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}

/** Counts for its owner: neither finished nor on its way out. */
export function isActive(pod: Pod): boolean {
  return !isFinished(pod) && !isTerminating(pod);
}

export function isReady(pod: Pod): boolean {
  return conditionOf(pod.status?.conditions, 'Ready')?.status === 'True';
}

/** Milliseconds until a ready pod is available: 0 when it is, infinite while it is not ready. */
export function availableIn(pod: Pod, minReadySeconds: number | undefined, clock: ControllerClock): number {
  const ready = conditionOf(pod.status?.conditions, 'Ready');
  if (ready?.status !== 'True') return Number.POSITIVE_INFINITY;
  return Math.max(0, (minReadySeconds ?? 0) * 1000 - clock.since(ready.lastTransitionTime));
}

export function isAvailable(pod: Pod, minReadySeconds: number | undefined, clock: ControllerClock): boolean {
  return availableIn(pod, minReadySeconds, clock) === 0;
}

/** A native sidecar: an init container that goes on running beside the others. */
export function isSidecar(container: Container): boolean {
  return container.restartPolicy === 'Always';
}

/** The number at the end of a StatefulSet pod's name, -1 without one. */
export function ordinalOf(pod: Pod): number {
  const digits = /-(\d+)$/.exec(pod.metadata.name);
  return digits === null ? -1 : Number(digits[1]);
}
