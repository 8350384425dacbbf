import { numberAt, valueAt } from '../../kubernetes/json-value.js';
import type { KubernetesObject } from '../../kubernetes/kubernetes-object.js';
import { latestRelease, type NamespaceState } from '../../kubernetes/namespace-state.js';
import type { ReleaseMetadata } from '../../kubernetes/release-record.js';
import { workloadOf } from '../../kubernetes/workloads.js';
import type { AppliedRelease, AppliedWorkload, DesiredState, DriftFinding } from '../instances/instance.js';

/** A difference, before it is known who made it and since when. */
export type Difference = Omit<DriftFinding, 'changed_by' | 'detected_at'>;

/** What the database says of an instance, as far as drift goes. */
export interface Wanted {
  readonly namespace: string;
  readonly release: string;
  readonly desired: DesiredState;
  readonly applied: AppliedRelease | null;
}

/** Every difference between what the database says and what the cluster holds. Pure, and blind to operations: ask only when none runs. */
export function compare(wanted: Wanted, live: NamespaceState): Difference[] {
  const release = latestRelease(live, wanted.release);
  if (wanted.desired === 'absent') return release === undefined ? [] : [orphan(wanted, release)];
  if (wanted.applied === null) return [];
  if (release === undefined) {
    return [difference(wanted, 'Release', wanted.release, '', wanted.applied.revision, null, 'release_missing')];
  }
  return [
    ...revision(wanted, wanted.applied, release),
    ...wanted.applied.workloads.flatMap((workload) => workloadDifferences(wanted, workload, live)),
  ];
}

function revision(wanted: Wanted, applied: AppliedRelease, release: ReleaseMetadata): Difference[] {
  if (release.revision === applied.revision && release.status === 'deployed') return [];
  const actual = release.revision === applied.revision ? release.status : release.revision;
  const expected = release.revision === applied.revision ? 'deployed' : applied.revision;
  return [difference(wanted, 'Release', wanted.release, '/revision', expected, actual, 'revision_changed')];
}

function workloadDifferences(wanted: Wanted, applied: AppliedWorkload, live: NamespaceState): Difference[] {
  const object = live.objects.find(
    (candidate) => candidate.kind === applied.kind && candidate.metadata.name === applied.name,
  );
  if (object === undefined || object.metadata.deletionTimestamp !== undefined) {
    return [difference(wanted, applied.kind, applied.name, '', 'present', null, 'workload_missing')];
  }
  return [...replicas(wanted, applied, object), ...images(wanted, applied, object)];
}

function replicas(wanted: Wanted, applied: AppliedWorkload, object: KubernetesObject): Difference[] {
  const { kind, name } = applied;
  const stopped = wanted.desired === 'stopped';
  if (kind === 'CronJob') {
    const suspended = valueAt(object, 'spec', 'suspend') === true;
    return suspended === stopped
      ? []
      : [difference(wanted, kind, name, '/spec/suspend', stopped, suspended, 'spec_changed')];
  }
  if (kind !== 'Deployment' && kind !== 'StatefulSet') return [];
  const actual = numberAt(object, 'spec', 'replicas') ?? 1;
  // Where an autoscaler decides, any number is right but the one that switches it off.
  const expected = stopped ? 0 : (applied.replicas ?? (actual === 0 ? 1 : actual));
  return actual === expected
    ? []
    : [difference(wanted, kind, name, '/spec/replicas', expected, actual, 'replicas_changed')];
}

function images(wanted: Wanted, applied: AppliedWorkload, object: KubernetesObject): Difference[] {
  const actual = workloadOf(object, false).images;
  const names = new Set([...Object.keys(applied.images), ...Object.keys(actual)]);
  return [...names]
    .filter((container) => applied.images[container] !== undefined && actual[container] !== applied.images[container])
    .map((container) => {
      const path = `${templateOf(applied.kind)}/spec/${containerPath(container)}/image`;
      return difference(
        wanted,
        applied.kind,
        applied.name,
        path,
        applied.images[container] ?? null,
        actual[container] ?? null,
        'spec_changed',
      );
    });
}

function templateOf(kind: string): string {
  return kind === 'CronJob' ? '/spec/jobTemplate/spec/template' : '/spec/template';
}

/** Images of init containers are known by `init:<name>`. */
function containerPath(name: string): string {
  return name.startsWith('init:') ? `initContainers/${name.slice('init:'.length)}` : `containers/${name}`;
}

function orphan(wanted: Wanted, release: ReleaseMetadata): Difference {
  return difference(wanted, 'Release', wanted.release, '', null, release.revision, 'orphan_release');
}

function difference(
  wanted: Wanted,
  kind: string,
  name: string,
  path: string,
  expected: Difference['expected'],
  actual: Difference['actual'],
  reason: Difference['reason'],
): Difference {
  return { kind, name, namespace: wanted.namespace, path, expected, actual, reason };
}
