import { isBuiltin, memberType, splitApiVersion, typeOf } from './schema.js';
import { LISTS } from './schema/merge-metadata.js';
import type { TypeNode } from './schema/type-node.js';

function at(apiVersion: string, kind: string, ...path: string[]): TypeNode | undefined {
  return path.reduce<TypeNode | undefined>(
    (type, member) => (type?.is === 'list' ? memberType(type.element, member) : type && memberType(type, member)),
    typeOf(apiVersion, kind),
  );
}

const inPod = (...path: string[]): TypeNode | undefined =>
  at('apps/v1', 'Deployment', 'spec', 'template', 'spec', ...path);

const SERVED = [
  ['v1', 'Namespace'],
  ['v1', 'Pod'],
  ['v1', 'Service'],
  ['v1', 'Endpoints'],
  ['v1', 'ConfigMap'],
  ['v1', 'Secret'],
  ['v1', 'ServiceAccount'],
  ['v1', 'PersistentVolumeClaim'],
  ['v1', 'PersistentVolume'],
  ['v1', 'ResourceQuota'],
  ['v1', 'LimitRange'],
  ['v1', 'Event'],
  ['v1', 'Node'],
  ['v1', 'ReplicationController'],
  ['v1', 'PodTemplate'],
  ['apps/v1', 'Deployment'],
  ['apps/v1', 'ReplicaSet'],
  ['apps/v1', 'StatefulSet'],
  ['apps/v1', 'DaemonSet'],
  ['apps/v1', 'ControllerRevision'],
  ['batch/v1', 'Job'],
  ['batch/v1', 'CronJob'],
  ['autoscaling/v1', 'HorizontalPodAutoscaler'],
  ['autoscaling/v2', 'HorizontalPodAutoscaler'],
  ['autoscaling/v1', 'Scale'],
  ['networking.k8s.io/v1', 'Ingress'],
  ['networking.k8s.io/v1', 'IngressClass'],
  ['networking.k8s.io/v1', 'NetworkPolicy'],
  ['policy/v1', 'PodDisruptionBudget'],
  ['policy/v1', 'Eviction'],
  ['rbac.authorization.k8s.io/v1', 'Role'],
  ['rbac.authorization.k8s.io/v1', 'RoleBinding'],
  ['rbac.authorization.k8s.io/v1', 'ClusterRole'],
  ['rbac.authorization.k8s.io/v1', 'ClusterRoleBinding'],
  ['discovery.k8s.io/v1', 'EndpointSlice'],
  ['events.k8s.io/v1', 'Event'],
  ['storage.k8s.io/v1', 'StorageClass'],
  ['scheduling.k8s.io/v1', 'PriorityClass'],
  ['coordination.k8s.io/v1', 'Lease'],
  ['authentication.k8s.io/v1', 'TokenRequest'],
  ['authorization.k8s.io/v1', 'SelfSubjectAccessReview'],
] as const;

describe('the type of a kind', () => {
  it.each(SERVED)('is known for %s %s', (apiVersion, kind) => {
    expect(isBuiltin(apiVersion, kind)).toBe(true);
    expect(typeOf(apiVersion, kind).fields.size).toBeGreaterThan(1);
  });

  it('is made once', () => {
    expect(typeOf('v1', 'Pod')).toBe(typeOf('v1', 'Pod'));
  });

  it('differs between versions', () => {
    expect(at('autoscaling/v1', 'HorizontalPodAutoscaler', 'spec', 'metrics')).toBeUndefined();
    expect(at('autoscaling/v2', 'HorizontalPodAutoscaler', 'spec', 'metrics')).toBeDefined();
  });

  it('is open for a custom resource, but for its metadata', () => {
    expect(isBuiltin('example.com/v1', 'Deployment')).toBe(false);
    expect(at('example.com/v1', 'Widget', 'spec', 'any', 'thing')).toEqual({ is: 'any' });
    expect(at('example.com/v1', 'Widget', 'metadata', 'labels')).toMatchObject({ is: 'map' });
    expect(at('example.com/v1', 'Widget', 'metadata', 'nonsense')).toBeUndefined();
  });

  it.each([
    ['text', 'image', 'string'],
    ['boolean', 'tty', 'boolean'],
  ])('tells a %s', (_what, member, scalar) => {
    expect(inPod('containers', member)).toEqual({ is: 'scalar', scalar });
  });

  it.each([
    ['int32', at('apps/v1', 'Deployment', 'spec', 'replicas')],
    ['int64', inPod('terminationGracePeriodSeconds')],
    ['intOrString', at('v1', 'Service', 'spec', 'ports', 'targetPort')],
    ['time', at('v1', 'Pod', 'metadata', 'creationTimestamp')],
    ['microTime', at('coordination.k8s.io/v1', 'Lease', 'spec', 'renewTime')],
    ['quantity', at('v1', 'Pod', 'spec', 'volumes', 'emptyDir', 'sizeLimit')],
  ])('tells %s', (scalar, type) => {
    expect(type).toEqual({ is: 'scalar', scalar });
  });

  it('tells maps of texts, bytes and quantities', () => {
    expect(at('v1', 'ConfigMap', 'data', 'x')).toEqual({ is: 'scalar', scalar: 'string' });
    expect(at('v1', 'Secret', 'data', 'x')).toEqual({ is: 'scalar', scalar: 'bytes' });
    expect(inPod('containers', 'resources', 'limits', 'cpu')).toEqual({ is: 'scalar', scalar: 'quantity' });
  });
});

