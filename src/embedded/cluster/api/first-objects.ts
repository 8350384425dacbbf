import type { KubeObject } from '../store/kube-object.js';
import type { ObjectStore } from '../store/object-store.js';

const NAMESPACES = ['default', 'kube-node-lease', 'kube-public', 'kube-system'] as const;
const RBAC = 'rbac.authorization.k8s.io';

const READ = ['get', 'list', 'watch'];
const ALL_VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

const EVERYTHING = { apiGroups: ['*'], resources: ['*'], verbs: ['*'] };
const CONTENT = [
  'bindings',
  'configmaps',
  'endpoints',
  'events',
  'limitranges',
  'persistentvolumeclaims',
  'pods',
  'pods/log',
  'pods/status',
  'replicationcontrollers',
  'replicationcontrollers/scale',
  'resourcequotas',
  'serviceaccounts',
  'services',
  'services/status',
];
const GROUPS = ['apps', 'autoscaling', 'batch', 'discovery.k8s.io', 'networking.k8s.io', 'policy'];

function contentRules(verbs: readonly string[]): object[] {
  return [
    { apiGroups: [''], resources: CONTENT, verbs },
    { apiGroups: GROUPS, resources: ['*'], verbs },
  ];
}

const SECRETS = { apiGroups: [''], resources: ['secrets', 'pods/eviction', 'serviceaccounts/token'], verbs: ALL_VERBS };
const READ_NAMESPACES = { apiGroups: [''], resources: ['namespaces'], verbs: READ };
const ROLES = { apiGroups: [RBAC], resources: ['roles', 'rolebindings'], verbs: ALL_VERBS };

/** The roles that every cluster has and that people bind to. */
const CLUSTER_ROLES: Readonly<Record<string, readonly object[]>> = {
  'cluster-admin': [EVERYTHING, { nonResourceURLs: ['*'], verbs: ['*'] }],
  admin: [...contentRules(ALL_VERBS), SECRETS, READ_NAMESPACES, ROLES],
  edit: [...contentRules(ALL_VERBS), SECRETS, READ_NAMESPACES],
  view: [...contentRules(READ), READ_NAMESPACES],
  'system:basic-user': [
    {
      apiGroups: ['authorization.k8s.io'],
      resources: ['selfsubjectaccessreviews', 'selfsubjectrulesreviews'],
      verbs: ['create'],
    },
    { apiGroups: ['authentication.k8s.io'], resources: ['selfsubjectreviews'], verbs: ['create'] },
  ],
};

const BINDINGS: readonly (readonly [role: string, group: string])[] = [
  ['cluster-admin', 'system:masters'],
  ['system:basic-user', 'system:authenticated'],
];

/** Makes what a fresh cluster holds: its namespaces, the default roles, the service of the API itself. */
export function ensureFirstObjects(store: ObjectStore): void {
  for (const name of NAMESPACES) ensure(store, '/namespaces', object('v1', 'Namespace', name));
  for (const [name, rules] of Object.entries(CLUSTER_ROLES)) {
    ensure(store, `${RBAC}/clusterroles`, { ...object(`${RBAC}/v1`, 'ClusterRole', name), rules });
  }
  for (const [name, group] of BINDINGS) {
    ensure(store, `${RBAC}/clusterrolebindings`, {
      ...object(`${RBAC}/v1`, 'ClusterRoleBinding', name),
      roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name },
      subjects: [{ apiGroup: RBAC, kind: 'Group', name: group }],
    });
  }
  const service = object('v1', 'Service', 'kubernetes', 'default');
  const labels = { component: 'apiserver', provider: 'kubernetes' };
  ensure(store, '/services', {
    ...service,
    metadata: { ...service.metadata, labels },
    spec: {
      type: 'ClusterIP',
      clusterIP: '10.96.0.1',
      ports: [{ name: 'http', port: 80, protocol: 'TCP', targetPort: 80 }],
      sessionAffinity: 'None',
    },
  });
}

function object(apiVersion: string, kind: string, name: string, namespace?: string): KubeObject {
  const metadata = { name, uid: '', resourceVersion: '', creationTimestamp: '' };
  return { apiVersion, kind, metadata: namespace === undefined ? metadata : { ...metadata, namespace } };
}

function ensure(store: ObjectStore, key: string, draft: KubeObject): void {
  const { namespace, name } = draft.metadata;
  if (store.get(key, namespace, name) === undefined) store.create(key, draft);
}
