import type { KubernetesObject } from './kubernetes-object.js';
import { inventoryOf, isStopped, isWorkload, workloadOf } from './workloads.js';

function object(apiVersion: string, kind: string, name: string, spec: unknown = {}): KubernetesObject {
  return { apiVersion, kind, metadata: { name }, spec };
}

const template = {
  spec: {
    initContainers: [{ name: 'migrate', image: 'm:1' }],
    containers: [
      { name: 'app', image: 'a:1' },
      { name: 'proxy', image: 'p:1' },
    ],
  },
};
const web = object('apps/v1', 'Deployment', 'web', { replicas: 3, template });
const worker = object('apps/v1', 'Deployment', 'worker', { replicas: 2, template });
const db = object('apps/v1', 'StatefulSet', 'db', {
  template: { spec: { containers: [{ name: 'pg', image: 'pg:18' }] } },
  volumeClaimTemplates: [{ metadata: { name: 'data' } }, { metadata: { name: 'wal' } }],
});
const backup = object('batch/v1', 'CronJob', 'backup', {
  suspend: true,
  jobTemplate: { spec: { template: { spec: { containers: [{ name: 'b', image: 'b:1' }] } } } },
});
const autoscaler = object('autoscaling/v2', 'HorizontalPodAutoscaler', 'worker', {
  scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'worker' },
});
const shared: KubernetesObject = {
  ...object('v1', 'ConfigMap', 'shared'),
  metadata: { name: 'shared', namespace: 'other' },
};

describe('the inventory of a release', () => {
  const hook = { name: 'x', kind: 'Job', events: [], phase: '', object: object('batch/v1', 'Job', 'migrate') };
  const inventory = inventoryOf(
    [web, worker, db, backup, autoscaler, shared],
    [hook, { ...hook, object: undefined }],
    'ns',
  );

  test('names the workloads with replicas and images', () => {
    expect(inventory.workloads).toEqual([
      expect.objectContaining({
        kind: 'Deployment',
        name: 'web',
        replicas: 3,
        images: { app: 'a:1', proxy: 'p:1', 'init:migrate': 'm:1' },
      }),
      expect.objectContaining({ name: 'worker', replicas: null }),
      expect.objectContaining({ kind: 'StatefulSet', name: 'db', replicas: 1, images: { pg: 'pg:18' } }),
      expect.objectContaining({
        kind: 'CronJob',
        name: 'backup',
        replicas: null,
        suspended: true,
        images: { b: 'b:1' },
      }),
    ]);
  });

  test('names every object, in the release’s namespace unless it has its own', () => {
    expect(inventory.objects).toHaveLength(6);
    expect(inventory.objects[0]).toEqual({ apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', namespace: 'ns' });
    expect(inventory.objects[5]).toEqual({ apiVersion: 'v1', kind: 'ConfigMap', name: 'shared', namespace: 'other' });
  });

  test('names the claims that will outlive an uninstall, and the hooks', () => {
    expect(inventory.claimTemplates).toEqual([
      { statefulSet: 'db', template: 'data' },
      { statefulSet: 'db', template: 'wal' },
    ]);
    expect(inventory.hooks).toEqual([{ apiVersion: 'batch/v1', kind: 'Job', name: 'migrate', namespace: 'ns' }]);
  });
});

test.each([
  ['apps/v1', 'Deployment', true],
  ['apps/v1', 'DaemonSet', true],
  ['batch/v1', 'Job', true],
  ['v1', 'Pod', true],
  ['example.com/v1', 'Deployment', false],
  ['v1', 'Service', false],
  ['v1', 'toString', false],
])('%s %s runs pods: %s', (apiVersion, kind, expected) => {
  expect(isWorkload(object(apiVersion, kind, 'x'))).toBe(expected);
});

test('a bare pod has images and no replicas', () => {
  const pod = object('v1', 'Pod', 'p', { containers: [{ name: 'app', image: 'a:1' }] });
  expect(workloadOf(pod, false)).toMatchObject({ replicas: null, images: { app: 'a:1' } });
  expect(() => workloadOf(object('v1', 'Service', 's'), false)).toThrow('Service is not a workload');
});

test.each([
  ['no pods', [], true],
  ['pods that ended', ['Succeeded', 'Failed'], true],
  ['a pod that runs', ['Succeeded', 'Running'], false],
  ['a pod that will run', ['Pending'], false],
  ['a pod of an unknown phase', [undefined], false],
])('with %s it is stopped: %s', (_what, phases, expected) => {
  const pods = phases.map((phase) => ({ ...object('v1', 'Pod', 'p'), status: { phase } }));
  expect(isStopped(pods)).toBe(expected);
});
