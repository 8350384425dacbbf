import type { KubeObject, ResourceKey, ResourceType, Subresource } from './kube-object.js';

interface Row {
  kind: string;
  resource?: string;
  short?: readonly string[];
  categories?: readonly string[];
  cluster?: true;
  sub?: readonly Subresource[];
  /** metadata.generation is kept */
  gen?: true;
}

const ALL = ['all'] as const;

/** Every stored type by group version; the first version of a group is the one objects are kept in. */
const TABLE: Readonly<Record<string, readonly Row[]>> = {
  v1: [
    { kind: 'Namespace', short: ['ns'], cluster: true, sub: ['finalize', 'status'] },
    {
      kind: 'Pod',
      short: ['po'],
      categories: ALL,
      sub: ['eviction', 'log', 'status'],
      gen: true,
    },
    { kind: 'Service', short: ['svc'], categories: ALL, sub: ['status'] },
    { kind: 'Endpoints', resource: 'endpoints', short: ['ep'] },
    { kind: 'ConfigMap', short: ['cm'] },
    { kind: 'Secret' },
    { kind: 'ServiceAccount', short: ['sa'], sub: ['token'] },
    { kind: 'PersistentVolumeClaim', short: ['pvc'], sub: ['status'] },
    { kind: 'PersistentVolume', short: ['pv'], cluster: true, sub: ['status'] },
    { kind: 'ResourceQuota', short: ['quota'], sub: ['status'] },
    { kind: 'LimitRange', short: ['limits'] },
    { kind: 'Event', short: ['ev'] },
    { kind: 'Node', short: ['no'], cluster: true, sub: ['status'] },
    { kind: 'ReplicationController', short: ['rc'], categories: ALL, sub: ['scale', 'status'], gen: true },
    { kind: 'PodTemplate', gen: true },
  ],
  'apps/v1': [
    { kind: 'Deployment', short: ['deploy'], categories: ALL, sub: ['scale', 'status'], gen: true },
    { kind: 'ReplicaSet', short: ['rs'], categories: ALL, sub: ['scale', 'status'], gen: true },
    { kind: 'StatefulSet', short: ['sts'], categories: ALL, sub: ['scale', 'status'], gen: true },
    { kind: 'DaemonSet', short: ['ds'], categories: ALL, sub: ['status'], gen: true },
    { kind: 'ControllerRevision' },
  ],
  'batch/v1': [
    { kind: 'Job', categories: ALL, sub: ['status'], gen: true },
    { kind: 'CronJob', short: ['cj'], categories: ALL, sub: ['status'], gen: true },
  ],
  'autoscaling/v2': [{ kind: 'HorizontalPodAutoscaler', short: ['hpa'], categories: ALL, sub: ['status'] }],
  'networking.k8s.io/v1': [
    { kind: 'Ingress', resource: 'ingresses', short: ['ing'], sub: ['status'], gen: true },
    { kind: 'IngressClass', resource: 'ingressclasses', cluster: true, gen: true },
    { kind: 'NetworkPolicy', resource: 'networkpolicies', short: ['netpol'], gen: true },
  ],
  'policy/v1': [{ kind: 'PodDisruptionBudget', short: ['pdb'], sub: ['status'], gen: true }],
  'rbac.authorization.k8s.io/v1': [
    { kind: 'Role' },
    { kind: 'RoleBinding' },
    { kind: 'ClusterRole', cluster: true },
    { kind: 'ClusterRoleBinding', cluster: true },
  ],
  'discovery.k8s.io/v1': [{ kind: 'EndpointSlice', gen: true }],
  'storage.k8s.io/v1': [{ kind: 'StorageClass', resource: 'storageclasses', short: ['sc'], cluster: true }],
  'scheduling.k8s.io/v1': [
    { kind: 'PriorityClass', resource: 'priorityclasses', short: ['pc'], cluster: true, gen: true },
  ],
  'coordination.k8s.io/v1': [{ kind: 'Lease' }],
};

function expand(groupVersion: string, row: Row): ResourceType {
  const slash = groupVersion.indexOf('/');
  return {
    group: slash < 0 ? '' : groupVersion.slice(0, slash),
    version: groupVersion.slice(slash + 1),
    resource: row.resource ?? `${row.kind.toLowerCase()}s`,
    kind: row.kind,
    singular: row.kind.toLowerCase(),
    shortNames: row.short ?? [],
    categories: row.categories ?? [],
    namespaced: row.cluster !== true,
    subresources: row.sub ?? [],
    hasGeneration: row.gen === true,
  };
}

/** All types whose objects the store keeps. */
export const RESOURCE_TYPES: readonly ResourceType[] = Object.entries(TABLE).flatMap(([groupVersion, rows]) =>
  rows.map((row) => expand(groupVersion, row)),
);

/** `apps/deployments` for apps/v1 Deployments, `/pods` for v1 Pods. */
export function keyOf(type: Pick<ResourceType, 'group' | 'resource'>): ResourceKey {
  return `${type.group}/${type.resource}`;
}

const BY_KEY: ReadonlyMap<string, ResourceType> = new Map(RESOURCE_TYPES.map((type) => [keyOf(type), type]));

const BY_KIND: ReadonlyMap<string, ResourceType> = new Map(
  RESOURCE_TYPES.map((type) => [`${type.group}/${type.kind}`, type]),
);

/** The type stored under a key. Throws on a key that is not in the table: that is a fault of the caller. */
export function typeOfKey(key: string): ResourceType {
  const type = BY_KEY.get(key);
  if (type === undefined) throw new Error(`no such resource type: ${key}`);
  return type;
}

/** The stored type of an object's apiVersion (any version of its group) and kind, if served. */
export function typeOfKind(apiVersion: string, kind: string): ResourceType | undefined {
  const slash = apiVersion.indexOf('/');
  return BY_KIND.get(`${slash < 0 ? '' : apiVersion.slice(0, slash)}/${kind}`);
}

/** The store key of an object, if its type is served. */
export function keyOfObject(object: Pick<KubeObject, 'apiVersion' | 'kind'>): ResourceKey | undefined {
  const type = typeOfKind(object.apiVersion, object.kind);
  return type === undefined ? undefined : keyOf(type);
}
