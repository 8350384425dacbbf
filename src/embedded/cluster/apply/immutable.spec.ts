import { changeFaults, validateChange } from './immutable.js';
import type { JsonObject } from './json.js';
import { refusal } from './testing/writing.js';

const change = (apiVersion: string, kind: string, before: JsonObject, after: JsonObject): string[] =>
  changeFaults(apiVersion, kind, before, after).map(({ field, message }) => `${field}: ${message}`);
const specChange = (apiVersion: string, kind: string, before: JsonObject, after: JsonObject): string[] =>
  change(apiVersion, kind, { spec: before }, { spec: after });

describe('a refusal of a change', () => {
  it('names the object and every fault', () => {
    const before = { metadata: { name: 'a', uid: '1' }, spec: { selector: { matchLabels: { app: 'a' } } } };
    const after = { metadata: { name: 'a', uid: '2' }, spec: { selector: { matchLabels: { app: 'b' } } } };
    expect(refusal(() => validateChange('apps/v1', 'Deployment', before, after)).body()).toMatchObject({
      code: 422,
      reason: 'Invalid',
      message:
        'Deployment.apps "a" is invalid: [metadata.uid: Invalid value: "2": field is immutable, spec.selector: Invalid value: {"matchLabels":{"app":"b"}}: field is immutable]',
      details: { name: 'a', group: 'apps', kind: 'Deployment' },
    });
  });

  it('is none when nothing that counts changes', () => {
    const object = { metadata: { name: 'a', labels: { x: '1' } }, spec: { selector: {} } };
    expect(() => validateChange('apps/v1', 'Deployment', object, { ...object, metadata: { name: 'a' } })).not.toThrow();
    expect(() => validateChange('apps/v1', 'Deployment', object, object)).not.toThrow();
  });
});

describe('metadata', () => {
  it('keeps its name, namespace, uid and birth', () => {
    const before = { metadata: { name: 'a', namespace: 'n', uid: 'u', creationTimestamp: 't' } };
    const after = { metadata: { name: 'b', namespace: 'm', uid: 'v', creationTimestamp: 's' } };
    expect(change('v1', 'ConfigMap', before, after)).toEqual([
      'metadata.name: Invalid value: "b": field is immutable',
      'metadata.namespace: Invalid value: "m": field is immutable',
      'metadata.uid: Invalid value: "v": field is immutable',
      'metadata.creationTimestamp: Invalid value: "s": field is immutable',
    ]);
  });

  it('of an object that is being deleted takes no new finalizer', () => {
    const before = { metadata: { deletionTimestamp: 't', finalizers: ['a'] } };
    expect(change('v1', 'Pod', before, { metadata: { finalizers: ['a', 'b'] } })).toEqual([
      'metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"b"}',
    ]);
    expect(change('v1', 'Pod', before, { metadata: { finalizers: [] } })).toEqual([]);
    expect(change('v1', 'Pod', { metadata: {} }, { metadata: { finalizers: ['b'] } })).toEqual([]);
  });
});

describe('workloads', () => {
  it.each(['Deployment', 'ReplicaSet', 'DaemonSet'])('a %s keeps its selector', (kind) => {
    expect(specChange('apps/v1', kind, { selector: { a: 1 } }, { selector: { a: 2 } })).toEqual([
      'spec.selector: Invalid value: {"a":2}: field is immutable',
    ]);
  });

  const forbidden =
    "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";

  it('a StatefulSet may change a few fields only', () => {
    expect(specChange('apps/v1', 'StatefulSet', { replicas: 1, template: 1 }, { replicas: 2, template: 2 })).toEqual(
      [],
    );
    expect(specChange('apps/v1', 'StatefulSet', { serviceName: 'a' }, { serviceName: 'b' })).toEqual([forbidden]);
    expect(specChange('apps/v1', 'StatefulSet', {}, { volumeClaimTemplates: [{}] })).toEqual([forbidden]);
  });

  it('a Job keeps its template, selector and completions', () => {
    const before = { template: { spec: { a: 1 } }, selector: { b: 1 }, completions: 1 };
    const after = { template: { spec: { a: 2 } }, selector: { b: 2 }, completions: 2 };
    expect(specChange('batch/v1', 'Job', before, after)).toEqual([
      'spec.completions: Invalid value: 2: field is immutable',
      'spec.selector: Invalid value: {"b":2}: field is immutable',
      'spec.template: Invalid value: {"spec":{"a":2}}: field is immutable',
    ]);
    expect(
      specChange('batch/v1', 'Job', { parallelism: 1, suspend: false }, { parallelism: 3, suspend: true }),
    ).toEqual([]);
  });

  it('an indexed Job may be resized, and a suspended one sent elsewhere', () => {
    const indexed = { completionMode: 'Indexed', completions: 1, parallelism: 1 };
    expect(specChange('batch/v1', 'Job', indexed, { ...indexed, completions: 2, parallelism: 2 })).toEqual([]);
    const suspended = { suspend: true, template: { spec: { nodeSelector: { a: '1' } } } };
    const elsewhere = { suspend: true, template: { spec: { nodeSelector: { a: '2' } } } };
    expect(specChange('batch/v1', 'Job', suspended, elsewhere)).toEqual([]);
  });
});

