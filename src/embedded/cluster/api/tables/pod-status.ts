import { fieldsAt, isFields, itemsAt, numberAt, stringAt, valueAt } from '../../store/fields.js';
import type { KubeObject } from '../../store/kube-object.js';
import { ageOf } from './human-duration.js';

function conditionIsTrue(pod: KubeObject, type: string): boolean {
  return itemsAt(pod, 'status', 'conditions').some(
    (condition) => stringAt(condition, 'type') === type && stringAt(condition, 'status') === 'True',
  );
}

function endReason(terminated: unknown): string {
  const reason = stringAt(terminated, 'reason');
  if (reason) return reason;
  const signal = numberAt(terminated, 'signal') ?? 0;
  return signal === 0 ? `ExitCode:${numberAt(terminated, 'exitCode') ?? 0}` : `Signal:${signal}`;
}

function isSidecar(pod: KubeObject, name: string | undefined): boolean {
  return itemsAt(pod, 'spec', 'initContainers').some(
    (container) => stringAt(container, 'name') === name && stringAt(container, 'restartPolicy') === 'Always',
  );
}

/** What holds the initialization up; undefined when it is through. */
function initReason(pod: KubeObject): string | undefined {
  const statuses = itemsAt(pod, 'status', 'initContainerStatuses');
  const total = itemsAt(pod, 'spec', 'initContainers').length;
  for (const [index, status] of statuses.entries()) {
    const terminated = valueAt(status, 'state', 'terminated');
    if (terminated !== undefined && numberAt(terminated, 'exitCode') === 0) continue;
    if (valueAt(status, 'started') === true && isSidecar(pod, stringAt(status, 'name'))) continue;
    if (terminated !== undefined) return `Init:${endReason(terminated)}`;
    const waiting = stringAt(status, 'state', 'waiting', 'reason');
    if (waiting && waiting !== 'PodInitializing') return `Init:${waiting}`;
    return `Init:${index}/${total}`;
  }
  return undefined;
}

function containerReason(pod: KubeObject, reason: string): string {
  let shown = reason;
  let running = false;
  for (const status of itemsAt(pod, 'status', 'containerStatuses').toReversed()) {
    const waiting = stringAt(status, 'state', 'waiting', 'reason');
    const terminated = valueAt(status, 'state', 'terminated');
    if (waiting) shown = waiting;
    else if (isFields(terminated)) shown = endReason(terminated);
    else if (valueAt(status, 'ready') === true && valueAt(status, 'state', 'running') !== undefined) running = true;
  }
  if (shown !== 'Completed' || !running) return shown;
  return conditionIsTrue(pod, 'Ready') ? 'Running' : 'NotReady';
}

/** The one word kubectl shows for a pod: its phase, or the most telling reason below it. */
export function podStatus(pod: KubeObject): string {
  const phase = stringAt(pod, 'status', 'phase') ?? 'Unknown';
  const reason = stringAt(pod, 'status', 'reason') ?? phase;
  const initializing = conditionIsTrue(pod, 'Initialized') ? undefined : initReason(pod);
  const shown = initializing ?? containerReason(pod, reason);
  if (pod.metadata.deletionTimestamp === undefined) return shown;
  if (stringAt(pod, 'status', 'reason') === 'NodeLost') return 'Unknown';
  return phase === 'Succeeded' || phase === 'Failed' ? shown : 'Terminating';
}

/** `1/2`: ready containers of all. */
export function podReadiness(pod: KubeObject): string {
  const ready = itemsAt(pod, 'status', 'containerStatuses').filter(
    (status) => valueAt(status, 'ready') === true && valueAt(status, 'state', 'running') !== undefined,
  );
  return `${ready.length}/${itemsAt(pod, 'spec', 'containers').length}`;
}

/** `0`, or `3 (2m ago)`. */
export function podRestarts(pod: KubeObject, now: Date): string {
  let restarts = 0;
  let last: string | undefined;
  for (const status of itemsAt(pod, 'status', 'containerStatuses')) {
    restarts += numberAt(status, 'restartCount') ?? 0;
    const finished = stringAt(fieldsAt(status, 'lastState', 'terminated'), 'finishedAt');
    if (finished !== undefined && (last === undefined || finished > last)) last = finished;
  }
  return restarts > 0 && last !== undefined ? `${restarts} (${ageOf(last, now)} ago)` : String(restarts);
}
