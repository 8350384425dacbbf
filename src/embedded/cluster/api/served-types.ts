import type { KubeObject, ResourceType, Subresource } from '../store/kube-object.js';
import { keyOf, RESOURCE_TYPES, typeOfKey } from '../store/resource-types.js';
import { eventFromV1, eventToV1, scalerFromV2, scalerToV2 } from './conversion.js';

export type Verb = 'create' | 'delete' | 'deletecollection' | 'get' | 'list' | 'patch' | 'update' | 'watch';

/** A type as one group version serves it. */
export interface ServedType {
  type: ResourceType;
  verbs: readonly Verb[];
  /** where its objects are kept; undefined for what is computed: reviews and metrics */
  key: string | undefined;
  /** from this version to the stored one, and back; absent where they are the same */
  convert?: { toStored(object: KubeObject): KubeObject; fromStored(object: KubeObject): KubeObject };
}

const ALL_VERBS: readonly Verb[] = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

function stored(type: ResourceType): ServedType {
  const verbs = type.resource === 'namespaces' ? ALL_VERBS.filter((verb) => verb !== 'deletecollection') : ALL_VERBS;
  return { type, verbs, key: keyOf(type) };
}

function computed(groupVersion: string, kind: string, namespaced: boolean, verbs: readonly Verb[]): ServedType {
  const [group = '', version = ''] = groupVersion.split('/');
  const singular = kind.toLowerCase();
  const subresources: readonly Subresource[] = [];
  const names = { singular, shortNames: [], categories: [], subresources };
  return {
    type: { group, version, resource: `${singular}s`, kind, namespaced, hasGeneration: false, ...names },
    verbs,
    key: undefined,
  };
}

function metric(resource: string, kind: string, namespaced: boolean): ServedType {
  const served = computed('metrics.k8s.io/v1beta1', kind, namespaced, ['get', 'list']);
  return { ...served, type: { ...served.type, resource, singular: '' } };
}

const EVENT = typeOfKey('/events');
const SCALER = typeOfKey('autoscaling/horizontalpodautoscalers');

/** All that is served, in the order discovery lists it; the preferred version of a group comes first. */
export const SERVED_TYPES: readonly ServedType[] = [
  ...RESOURCE_TYPES.map(stored),
  {
    ...stored({ ...EVENT, group: 'events.k8s.io' }),
    key: '/events',
    convert: { toStored: eventToV1, fromStored: eventFromV1 },
  },
  {
    ...stored({ ...SCALER, version: 'v1' }),
    convert: { toStored: scalerToV2, fromStored: scalerFromV2 },
  },
  computed('authentication.k8s.io/v1', 'SelfSubjectReview', false, ['create']),
  computed('authentication.k8s.io/v1', 'TokenReview', false, ['create']),
  computed('authorization.k8s.io/v1', 'SelfSubjectAccessReview', false, ['create']),
  computed('authorization.k8s.io/v1', 'SelfSubjectRulesReview', false, ['create']),
  computed('authorization.k8s.io/v1', 'SubjectAccessReview', false, ['create']),
  computed('authorization.k8s.io/v1', 'LocalSubjectAccessReview', true, ['create']),
  metric('nodes', 'NodeMetrics', false),
  metric('pods', 'PodMetrics', true),
];

/** `v1`, `apps/v1` */
export function groupVersionOf(type: Pick<ResourceType, 'group' | 'version'>): string {
  return type.group === '' ? type.version : `${type.group}/${type.version}`;
}

const BY_PATH: ReadonlyMap<string, ServedType> = new Map(
  SERVED_TYPES.map((served) => [`${groupVersionOf(served.type)}/${served.type.resource}`, served]),
);

/** The type behind a path, or undefined when that group version does not serve it. */
export function servedType(groupVersion: string, resource: string): ServedType | undefined {
  return BY_PATH.get(`${groupVersion}/${resource}`);
}

/** Served types by group and then version, in discovery's order. */
export function servedGroups(): Map<string, Map<string, ServedType[]>> {
  const groups = new Map<string, Map<string, ServedType[]>>();
  for (const served of SERVED_TYPES) {
    const { group, version } = served.type;
    const versions = groups.get(group) ?? new Map<string, ServedType[]>();
    groups.set(group, versions);
    versions.set(version, [...(versions.get(version) ?? []), served]);
  }
  return groups;
}
