import * as fc from 'fast-check';

import type { KubernetesObject } from './kubernetes-object.js';
import { readiness, worstOf } from './readiness.js';
import type { ReadinessState } from './readiness-state.js';

const NOW = new Date('2026-11-20T12:00:00Z');

type Row = readonly [what: string, expected: ReadinessState, message: RegExp, object: KubernetesObject];

function made(
  apiVersion: string,
  kind: string,
  parts: { spec?: unknown; status?: unknown; metadata?: Record<string, unknown> },
): KubernetesObject {
  return {
    apiVersion,
    kind,
    metadata: { name: 'web', generation: 2, ...parts.metadata },
    ...(parts.spec === undefined ? {} : { spec: parts.spec }),
    ...(parts.status === undefined ? {} : { status: parts.status }),
  };
}

const whole = { observedGeneration: 2, replicas: 2, updatedReplicas: 2, readyReplicas: 2, availableReplicas: 2 };
const deployment = (status: object | undefined, spec: object = { replicas: 2 }): KubernetesObject =>
  made('apps/v1', 'Deployment', { spec, ...(status === undefined ? {} : { status }) });
const job = (status: object, spec: object = {}): KubernetesObject => made('batch/v1', 'Job', { spec, status });
const pod = (status: object, createdAt = '2026-11-20T11:00:00Z'): KubernetesObject =>
  made('v1', 'Pod', { status, metadata: { creationTimestamp: createdAt } });
const unschedulable = {
  phase: 'Pending',
  conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/3 nodes are available' }],
};

