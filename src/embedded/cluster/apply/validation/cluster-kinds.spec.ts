import type { JsonObject } from '../json.js';
import { faultsOf } from '../testing/faults.js';

describe('a claim', () => {
  const whole = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };
  const claim = (spec: JsonObject): string[] =>
    faultsOf('v1', 'PersistentVolumeClaim', { spec: { ...whole, ...spec } });

  it('that is whole has no fault', () => {
    expect(claim({ storageClassName: '', volumeMode: 'Block' })).toEqual([]);
  });

  it.each([
    [{ accessModes: [] }, 'spec.accessModes: Required value: at least 1 access mode is required'],
    [
      { accessModes: ['WriteMe'] },
      'spec.accessModes: Unsupported value: "WriteMe": supported values: "ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"',
    ],
    [
      { accessModes: ['ReadWriteOncePod', 'ReadWriteMany'] },
      'spec.accessModes: Forbidden: may not use ReadWriteOncePod with other access modes',
    ],
    [{ resources: {} }, 'spec.resources[storage]: Required value'],
    [
      { resources: { requests: { storage: '0' } } },
      'spec.resources[storage]: Invalid value: "0": must be greater than zero',
    ],
    [{ volumeMode: 'Tape' }, 'spec.volumeMode: Unsupported value: "Tape": supported values: "Block", "Filesystem"'],
    [{ storageClassName: 'A' }, expect.stringContaining('spec.storageClassName: Invalid value: "A"')],
  ])('refuses %j', (spec, expected) => {
    expect(claim(spec)).toEqual([expected]);
  });
});

describe('a volume', () => {
  it('has a size and a way to be reached', () => {
    const whole = { accessModes: ['ReadWriteOnce'], capacity: { storage: '1Gi' } };
    expect(faultsOf('v1', 'PersistentVolume', { spec: whole })).toEqual([]);
    expect(faultsOf('v1', 'PersistentVolume', { spec: { persistentVolumeReclaimPolicy: 'Burn' } })).toEqual([
      'spec.accessModes: Required value',
      'spec.capacity: Required value',
      'spec.persistentVolumeReclaimPolicy: Unsupported value: "Burn": supported values: "Delete", "Recycle", "Retain"',
    ]);
  });
});

describe('small kinds', () => {
  it.each([
    ['storage.k8s.io/v1', 'StorageClass', {}, 'provisioner: Required value'],
    [
      'storage.k8s.io/v1',
      'StorageClass',
      { provisioner: 'a', reclaimPolicy: 'Burn' },
      'reclaimPolicy: Unsupported value: "Burn": supported values: "Delete", "Retain"',
    ],
    ['discovery.k8s.io/v1', 'EndpointSlice', {}, 'addressType: Required value'],
    [
      'discovery.k8s.io/v1',
      'EndpointSlice',
      { addressType: 'IPv9' },
      'addressType: Unsupported value: "IPv9": supported values: "FQDN", "IPv4", "IPv6"',
    ],
    [
      'coordination.k8s.io/v1',
      'Lease',
      { spec: { leaseDurationSeconds: 0 } },
      'spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0',
    ],
    [
      'coordination.k8s.io/v1',
      'Lease',
      { spec: { leaseTransitions: -1 } },
      'spec.leaseTransitions: Invalid value: -1: must be greater than or equal to 0',
    ],
    ['networking.k8s.io/v1', 'IngressClass', { spec: {} }, 'spec.controller: Required value'],
  ])('%s %s refuses %j', (apiVersion, kind, body, expected) => {
    expect(faultsOf(apiVersion, kind, body)).toEqual([expected]);
  });

  it('a kind without rules has only its metadata checked', () => {
    expect(faultsOf('example.com/v1', 'Widget', { spec: 'anything' })).toEqual([]);
  });
});

describe('an autoscaler', () => {
  const metric = {
    type: 'Resource',
    resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } },
  };
  const whole = {
    minReplicas: 1,
    maxReplicas: 3,
    scaleTargetRef: { kind: 'Deployment', name: 'a' },
    metrics: [metric],
  };
  const scaler = (spec: JsonObject): string[] =>
    faultsOf('autoscaling/v2', 'HorizontalPodAutoscaler', { spec: { ...whole, ...spec } });
  const target = (more: JsonObject): JsonObject => ({
    metrics: [{ type: 'Resource', resource: { name: 'cpu', target: more } }],
  });
  const at = 'spec.metrics[0].resource.target';

  it('that is whole has no fault', () => {
    expect(scaler({})).toEqual([]);
    expect(
      scaler({
        metrics: [
          { type: 'Pods', pods: { metric: { name: 'm' }, target: { type: 'AverageValue', averageValue: '1' } } },
        ],
      }),
    ).toEqual([]);
  });

  it.each([
    [{ minReplicas: 0 }, 'spec.minReplicas: Invalid value: 0: must be greater than or equal to 1'],
    [{ maxReplicas: 0 }, 'spec.maxReplicas: Invalid value: 0: must be greater than 0'],
    [{ minReplicas: 5 }, 'spec.maxReplicas: Invalid value: 3: must be greater than or equal to `minReplicas`'],
    [{ scaleTargetRef: { kind: 'Deployment' } }, 'spec.scaleTargetRef.name: Required value'],
    [{ metrics: [{}] }, 'spec.metrics[0].type: Required value: must specify a metric source type'],
    [
      { metrics: [{ type: 'Mood' }] },
      'spec.metrics[0].type: Unsupported value: "Mood": supported values: "ContainerResource", "External", "Object", "Pods", "Resource"',
    ],
    [
      { metrics: [{ type: 'Pods' }] },
      'spec.metrics[0].pods: Required value: must populate information for the given metric source',
    ],
    [
      { metrics: [{ type: 'Pods', pods: { target: { type: 'Value' } } }] },
      'spec.metrics[0].pods.metric.name: Required value: must specify a metric name',
    ],
    [
      { metrics: [{ type: 'Resource', resource: { name: 'cpu' } }] },
      `${at}: Required value: must specify a metric target`,
    ],
    [target({ averageUtilization: 1 }), `${at}.type: Required value: must specify a metric target type`],
    [
      target({ type: 'Half', averageUtilization: 1 }),
      `${at}.type: Invalid value: "Half": must be either Utilization, Value, or AverageValue`,
    ],
    [
      target({ type: 'Utilization', averageUtilization: 0 }),
      `${at}.averageUtilization: Invalid value: 0: must be greater than 0`,
    ],
    [
      target({ type: 'Utilization' }),
      `${at}.averageUtilization: Required value: must set either a target raw value or a target utilization`,
    ],
    [
      target({ type: 'Utilization', averageUtilization: 1, averageValue: '1' }),
      `${at}.averageValue: Forbidden: may not set both a target raw value and a target utilization`,
    ],
  ])('refuses %j', (spec, expected) => {
    expect(scaler(spec)).toContainEqual(expected);
  });
});