describe('a pod', () => {
  const before = { containers: [{ name: 'a', image: '1' }], tolerations: [{ key: 'x' }] };
  const pod = (after: JsonObject): string[] => specChange('v1', 'Pod', before, { ...before, ...after });

  it('may change its images, its deadline and gain tolerations', () => {
    expect(pod({ containers: [{ name: 'a', image: '2' }], activeDeadlineSeconds: 5 })).toEqual([]);
    expect(pod({ tolerations: [{ key: 'x', tolerationSeconds: 3 }, { key: 'y' }] })).toEqual([]);
  });

  it('may be bound once', () => {
    expect(pod({ nodeName: 'n' })).toEqual([]);
    expect(specChange('v1', 'Pod', { nodeName: 'n' }, { nodeName: 'm' })[0]).toContain(
      'pod updates may not change fields',
    );
  });

  it('may change nothing else', () => {
    expect(pod({ hostname: 'h' })).toEqual([
      'spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
    ]);
    expect(pod({ containers: [] })).toEqual([
      'spec.containers: Forbidden: pod updates may not add or remove containers',
    ]);
    expect(pod({ tolerations: [] })).toEqual([
      'spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds',
    ]);
  });
});

describe('a Service', () => {
  const live = { type: 'ClusterIP', clusterIP: '10.0.0.1', clusterIPs: ['10.0.0.1'] };

  it('keeps its address', () => {
    expect(specChange('v1', 'Service', live, { ...live, clusterIP: '10.0.0.2', clusterIPs: ['10.0.0.2'] })).toEqual([
      'spec.clusterIPs[0]: Invalid value: ["10.0.0.2"]: may not change once set',
    ]);
    expect(specChange('v1', 'Service', live, { type: 'ExternalName' })).toEqual([]);
  });
});

describe('storage', () => {
  const claim = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };
  const grown = { ...claim, resources: { requests: { storage: '2Gi' } } };
  const bound = { phase: 'Bound', capacity: { storage: '1Gi' } };
  const forbidden =
    'spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims';
  const claimed = (status: JsonObject, after: JsonObject): string[] =>
    change('v1', 'PersistentVolumeClaim', { spec: claim, status }, { spec: after, status });

  it('a claim may grow once it is bound, and is fixed otherwise', () => {
    expect(claimed(bound, grown)).toEqual([]);
    expect(claimed({ phase: 'Pending' }, grown)).toEqual([forbidden]);
    expect(claimed(bound, { ...claim, accessModes: ['ReadWriteMany'] })).toEqual([forbidden]);
    expect(claimed({ phase: 'Pending' }, { ...claim, volumeName: 'pv' })).toEqual([]);
  });

  it('a claim may not shrink', () => {
    expect(claimed(bound, { ...claim, resources: { requests: { storage: '500Mi' } } })).toEqual([
      'spec.resources.requests.storage: Forbidden: field can not be less than status.capacity',
    ]);
  });

  it('a volume keeps its source', () => {
    expect(specChange('v1', 'PersistentVolume', { hostPath: { path: '/a' } }, { hostPath: { path: '/b' } })).toEqual([
      'spec.persistentvolumesource: Forbidden: spec.persistentvolumesource is immutable after creation',
    ]);
    expect(specChange('v1', 'PersistentVolume', { volumeMode: 'Block' }, { volumeMode: 'Filesystem' })).toEqual([
      'spec.volumeMode: Invalid value: "Filesystem": field is immutable',
    ]);
    expect(specChange('v1', 'PersistentVolume', {}, { claimRef: { name: 'c' } })).toEqual([]);
  });

  it('a storage class keeps what it makes', () => {
    const before = { provisioner: 'a', volumeBindingMode: 'Immediate', allowVolumeExpansion: false };
    const after = { provisioner: 'b', volumeBindingMode: 'WaitForFirstConsumer', allowVolumeExpansion: true };
    expect(change('storage.k8s.io/v1', 'StorageClass', before, after)).toEqual([
      'provisioner: Forbidden: updates to provisioner are forbidden.',
      'volumeBindingMode: Invalid value: "WaitForFirstConsumer": field is immutable',
    ]);
  });

  it('a sealed ConfigMap or Secret keeps its content', () => {
    const sealed = { immutable: true, data: { a: '1' } };
    const why = 'Forbidden: field is immutable when `immutable` is set';
    expect(change('v1', 'ConfigMap', sealed, { immutable: true, data: { a: '2' } })).toEqual([`data: ${why}`]);
    expect(change('v1', 'Secret', sealed, { data: { a: '1' } })).toEqual([`immutable: ${why}`]);
    expect(change('v1', 'ConfigMap', { data: {} }, sealed)).toEqual([]);
  });

  it('a Secret keeps its type', () => {
    expect(change('v1', 'Secret', { type: 'a' }, { type: 'b' })).toEqual([
      'type: Invalid value: "b": field is immutable',
    ]);
  });
});

describe('other kinds', () => {
  it('a binding keeps its role', () => {
    const binding = (name: string): JsonObject => ({
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
    });
    expect(change('rbac.authorization.k8s.io/v1', 'RoleBinding', binding('a'), binding('b'))).toEqual([
      'roleRef: Invalid value: {"APIGroup":"rbac.authorization.k8s.io","Kind":"Role","Name":"b"}: cannot change roleRef',
    ]);
  });

  it.each([
    [
      'discovery.k8s.io/v1',
      'EndpointSlice',
      { addressType: 'IPv4' },
      { addressType: 'IPv6' },
      'addressType: Invalid value: "IPv6": field is immutable',
    ],
    ['apps/v1', 'ControllerRevision', { data: 1 }, { data: 2 }, 'data: Invalid value: 2: field is immutable'],
    [
      'scheduling.k8s.io/v1',
      'PriorityClass',
      { value: 1 },
      { value: 2 },
      'value: Forbidden: may not be changed in an update.',
    ],
    [
      'networking.k8s.io/v1',
      'IngressClass',
      { spec: { controller: 'a' } },
      { spec: { controller: 'b' } },
      'spec.controller: Invalid value: "b": field is immutable',
    ],
  ])('%s %s', (apiVersion, kind, before, after, expected) => {
    expect(change(apiVersion, kind, before, after)).toEqual([expected]);
  });
});
