import { numberAt, valueAt } from '../../kubernetes/json-value.js';
import { latestRelease, type NamespaceState } from '../../kubernetes/namespace-state.js';
import { readiness } from '../../kubernetes/readiness.js';
import type { DriftReason, InstanceStatus, ObservedState } from '../instances/instance.js';
import type { InstanceRow } from '../instances/instance-row.js';
import { compare, type Difference } from './compare.js';

/** What a look at the cluster makes of an instance that no operation works on. */
export interface Judgement {
  readonly status: InstanceStatus;
  /** Why the status is what it is; null where it is as it should be. */
  readonly reason: DriftReason | null;
  readonly observed: ObservedState;
  readonly differences: readonly Difference[];
}

/** States that an observation may correct. Any other one belongs to an operation, or is an end. */
const correctable: ReadonlySet<InstanceStatus> = new Set([
  'running',
  'degraded',
  'stopped',
  'error',
  'provisioning',
  'starting',
  'restarting',
  'upgrading',
]);

/** Judges one instance by what its namespace holds. Pure. */
export function judge(row: InstanceRow, live: NamespaceState, now: Date): Judgement {
  const differences = compare(
    { namespace: row.namespace, release: row.release, desired: row.desired_state, applied: row.applied },
    live,
  );
  const observed = observedIn(row, live, now);
  const [status, reason] = statusOf(row, differences, observed);
  return { status, reason, observed, differences };
}

function statusOf(
  row: InstanceRow,
  differences: readonly Difference[],
  observed: ObservedState,
): [InstanceStatus, DriftReason | null] {
  const first = differences[0]?.reason ?? null;
  // What is left of an instance that is to be absent is no recovery of it.
  if (!correctable.has(row.status) || row.applied === null || row.desired_state === 'absent')
    return [row.status, first];
  if (first === 'release_missing') return ['error', first];
  if (row.desired_state === 'stopped') {
    const atZero = observed.replicas === 0;
    return [atZero && (row.status === 'error' || row.status === 'stopped') ? 'stopped' : row.status, first];
  }
  const ready = observed.conditions.every((condition) => condition.state === 'current');
  const fewer = differences.some(
    ({ reason, expected, actual }) =>
      reason === 'workload_missing' || (reason === 'replicas_changed' && Number(actual) < Number(expected)),
  );
  if (ready && !fewer) return ['running', first];
  // Only what runs can be degraded; an instance in error stays so until it is well again.
  const status = row.status === 'running' ? 'degraded' : row.status;
  return [status, first ?? 'status_mismatch'];
}

function observedIn(row: InstanceRow, live: NamespaceState, now: Date): ObservedState {
  const known = row.applied?.workloads ?? [];
  const objects = known.map((workload) => ({
    ...workload,
    object: live.objects.find(
      (candidate) => candidate.kind === workload.kind && candidate.metadata.name === workload.name,
    ),
  }));
  const counted = objects.filter(({ kind }) => kind !== 'CronJob');
  return {
    revision: latestRelease(live, row.release)?.revision ?? null,
    ready_replicas: counted.reduce(
      (sum, { object }) =>
        sum + (numberAt(object, 'status', 'readyReplicas') ?? numberAt(object, 'status', 'numberReady') ?? 0),
      0,
    ),
    replicas: counted.reduce(
      (sum, { object }) =>
        sum +
        (object === undefined || valueAt(object, 'kind') === 'DaemonSet'
          ? 0
          : (numberAt(object, 'spec', 'replicas') ?? 1)),
      0,
    ),
    conditions: objects.map(({ kind, name, object }) => {
      const { state, message } = readiness(object, now);
      return { kind, name, state, message };
    }),
  };
}
