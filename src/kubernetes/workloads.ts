import { listAt, numberAt, recordAt, textAt, valueAt } from './json-value.js';
import { groupOf, type KubernetesObject, type ObjectReference } from './kubernetes-object.js';
import type { ReleaseHook } from './release-record.js';

type WorkloadKind = 'Deployment' | 'StatefulSet' | 'DaemonSet' | 'CronJob' | 'Job' | 'ReplicaSet' | 'Pod';

/** Something of a release that runs pods. */
export interface Workload {
  readonly kind: WorkloadKind;
  readonly apiVersion: string;
  readonly name: string;
  readonly namespace: string | undefined;
  /** What the object asks for; null when an autoscaler decides, or when the kind has no replicas. */
  readonly replicas: number | null;
  /** True for a CronJob or Job that is suspended. */
  readonly suspended: boolean;
  /** Image by container name; init containers are among them as `init:<name>`. */
  readonly images: Readonly<Record<string, string>>;
}

/** What a release consists of, to be remembered before it is taken down. */
export interface Inventory {
  readonly workloads: readonly Workload[];
  /** Every object, workloads among them, without their bodies. */
  readonly objects: readonly ObjectReference[];
  /** Claims that StatefulSets make for themselves; `<template>-<set>-<ordinal>` are their names and they survive an uninstall. */
  readonly claimTemplates: readonly { readonly statefulSet: string; readonly template: string }[];
  readonly hooks: readonly ObjectReference[];
}

const WORKLOAD_GROUPS: Record<WorkloadKind, string> = {
  Deployment: 'apps',
  StatefulSet: 'apps',
  DaemonSet: 'apps',
  ReplicaSet: 'apps',
  CronJob: 'batch',
  Job: 'batch',
  Pod: '',
};

const SCALABLE = new Set<WorkloadKind>(['Deployment', 'StatefulSet', 'ReplicaSet']);

/** The inventory of a release from its record. Objects without a namespace of their own are in the release's. */
export function inventoryOf(
  manifest: readonly KubernetesObject[],
  hooks: readonly ReleaseHook[],
  namespace: string,
): Inventory {
  const autoscaled = new Set(manifest.flatMap(autoscalerTarget));
  const refer = (object: KubernetesObject): ObjectReference => ({
    apiVersion: object.apiVersion,
    kind: object.kind,
    name: object.metadata.name,
    namespace: object.metadata.namespace ?? namespace,
  });
  return {
    workloads: manifest.filter(isWorkload).map((object) => workloadOf(object, autoscaled.has(targetKey(object)))),
    objects: manifest.map(refer),
    claimTemplates: manifest.filter((object) => object.kind === 'StatefulSet').flatMap(claimTemplatesOf),
    hooks: hooks.flatMap((hook) => (hook.object === undefined ? [] : [refer(hook.object)])),
  };
}

/** True for kinds that run pods. */
export function isWorkload(object: KubernetesObject): boolean {
  return isWorkloadKind(object.kind) && WORKLOAD_GROUPS[object.kind] === groupOf(object.apiVersion);
}

/** One workload from its object, live or rendered. @throws Error for an object of another kind */
export function workloadOf(object: KubernetesObject, autoscaled: boolean): Workload {
  if (!isWorkloadKind(object.kind)) throw new Error(`${object.kind} is not a workload`);
  const { kind } = object;
  return {
    kind,
    apiVersion: object.apiVersion,
    name: object.metadata.name,
    namespace: object.metadata.namespace,
    replicas: SCALABLE.has(kind) && !autoscaled ? (numberAt(object, 'spec', 'replicas') ?? 1) : null,
    suspended: valueAt(object, 'spec', 'suspend') === true,
    images: imagesOf(podSpecOf(object)),
  };
}

/** True when no pod is left that was or will be running; pods that ended stay for their logs and hold nothing. */
export function isStopped(pods: readonly KubernetesObject[]): boolean {
  return pods.every((pod) => {
    const phase = textAt(pod, 'status', 'phase');
    return phase === 'Succeeded' || phase === 'Failed';
  });
}

function isWorkloadKind(kind: string): kind is WorkloadKind {
  return Object.hasOwn(WORKLOAD_GROUPS, kind);
}

function podSpecOf(object: KubernetesObject): Record<string, unknown> {
  if (object.kind === 'Pod') return recordAt(object, 'spec');
  if (object.kind === 'CronJob') return recordAt(object, 'spec', 'jobTemplate', 'spec', 'template', 'spec');
  return recordAt(object, 'spec', 'template', 'spec');
}

function imagesOf(podSpec: Record<string, unknown>): Record<string, string> {
  const named = (list: string, prefix: string): [string, string][] =>
    listAt(podSpec, list).map((container) => [
      `${prefix}${textAt(container, 'name') ?? ''}`,
      textAt(container, 'image') ?? '',
    ]);
  return Object.fromEntries([...named('containers', ''), ...named('initContainers', 'init:')]);
}

function claimTemplatesOf(statefulSet: KubernetesObject): { statefulSet: string; template: string }[] {
  return listAt(statefulSet, 'spec', 'volumeClaimTemplates').map((template) => ({
    statefulSet: statefulSet.metadata.name,
    template: textAt(template, 'metadata', 'name') ?? '',
  }));
}

function autoscalerTarget(object: KubernetesObject): string[] {
  if (object.kind !== 'HorizontalPodAutoscaler') return [];
  const target = recordAt(object, 'spec', 'scaleTargetRef');
  return [`${textAt(target, 'kind') ?? ''}/${textAt(target, 'name') ?? ''}`];
}

function targetKey(object: KubernetesObject): string {
  return `${object.kind}/${object.metadata.name}`;
}
