import { failureOf, type ClusterFailure, type FailureCode } from './failure.js';
import { listAt, numberAt, textAt } from './json-value.js';
import { nameForPeople, referenceOf, type KubernetesObject } from './kubernetes-object.js';

/** The last lines of a container's log; `key` as `logKey` makes it. */
export type LogLines = ReadonlyMap<string, string>;

/** Why pods are not ready, in the words of the pod itself. `object` names who said it. */
export interface PodCause {
  readonly code: FailureCode;
  readonly object: string;
  readonly container: string | undefined;
  readonly message: string;
}

/** A container whose log would tell why it ended. */
export interface WantedLog {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
}

const IMAGE_REASONS = new Set([
  'ErrImagePull',
  'ImagePullBackOff',
  'InvalidImageName',
  'ErrImageNeverPull',
  'RegistryUnavailable',
  'ImageInspectError',
]);

/** Worst first: what explains the others stands before them. */
const ORDER: readonly FailureCode[] = [
  'quota_exceeded',
  'forbidden',
  'image_pull_failed',
  'render_failed',
  'crash_loop',
  'unschedulable',
  'volume_pending',
  'probe_failed',
];

/** Where the log of a container is found in `LogLines`. */
export function logKey(pod: string, container: string): string {
  return `${pod}/${container}`;
}

/** The containers that keep ending, whose logs `podCause` would quote. */
export function wantedLogs(pods: readonly KubernetesObject[]): WantedLog[] {
  return pods.flatMap((pod) =>
    containersOf(pod)
      .filter(isCrashing)
      .map((status) => ({
        namespace: pod.metadata.namespace ?? '',
        pod: pod.metadata.name,
        container: textAt(status, 'name') ?? '',
      })),
  );
}

/** The one cause to tell a person, or undefined when the pods give none. */
export function podCause(
  pods: readonly KubernetesObject[],
  events: readonly KubernetesObject[],
  logs: LogLines,
): PodCause | undefined {
  const living = pods.filter((pod) => pod.metadata.deletionTimestamp === undefined);
  const causes = [...events.flatMap(refusalOf), ...living.flatMap((pod) => causesOfPod(pod, events, logs))];
  return causes.sort((a, b) => ORDER.indexOf(a.code) - ORDER.indexOf(b.code))[0];
}

/** The cause as a failure for an operation: `Pod/t-acme-main/web-0 (app): ...`. */
export function failureOfCause(cause: PodCause): ClusterFailure {
  const container = cause.container === undefined ? '' : ` (${cause.container})`;
  return failureOf(cause.code, `${cause.object}${container}: ${cause.message}`);
}

function causesOfPod(pod: KubernetesObject, events: readonly KubernetesObject[], logs: LogLines): PodCause[] {
  const name = nameForPeople(referenceOf(pod));
  const ofContainers = containersOf(pod).flatMap((status) => {
    const found = causeOfContainer(pod, status, logs);
    return found === undefined
      ? []
      : [{ code: found[0], message: found[1], object: name, container: textAt(status, 'name') }];
  });
  if (ofContainers.length > 0) return ofContainers;
  const ofPod = unscheduled(pod) ?? mountOf(pod, events) ?? probeOf(pod, events);
  return ofPod === undefined ? [] : [{ code: ofPod[0], message: ofPod[1], object: name, container: undefined }];
}

type Found = readonly [FailureCode, string];

function causeOfContainer(pod: KubernetesObject, status: unknown, logs: LogLines): Found | undefined {
  const reason = textAt(status, 'state', 'waiting', 'reason') ?? '';
  const said = textAt(status, 'state', 'waiting', 'message') ?? '';
  if (IMAGE_REASONS.has(reason)) return ['image_pull_failed', said || `${reason}: ${textAt(status, 'image') ?? ''}`];
  if (reason.startsWith('CreateContainer')) return ['render_failed', `${reason}: ${said}`];
  if (!isCrashing(status)) return undefined;
  const log = logs.get(logKey(pod.metadata.name, textAt(status, 'name') ?? ''))?.trimEnd() ?? '';
  return ['crash_loop', log === '' ? endingOf(status) : `${endingOf(status)}; last log lines:\n${log}`];
}

