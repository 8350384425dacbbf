import type { KubeObject } from '../../store/kube-object.js';
import { RESOURCE_TYPES, keyOf } from '../../store/resource-types.js';
import { draft } from '../../store/testing/draft.js';
import { includeObjectOf, tableOf } from './table.js';

const NOW = new Date('2026-01-01T00:05:00Z');

interface Table {
  columnDefinitions: { name: string; priority: number }[];
  rows: { cells: unknown[]; object: KubeObject | null }[];
}

/** The cells by column, as `kubectl get -o wide` shows them. */
function shown(key: string, object: KubeObject): Record<string, unknown> {
  const born = { ...object, metadata: { ...object.metadata, creationTimestamp: '2026-01-01T00:00:00Z' } };
  const table = JSON.parse(JSON.stringify(tableOf(key, { resourceVersion: '1' }, [born], 'Metadata', NOW))) as Table;
  const [row] = table.rows;
  return Object.fromEntries(table.columnDefinitions.map(({ name }, index) => [name, row?.cells[index]]));
}

const TEMPLATE = { template: { spec: { containers: [{ name: 'app', image: 'nginx' }] } } };
const SELECTOR = { selector: { matchLabels: { app: 'web' } } };

describe('tableOf', () => {
  it.each([
    [
      'apps/deployments',
      draft(
        'apps/v1',
        'Deployment',
        { name: 'web' },
        { spec: { replicas: 2, ...SELECTOR, ...TEMPLATE }, status: { readyReplicas: 1, updatedReplicas: 2 } },
      ),
      {
        Name: 'web',
        Ready: '1/2',
        'Up-to-date': 2,
        Available: 0,
        Age: '5m',
        Containers: 'app',
        Images: 'nginx',
        Selector: 'app=web',
      },
    ],
    [
      'apps/statefulsets',
      draft('apps/v1', 'StatefulSet', { name: 'db' }, { spec: TEMPLATE }),
      { Name: 'db', Ready: '0/1', Age: '5m', Containers: 'app', Images: 'nginx' },
    ],
    [
      'batch/jobs',
      draft(
        'batch/v1',
        'Job',
        { name: 'j' },
        {
          spec: { completions: 1, ...TEMPLATE },
          status: {
            succeeded: 1,
            startTime: '2026-01-01T00:00:00Z',
            completionTime: '2026-01-01T00:00:07Z',
            conditions: [{ type: 'Complete', status: 'True' }],
          },
        },
      ),
      { Name: 'j', Status: 'Complete', Completions: '1/1', Duration: '7s' },
    ],
    [
      'batch/cronjobs',
      draft(
        'batch/v1',
        'CronJob',
        { name: 'c' },
        { spec: { schedule: '* * * * *', suspend: true, jobTemplate: { spec: TEMPLATE } }, status: { active: [{}] } },
      ),
      { Schedule: '* * * * *', Suspend: 'True', Active: 1, 'Last Schedule': '<none>', Containers: 'app' },
    ],
    [
      '/services',
      draft(
        'v1',
        'Service',
        { name: 's' },
        {
          spec: {
            type: 'NodePort',
            clusterIP: '10.96.0.5',
            ports: [{ port: 80, nodePort: 30001 }],
            selector: { a: 'b' },
          },
        },
      ),
      {
        Type: 'NodePort',
        'Cluster-IP': '10.96.0.5',
        'External-IP': '<none>',
        'Port(s)': '80:30001/TCP',
        Selector: 'a=b',
      },
    ],
    [
      '/services',
      draft(
        'v1',
        'Service',
        { name: 's' },
        { spec: { type: 'LoadBalancer', ports: [{ port: 443, protocol: 'TCP' }] } },
      ),
      { 'External-IP': '<pending>', 'Cluster-IP': '<none>', 'Port(s)': '443/TCP' },
    ],
    [
      'networking.k8s.io/ingresses',
      draft(
        'networking.k8s.io/v1',
        'Ingress',
        { name: 'i' },
        { spec: { ingressClassName: 'nginx', rules: [{ host: 'a.b' }, { host: 'c.d' }], tls: [{}] } },
      ),
      { Class: 'nginx', Hosts: 'a.b,c.d', Address: '', Ports: '80, 443' },
    ],
    [
      '/secrets',
      draft('v1', 'Secret', { name: 's' }, { type: 'Opaque', data: { a: 'x', b: 'y' } }),
      { Type: 'Opaque', Data: 2 },
    ],
    [
      '/configmaps',
      draft('v1', 'ConfigMap', { name: 'c' }, { data: { a: '1' }, binaryData: { b: 'Yg==' } }),
      { Data: 2, Age: '5m' },
    ],
    [
      '/persistentvolumeclaims',
      draft(
        'v1',
        'PersistentVolumeClaim',
        { name: 'p' },
        {
          spec: { storageClassName: 'standard', volumeName: 'v', volumeMode: 'Filesystem' },
          status: { phase: 'Bound', capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'] },
        },
      ),
      {
        Status: 'Bound',
        Volume: 'v',
        Capacity: '1Gi',
        'Access Modes': 'RWO',
        StorageClass: 'standard',
        VolumeMode: 'Filesystem',
      },
    ],
    [
      '/resourcequotas',
      draft(
        'v1',
        'ResourceQuota',
        { name: 'q' },
        { status: { hard: { pods: '3', 'limits.cpu': '2' }, used: { pods: '1' } } },
      ),
      { Request: 'pods: 1/3', Limit: 'limits.cpu: 0/2' },
    ],
    [
      '/events',
      draft(
        'v1',
        'Event',
        { name: 'e' },
        {
          type: 'Normal',
          reason: 'Started',
          message: ' hi \n',
          involvedObject: { kind: 'Pod', name: 'p' },
          lastTimestamp: '2026-01-01T00:04:30Z',
          source: { component: 'kubelet', host: 'n' },
        },
      ),
      { 'Last Seen': '30s', Type: 'Normal', Reason: 'Started', Object: 'pod/p', Message: 'hi', Source: 'kubelet, n' },
    ],
    [
      '/nodes',
      draft(
        'v1',
        'Node',
        { name: 'n', labels: { 'node-role.kubernetes.io/worker': '' } },
        {
          spec: { unschedulable: true },
          status: { conditions: [{ type: 'Ready', status: 'True' }], nodeInfo: { kubeletVersion: 'v1' } },
        },
      ),
      { Status: 'Ready,SchedulingDisabled', Roles: 'worker', Version: 'v1' },
    ],
    [
      'autoscaling/horizontalpodautoscalers',
      draft(
        'autoscaling/v2',
        'HorizontalPodAutoscaler',
        { name: 'h' },
        {
          spec: {
            maxReplicas: 3,
            scaleTargetRef: { kind: 'Deployment', name: 'web' },
            metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { averageUtilization: 80 } } }],
          },
        },
      ),
      { Reference: 'Deployment/web', Targets: 'cpu: <unknown>/80%', MinPods: '<unset>', MaxPods: 3, Replicas: 0 },
    ],
    [
      'policy/poddisruptionbudgets',
      draft('policy/v1', 'PodDisruptionBudget', { name: 'p' }, { spec: { minAvailable: 1 } }),
      { 'Min Available': '1', 'Max Unavailable': 'N/A', 'Allowed Disruptions': 0 },
    ],
    [
      'rbac.authorization.k8s.io/rolebindings',
      draft(
        'rbac.authorization.k8s.io/v1',
        'RoleBinding',
        { name: 'b' },
        {
          roleRef: { kind: 'Role', name: 'r' },
          subjects: [
            { kind: 'ServiceAccount', name: 'sa', namespace: 'ns' },
            { kind: 'User', name: 'u' },
          ],
        },
      ),
      { Role: 'Role/r', Users: 'u', Groups: '', ServiceAccounts: 'ns/sa' },
    ],
    [
      'storage.k8s.io/storageclasses',
      draft(
        'storage.k8s.io/v1',
        'StorageClass',
        { name: 'standard', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
        { provisioner: 'x' },
      ),
      { Name: 'standard (default)', Provisioner: 'x', ReclaimPolicy: 'Delete' },
    ],
    [
      'networking.k8s.io/networkpolicies',
      draft(
        'networking.k8s.io/v1',
        'NetworkPolicy',
        { name: 'n' },
        {
          spec: {
            podSelector: {
              matchExpressions: [
                { key: 'a', operator: 'NotIn', values: ['x', 'y'] },
                { key: 'b', operator: 'Exists' },
              ],
            },
          },
        },
      ),
      { 'Pod-Selector': 'a notin (x,y),b' },
    ],
  ])('%s', (key, object, expected) => {
    expect(shown(key, object)).toMatchObject(expected);
  });

  it.each(RESOURCE_TYPES.map((type) => [keyOf(type), type] as const))(
    'shows an empty %s without failing',
    (key, type) => {
      const cells = shown(key, draft(type.version, type.kind, { name: 'empty' }));
      expect(Object.values(cells).every((cell) => ['string', 'number', 'boolean'].includes(typeof cell))).toBe(true);
    },
  );

  it.each([
    [null, 'PartialObjectMetadata'],
    ['None', undefined],
    ['Object', 'ConfigMap'],
  ])('with includeObject=%s a row carries a %s', (parameter, kind) => {
    const table = tableOf(
      '/configmaps',
      { resourceVersion: '1' },
      [draft('v1', 'ConfigMap', { name: 'c' })],
      includeObjectOf(parameter),
      NOW,
    );
    const { rows } = JSON.parse(JSON.stringify(table)) as Table;
    expect(rows[0]?.object?.kind).toBe(kind);
  });
});
