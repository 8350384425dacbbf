import type { KubernetesObject } from './kubernetes-object.js';
import { readiness } from './readiness.js';
import { trimObject } from './trim-object.js';
import { workloadOf } from './workloads.js';

const container = {
  name: 'app',
  image: 'a:1',
  env: [{ name: 'SECRET', value: 'hunter2' }],
  readinessProbe: { httpGet: { path: '/', port: 80 } },
};
const deployment: KubernetesObject = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: {
    name: 'web',
    namespace: 'ns',
    uid: 'u',
    resourceVersion: '7',
    generation: 2,
    labels: { a: 'b' },
    annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{}', 'meta.helm.sh/release-name': 'main' },
    managedFields: [{ manager: 'helm' }],
    finalizers: ['x'],
  },
  spec: {
    replicas: 2,
    selector: { matchLabels: { a: 'b' } },
    template: {
      metadata: { labels: { a: 'b' } },
      spec: { containers: [container], initContainers: [{ name: 'i', image: 'i:1', env: [] }], volumes: [{}] },
    },
  },
  status: { observedGeneration: 2, replicas: 2, updatedReplicas: 2, readyReplicas: 2, availableReplicas: 2 },
};

test('keeps what is judged and leaves out the bulk', () => {
  const trimmed = trimObject(deployment);
  expect(trimmed.metadata).toEqual({
    name: 'web',
    namespace: 'ns',
    uid: 'u',
    resourceVersion: '7',
    generation: 2,
    labels: { a: 'b' },
    annotations: { 'meta.helm.sh/release-name': 'main' },
    finalizers: ['x'],
  });
  expect(trimmed.spec).toEqual({
    replicas: 2,
    template: { spec: { containers: [{ name: 'app', image: 'a:1' }], initContainers: [{ name: 'i', image: 'i:1' }] } },
  });
  expect(JSON.stringify(trimmed)).not.toContain('hunter2');
});

test('a trimmed object is judged as the whole one', () => {
  const now = new Date();
  expect(readiness(trimObject(deployment), now)).toEqual(readiness(deployment, now));
  expect(workloadOf(trimObject(deployment), false)).toEqual(workloadOf(deployment, false));
});

test('a cron job keeps the images of its jobs', () => {
  const cronJob: KubernetesObject = {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: 'b' },
    spec: {
      suspend: true,
      schedule: '* * * * *',
      jobTemplate: { spec: { template: { spec: { containers: [container] } } } },
    },
  };
  expect(workloadOf(trimObject(cronJob), false)).toEqual(workloadOf(cronJob, false));
});

test('objects without spec, status or annotations stay so', () => {
  expect(trimObject({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'x' }, data: { a: 'b' } })).toEqual({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'x' },
  });
});