describe('how a list merges', () => {
  it.each([
    ['containers by name', inPod('containers'), ['name'], 'name'],
    ['ports by number and protocol', inPod('containers', 'ports'), ['containerPort', 'protocol'], 'containerPort'],
    ['service ports by number and protocol', at('v1', 'Service', 'spec', 'ports'), ['port', 'protocol'], 'port'],
    ['variables by name', inPod('containers', 'env'), ['name'], 'name'],
    ['mounts by path', inPod('containers', 'volumeMounts'), ['mountPath'], 'mountPath'],
    ['volumes by name', inPod('volumes'), ['name'], 'name'],
    ['host aliases by address', inPod('hostAliases'), ['ip'], 'ip'],
    ['pull secrets by name', inPod('imagePullSecrets'), ['name'], 'name'],
    ['owners by uid', at('v1', 'Pod', 'metadata', 'ownerReferences'), ['uid'], 'uid'],
    ['conditions by type', at('apps/v1', 'Deployment', 'status', 'conditions'), ['type'], 'type'],
    [
      'spread constraints by key and action',
      inPod('topologySpreadConstraints'),
      ['topologyKey', 'whenUnsatisfiable'],
      'topologyKey',
    ],
  ])('%s', (_what, type, keys, patchKey) => {
    expect(type).toMatchObject({ is: 'list', merge: 'map', keys, patch: { merge: true, key: patchKey } });
  });

  it.each([
    ['tolerations', inPod('tolerations')],
    ['arguments', inPod('containers', 'args')],
    ['rules of an Ingress', at('networking.k8s.io/v1', 'Ingress', 'spec', 'rules')],
    ['claim templates', at('apps/v1', 'StatefulSet', 'spec', 'volumeClaimTemplates')],
    ['rules of a Role', at('rbac.authorization.k8s.io/v1', 'Role', 'rules')],
  ])('%s as a whole', (_what, type) => {
    expect(type).toMatchObject({ is: 'list', merge: 'atomic', patch: { merge: false } });
  });

  it('finalizers as a set', () => {
    expect(at('v1', 'Pod', 'metadata', 'finalizers')).toMatchObject({
      is: 'list',
      merge: 'set',
      patch: { merge: true },
    });
  });

  it('names its keys in alphabetic order, as field sets print them', () => {
    for (const fields of Object.values(LISTS)) {
      for (const { keys = [] } of Object.values(fields)) expect(keys).toEqual([...keys].sort());
    }
  });
});

describe('what has one owner as a whole', () => {
  it.each([
    ['a label selector', at('apps/v1', 'Deployment', 'spec', 'selector')],
    ['the selector of a Service', at('v1', 'Service', 'spec', 'selector')],
    ['a node selector', inPod('nodeSelector')],
    ['a reference to a key of a Secret', inPod('containers', 'env', 'valueFrom', 'secretKeyRef')],
    ['the role of a binding', at('rbac.authorization.k8s.io/v1', 'RoleBinding', 'roleRef')],
    ['the target of a v1 autoscaler', at('autoscaling/v1', 'HorizontalPodAutoscaler', 'spec', 'scaleTargetRef')],
  ])('is %s', (_what, type) => {
    expect(type).toMatchObject({ atomic: true });
  });

  it.each([
    ['labels', at('v1', 'Pod', 'metadata', 'labels')],
    ['the target of a v2 autoscaler', at('autoscaling/v2', 'HorizontalPodAutoscaler', 'spec', 'scaleTargetRef')],
    ['the claim of a volume', at('v1', 'PersistentVolume', 'spec', 'claimRef')],
    ['limits', inPod('containers', 'resources', 'limits')],
  ])('is not: %s', (_what, type) => {
    expect(type).toMatchObject({ atomic: false });
  });
});

it('an apiVersion has a group or none', () => {
  expect(splitApiVersion('v1')).toEqual({ group: '', version: 'v1' });
  expect(splitApiVersion('apps/v1')).toEqual({ group: 'apps', version: 'v1' });
});