/** Waiting to be started again after failures, or ended with one and about to be. */
function isCrashing(status: unknown): boolean {
  if (textAt(status, 'state', 'waiting', 'reason') === 'CrashLoopBackOff') return true;
  const code = numberAt(status, 'state', 'terminated', 'exitCode');
  return code !== undefined && code !== 0;
}

function endingOf(status: unknown): string {
  const now = textAt(status, 'state', 'terminated', 'reason') === undefined ? 'lastState' : 'state';
  const reason = textAt(status, now, 'terminated', 'reason') ?? 'Error';
  const code = numberAt(status, now, 'terminated', 'exitCode');
  const restarts = numberAt(status, 'restartCount') ?? 0;
  const exit = code === undefined ? '' : ` with exit code ${code}`;
  return `ended${exit} (${reason}), restarted ${restarts} times`;
}

function unscheduled(pod: KubernetesObject): Found | undefined {
  const condition = listAt(pod, 'status', 'conditions').find((entry) => textAt(entry, 'type') === 'PodScheduled');
  if (textAt(condition, 'status') !== 'False') return undefined;
  const message = textAt(condition, 'message') ?? 'no node takes it';
  return [/unbound|PersistentVolumeClaim/i.test(message) ? 'volume_pending' : 'unschedulable', message];
}

function mountOf(pod: KubernetesObject, events: readonly KubernetesObject[]): Found | undefined {
  if (textAt(pod, 'status', 'phase') !== 'Pending') return undefined;
  const event = lastEvent(pod, events, ['FailedMount', 'FailedAttachVolume', 'FailedCreatePodSandBox']);
  return event === undefined ? undefined : ['volume_pending', textAt(event, 'message') ?? ''];
}

function probeOf(pod: KubernetesObject, events: readonly KubernetesObject[]): Found | undefined {
  const ready = listAt(pod, 'status', 'conditions').find((entry) => textAt(entry, 'type') === 'Ready');
  if (textAt(pod, 'status', 'phase') !== 'Running' || textAt(ready, 'status') === 'True') return undefined;
  const event = lastEvent(pod, events, ['Unhealthy', 'ProbeWarning']);
  return event === undefined ? undefined : ['probe_failed', textAt(event, 'message') ?? ''];
}

function lastEvent(pod: KubernetesObject, events: readonly KubernetesObject[], reasons: string[]): unknown {
  return events
    .filter((event) => textAt(event, 'involvedObject', 'name') === pod.metadata.name)
    .filter((event) => reasons.includes(textAt(event, 'reason') ?? ''))
    .sort((a, b) => timeOf(a) - timeOf(b))
    .at(-1);
}

/** Pods that were never made have no status: the controller that was refused says why in an event. */
function refusalOf(event: KubernetesObject): PodCause[] {
  if (textAt(event, 'reason') !== 'FailedCreate') return [];
  const message = textAt(event, 'message') ?? '';
  const code = codeOfRefusal(message);
  if (code === undefined) return [];
  const kind = textAt(event, 'involvedObject', 'kind') ?? 'Object';
  const namespace = event.metadata.namespace;
  const name = textAt(event, 'involvedObject', 'name') ?? '';
  return [{ code, object: nameForPeople({ apiVersion: 'v1', kind, name, namespace }), container: undefined, message }];
}

function codeOfRefusal(message: string): FailureCode | undefined {
  if (/exceeded quota|failed quota|(maximum|minimum) [a-z-]+ usage per /.test(message)) return 'quota_exceeded';
  if (/violates PodSecurity/.test(message)) return 'render_failed';
  return / is forbidden/.test(message) ? 'forbidden' : undefined;
}

function containersOf(pod: KubernetesObject): unknown[] {
  return [...listAt(pod, 'status', 'initContainerStatuses'), ...listAt(pod, 'status', 'containerStatuses')];
}

function timeOf(event: KubernetesObject): number {
  const text = textAt(event, 'lastTimestamp') ?? textAt(event, 'eventTime') ?? event.metadata.creationTimestamp ?? '';
  const time = Date.parse(text);
  return Number.isNaN(time) ? 0 : time;
}
