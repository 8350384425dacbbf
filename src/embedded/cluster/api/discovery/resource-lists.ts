import type { ResourceType, Subresource } from '../../store/kube-object.js';
import { groupVersionOf, servedGroups, type ServedType } from '../served-types.js';

interface KindReference {
  group: string;
  version: string;
  kind: string;
}

const EXCHANGED: Partial<Readonly<Record<Subresource, KindReference>>> = {
  scale: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
  eviction: { group: 'policy', version: 'v1', kind: 'Eviction' },
  token: { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest' },
};

const VERBS: Readonly<Record<Subresource, readonly string[]>> = {
  eviction: ['create'],
  finalize: ['update'],
  log: ['get'],
  scale: ['get', 'patch', 'update'],
  status: ['get', 'patch', 'update'],
  token: ['create'],
};

/** The kind whose bodies a subresource takes and answers. */
function kindOfSubresource(type: ResourceType, subresource: Subresource): KindReference {
  return EXCHANGED[subresource] ?? { group: type.group, version: type.version, kind: type.kind };
}

function resourceRows({ type, verbs }: ServedType): object[] {
  const main = {
    name: type.resource,
    singularName: type.singular,
    namespaced: type.namespaced,
    kind: type.kind,
    verbs,
    ...(type.shortNames.length > 0 ? { shortNames: type.shortNames } : {}),
    ...(type.categories.length > 0 ? { categories: type.categories } : {}),
  };
  const subresources = type.subresources.map((subresource) => ({
    name: `${type.resource}/${subresource}`,
    singularName: '',
    namespaced: type.namespaced,
    ...differingKind(type, kindOfSubresource(type, subresource)),
    verbs: VERBS[subresource],
  }));
  return [main, ...subresources];
}

function differingKind(type: ResourceType, { group, version, kind }: KindReference): object {
  return group === type.group && version === type.version ? { kind } : { group, version, kind };
}

/** The APIResourceList of one group version, as `/apis/apps/v1` answers it. */
export function resourceList(groupVersion: string, types: readonly ServedType[]): object {
  const rows = types.flatMap(resourceRows);
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources: rows };
}

function discoveryRow({ type, verbs }: ServedType): object {
  const { group, version, kind } = type;
  const subresources = type.subresources.map((subresource) => ({
    subresource,
    responseKind: kindOfSubresource(type, subresource),
    verbs: VERBS[subresource],
  }));
  return {
    resource: type.resource,
    responseKind: { group, version, kind },
    scope: type.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: type.singular,
    verbs,
    ...(type.shortNames.length > 0 ? { shortNames: type.shortNames } : {}),
    ...(type.categories.length > 0 ? { categories: type.categories } : {}),
    ...(subresources.length > 0 ? { subresources } : {}),
  };
}

/** The aggregated APIGroupDiscoveryList: of the core group alone for /api, of all others for /apis. */
export function aggregatedDiscovery(core: boolean): object {
  const groups = [...servedGroups()].filter(([group]) => (group === '') === core);
  const items = groups.map(([group, versions]) => ({
    metadata: { ...(group === '' ? {} : { name: group }), creationTimestamp: null },
    versions: [...versions].map(([version, types]) => ({
      version,
      resources: types.map(discoveryRow),
      freshness: 'Current',
    })),
  }));
  return { kind: 'APIGroupDiscoveryList', apiVersion: 'apidiscovery.k8s.io/v2', metadata: {}, items };
}

/** One APIGroup: its versions, the preferred one first. */
export function apiGroup(group: string, versions: Iterable<string>): object {
  const rows = [...versions].map((version) => ({ groupVersion: groupVersionOf({ group, version }), version }));
  return { name: group, versions: rows, preferredVersion: rows[0] };
}