describe('a disruption budget', () => {
  const budget = (spec: JsonObject): string[] => faultsOf('policy/v1', 'PodDisruptionBudget', { spec });

  it('says one of two things, as a count or a share', () => {
    expect(budget({ minAvailable: '50%', selector: { matchLabels: { a: '1' } } })).toEqual([]);
    expect(budget({ minAvailable: 1, maxUnavailable: 1 })).toEqual([
      'spec: Invalid value: {"minAvailable":1,"maxUnavailable":1}: minAvailable and maxUnavailable cannot be both set',
    ]);
    expect(budget({ minAvailable: -1 })).toEqual([
      'spec.minAvailable: Invalid value: -1: must be greater than or equal to 0',
    ]);
    expect(budget({ maxUnavailable: '101%' })).toEqual([
      'spec.maxUnavailable: Invalid value: "101%": must not be greater than 100%',
    ]);
  });
});

describe('access rules', () => {
  const group = 'rbac.authorization.k8s.io';
  const rule = { apiGroups: [''], resources: ['pods'], verbs: ['get'] };
  const role = (kind: string, ...rules: JsonObject[]): string[] => faultsOf(`${group}/v1`, kind, { rules });

  it('say what may be done with what', () => {
    expect(role('Role', rule)).toEqual([]);
    expect(role('ClusterRole', { nonResourceURLs: ['/healthz'], verbs: ['get'] })).toEqual([]);
    expect(role('Role', {})).toEqual([
      'rules[0].verbs: Required value: verbs must contain at least one value',
      'rules[0].apiGroups: Required value: resource rules must supply at least one api group',
      'rules[0].resources: Required value: resource rules must supply at least one resource',
    ]);
  });

  it('about paths belong to the cluster, and stand alone', () => {
    expect(role('Role', { nonResourceURLs: ['/x'], verbs: ['get'] })).toEqual([
      'rules[0].nonResourceURLs: Invalid value: ["/x"]: namespaced rules cannot apply to non-resource URLs',
    ]);
    expect(role('ClusterRole', { ...rule, nonResourceURLs: ['/x'] })).toEqual([
      'rules[0].nonResourceURLs: Invalid value: ["/x"]: rules cannot apply to both regular resources and non-resource URLs',
    ]);
  });

  const roleRef = { apiGroup: group, kind: 'Role', name: 'r' };
  const binding = (body: JsonObject, kind = 'RoleBinding'): string[] =>
    faultsOf(`${group}/v1`, kind, { roleRef, ...body });

  it('are bound to somebody', () => {
    const subjects = [
      { kind: 'ServiceAccount', name: 'a', namespace: 'n' },
      { kind: 'User', name: 'u', apiGroup: group },
    ];
    expect(binding({ subjects })).toEqual([]);
  });

  it.each([
    [
      { roleRef: { ...roleRef, apiGroup: 'x' } },
      `roleRef.apiGroup: Unsupported value: "x": supported values: "${group}"`,
    ],
    [
      { roleRef: { ...roleRef, kind: 'Rule' } },
      'roleRef.kind: Unsupported value: "Rule": supported values: "ClusterRole", "Role"',
    ],
    [{ roleRef: { ...roleRef, name: '' } }, 'roleRef.name: Required value'],
    [{ subjects: [{ kind: 'ServiceAccount', name: 'a' }] }, 'subjects[0].namespace: Required value'],
    [
      { subjects: [{ kind: 'ServiceAccount', name: 'a', namespace: 'n', apiGroup: 'x' }] },
      'subjects[0].apiGroup: Unsupported value: "x": supported values: ""',
    ],
    [
      { subjects: [{ kind: 'User', name: 'u' }] },
      `subjects[0].apiGroup: Unsupported value: "": supported values: "${group}"`,
    ],
    [
      { subjects: [{ kind: 'Robot', name: 'r' }] },
      'subjects[0].kind: Unsupported value: "Robot": supported values: "Group", "ServiceAccount", "User"',
    ],
    [{ subjects: [{ kind: 'Group', apiGroup: group }] }, 'subjects[0].name: Required value'],
  ])('are not bound by %j', (body, expected) => {
    expect(binding(body)).toEqual([expected]);
  });

  it('of the cluster are bound to cluster roles', () => {
    expect(binding({}, 'ClusterRoleBinding')).toEqual([
      'roleRef.kind: Unsupported value: "Role": supported values: "ClusterRole"',
    ]);
  });
});