const rows: Record<string, readonly Row[]> = {
  'what comes before the kind': [
    [
      'a generation nobody has observed',
      'in_progress',
      /generation 2 is not observed yet, 1 is/,
      deployment({ ...whole, observedGeneration: 1 }),
    ],
    ['a workload no controller has seen', 'in_progress', /no controller/, deployment(undefined)],
    [
      'an object being deleted',
      'terminating',
      /held by kubernetes.io\/pvc-protection/,
      made('v1', 'PersistentVolumeClaim', {
        metadata: { deletionTimestamp: '2026-11-20T11:59:00Z', finalizers: ['kubernetes.io/pvc-protection'] },
        status: { phase: 'Bound' },
      }),
    ],
  ],
  Job: [
    ['complete', 'current', /complete/, job({ succeeded: 1, conditions: [{ type: 'Complete', status: 'True' }] })],
    [
      'failed',
      'failed',
      /backoff limit/,
      job({ conditions: [{ type: 'Failed', status: 'True', message: 'Job has reached the specified backoff limit' }] }),
    ],
    ['about to fail', 'failed', /failing/, job({ conditions: [{ type: 'FailureTarget', status: 'True' }] })],
    ['running after a failed pod', 'in_progress', /0 of 1 completed, after 2 failed/, job({ active: 1, failed: 2 })],
    ['suspended', 'in_progress', /suspended/, job({}, { suspend: true })],
  ],
  Pod: [
    ['ready', 'current', /ready/, pod({ phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] })],
    [
      'running, not ready',
      'in_progress',
      /containers with unready status/,
      pod({
        phase: 'Running',
        conditions: [{ type: 'Ready', status: 'False', message: 'containers with unready status: [app]' }],
      }),
    ],
    ['succeeded', 'current', /completed/, pod({ phase: 'Succeeded' })],
    ['failed', 'failed', /evicted/, pod({ phase: 'Failed', message: 'The pod was evicted' })],
    [
      'crash looping',
      'failed',
      /crash loop in app/,
      pod({
        phase: 'Running',
        containerStatuses: [{ name: 'app', state: { waiting: { reason: 'CrashLoopBackOff' } } }],
      }),
    ],
    [
      'init container crash looping',
      'failed',
      /crash loop in migrate/,
      pod({
        phase: 'Pending',
        initContainerStatuses: [{ name: 'migrate', state: { waiting: { reason: 'CrashLoopBackOff' } } }],
      }),
    ],
    ['unschedulable for 14.9 s', 'in_progress', /0\/3 nodes/, pod(unschedulable, '2026-11-20T11:59:45.100Z')],
    ['unschedulable for 15 s', 'failed', /0\/3 nodes/, pod(unschedulable, '2026-11-20T11:59:45Z')],
    ['starting', 'in_progress', /starting/, pod({ phase: 'Pending' })],
    ['on a lost node', 'unknown', /Unknown/, pod({ phase: 'Unknown' })],
  ],
  'everything else': [
    [
      'a claim that waits',
      'in_progress',
      /pending/,
      made('v1', 'PersistentVolumeClaim', { status: { phase: 'Pending' } }),
    ],
    ['a bound claim', 'current', /bound/, made('v1', 'PersistentVolumeClaim', { status: { phase: 'Bound' } })],
    ['a lost claim', 'failed', /lost/, made('v1', 'PersistentVolumeClaim', { status: { phase: 'Lost' } })],
    ['a cluster service', 'current', /stored/, made('v1', 'Service', { spec: { type: 'ClusterIP' } })],
    [
      'a load balancer without an address',
      'in_progress',
      /address/,
      made('v1', 'Service', { spec: { type: 'LoadBalancer' } }),
    ],
    [
      'a load balancer with one',
      'current',
      /address/,
      made('v1', 'Service', {
        spec: { type: 'LoadBalancer' },
        status: { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } },
      }),
    ],
    ['a suspended cron job', 'current', /suspended/, made('batch/v1', 'CronJob', { spec: { suspend: true } })],
    ['a config map', 'current', /stored/, made('v1', 'ConfigMap', {})],
    ['an ingress', 'current', /stored/, made('networking.k8s.io/v1', 'Ingress', {})],
    ['a custom resource that says nothing', 'current', /no Ready/, made('example.com/v1', 'Thing', {})],
    [
      'a custom resource that is not ready',
      'in_progress',
      /creating database/,
      made('example.com/v1', 'Thing', {
        status: { conditions: [{ type: 'Ready', status: 'False', message: 'creating database' }] },
      }),
    ],
    [
      'a stalled custom resource',
      'failed',
      /bad region/,
      made('example.com/v1', 'Thing', {
        status: { conditions: [{ type: 'Stalled', status: 'True', message: 'bad region' }] },
      }),
    ],
  ],
};

for (const [group, cases] of Object.entries(rows)) {
  describe(`readiness: ${group}`, () => {
    test.each(cases)('%s is %s', (_what, expected, message, object) => {
      const found = readiness(object, NOW);
      expect(found.state).toBe(expected);
      expect(found.message).toMatch(message);
    });
  });
}

describe('readiness as a total function', () => {
  test('an object that is not there is not found', () => {
    expect(readiness(undefined, NOW).state).toBe('not_found');
  });

  test('any JSON under any known kind gets an answer', () => {
    const kinds = ['Deployment', 'StatefulSet', 'DaemonSet', 'Job', 'Pod', 'PersistentVolumeClaim', 'Service', 'Thing'];
    fc.assert(
      fc.property(fc.constantFrom(...kinds), fc.jsonValue(), fc.jsonValue(), (kind, spec, status) => {
        const object = { apiVersion: 'apps/v1', kind, metadata: { name: 'x', generation: 1 }, spec, status };
        const found = readiness(object, NOW);
        expect(['current', 'in_progress', 'failed', 'terminating', 'unknown']).toContain(found.state);
        expect(found.message).not.toBe('');
      }),
    );
  });
});

test('the worst state of many is the state of all', () => {
  expect(worstOf([])).toBe('current');
  expect(worstOf(['current', 'in_progress'])).toBe('in_progress');
  expect(worstOf(['in_progress', 'failed', 'terminating'])).toBe('failed');
});
