/** How a list merges: item keys for server-side apply, and the one key for strategic merge patch (`-` when there is none). */
export interface ListMetadata {
  merge: 'atomic' | 'set' | 'map';
  keys?: readonly string[];
  patchKey?: string;
  patchMerge?: boolean;
  retainKeys?: boolean;
}

const byKey = (key: string): ListMetadata => ({ merge: 'map', keys: [key], patchKey: key, patchMerge: true });
const retaining = (key: string): ListMetadata => ({ ...byKey(key), retainKeys: true });
const conditions = byKey('type');

const CONTAINER_LISTS: Readonly<Record<string, ListMetadata>> = {
  env: byKey('name'),
  ports: { merge: 'map', keys: ['containerPort', 'protocol'], patchKey: 'containerPort', patchMerge: true },
  volumeDevices: byKey('devicePath'),
  volumeMounts: byKey('mountPath'),
};

/** Lists that are not atomic, by type and field. A list that is not here is replaced as a whole. */
export const LISTS: Readonly<Record<string, Readonly<Record<string, ListMetadata>>>> = {
  ObjectMeta: { finalizers: { merge: 'set', patchMerge: true }, ownerReferences: byKey('uid') },
  Container: CONTAINER_LISTS,
  EphemeralContainer: CONTAINER_LISTS,
  ContainerStatus: { allocatedResourcesStatus: byKey('name'), volumeMounts: byKey('mountPath') },
  PodSpec: {
    containers: byKey('name'),
    ephemeralContainers: byKey('name'),
    hostAliases: byKey('ip'),
    imagePullSecrets: byKey('name'),
    initContainers: byKey('name'),
    resourceClaims: retaining('name'),
    schedulingGates: byKey('name'),
    topologySpreadConstraints: {
      merge: 'map',
      keys: ['topologyKey', 'whenUnsatisfiable'],
      patchKey: 'topologyKey',
      patchMerge: true,
    },
    volumes: retaining('name'),
  },
  PodStatus: {
    conditions,
    hostIPs: { merge: 'atomic', patchKey: 'ip', patchMerge: true },
    podIPs: byKey('ip'),
    resourceClaimStatuses: retaining('name'),
  },
  ResourceRequirements: { claims: { merge: 'map', keys: ['name'] } },
  ResourceStatus: { resources: { merge: 'map', keys: ['resourceID'] } },
  ServiceSpec: { ports: { merge: 'map', keys: ['port', 'protocol'], patchKey: 'port', patchMerge: true } },
  ServiceStatus: { conditions },
  ServiceAccount: { secrets: byKey('name') },
  NodeSpec: { podCIDRs: { merge: 'set', patchMerge: true } },
  NodeStatus: { addresses: byKey('type'), conditions },
  NamespaceStatus: { conditions },
  PersistentVolumeClaimStatus: { conditions },
  ReplicationControllerStatus: { conditions },
  ComponentStatus: { conditions },
  DeploymentStatus: { conditions },
  ReplicaSetStatus: { conditions },
  StatefulSetStatus: { conditions },
  DaemonSetStatus: { conditions },
  JobStatus: { conditions: { merge: 'atomic', patchKey: 'type', patchMerge: true } },
  UncountedTerminatedPods: { failed: { merge: 'set' }, succeeded: { merge: 'set' } },
  PodFailurePolicyOnExitCodesRequirement: { values: { merge: 'set' } },
  ContainerRestartRuleOnExitCodes: { values: { merge: 'set' } },
  HorizontalPodAutoscalerStatus: { conditions },
  PodDisruptionBudgetStatus: { conditions },
  Endpoint: { addresses: { merge: 'set' } },
  CSIDriverSpec: { volumeLifecycleModes: { merge: 'set' } },
  CSINodeSpec: { drivers: byKey('name') },
  CustomResourceDefinitionStatus: { conditions: { merge: 'map', keys: ['type'] } },
  APIServiceStatus: { conditions },
  MutatingWebhookConfiguration: { webhooks: byKey('name') },
  ValidatingWebhookConfiguration: { webhooks: byKey('name') },
};

/** Key members that may be left out, and what they then count as. */
export const KEY_DEFAULTS: Readonly<Record<string, string>> = { protocol: 'TCP' };

/** Types and maps that have one owner as a whole. */
export const ATOMIC_STRUCTS: ReadonlySet<string> = new Set([
  'ConfigMapKeySelector',
  'EndpointAddress',
  'EndpointPort',
  'FileKeySelector',
  'LabelSelector',
  'LocalObjectReference',
  'NodeSelector',
  'NodeSelectorTerm',
  'ObjectFieldSelector',
  'ObjectReference',
  'OwnerReference',
  'ResourceFieldSelector',
  'RoleRef',
  'ScopeSelector',
  'SecretKeySelector',
  'SecretReference',
  'ServiceBackendPort',
  'Subject',
  'TopologySelectorTerm',
  'TypedLocalObjectReference',
]);

/** Maps with one owner as a whole, as `Type.field`. */
export const ATOMIC_MAPS: ReadonlySet<string> = new Set([
  'PodSpec.nodeSelector',
  'ReplicationControllerSpec.selector',
  'Scheduling.nodeSelector',
  'ServiceSpec.selector',
]);

/** Fields whose type is atomic elsewhere but granular here. */
export const GRANULAR_FIELDS: ReadonlySet<string> = new Set(['PersistentVolumeSpec.claimRef']);

/** Structs of which strategic merge patch keeps only the members that $retainKeys names, or that it replaces. */
export const RETAINED_STRUCTS: ReadonlySet<string> = new Set(['DeploymentSpec.strategy']);
export const REPLACED_STRUCTS: ReadonlySet<string> = new Set(['PodDisruptionBudgetSpec.selector']);
