import type { FailureCode } from './failure.js';
import type { KubernetesObject } from './kubernetes-object.js';
import { failureOfCause, logKey, podCause, wantedLogs } from './pod-cause.js';

function pod(name: string, status: unknown, metadata: Record<string, unknown> = {}): KubernetesObject {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'ns', ...metadata }, status };
}

function event(
  reason: string,
  message: string,
  on: [kind: string, name: string],
  at = '2026-11-20T12:00:00Z',
): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: 'e', namespace: 'ns' },
    reason,
    message,
    lastTimestamp: at,
    involvedObject: { kind: on[0], name: on[1] },
  };
}

const waiting = (reason: string, message?: string): unknown => ({
  phase: 'Pending',
  containerStatuses: [{ name: 'app', image: 'x/no:1', restartCount: 0, state: { waiting: { reason, message } } }],
});
const crashing = {
  phase: 'Running',
  containerStatuses: [
    {
      name: 'app',
      restartCount: 3,
      state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 40s restarting failed container' } },
      lastState: { terminated: { exitCode: 137, reason: 'OOMKilled' } },
    },
  ],
};
const notReady = { phase: 'Running', conditions: [{ type: 'Ready', status: 'False' }] };
const unscheduled = (message: string): unknown => ({
  phase: 'Pending',
  conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message }],
});

type Row = readonly [
  what: string,
  code: FailureCode,
  message: RegExp,
  pods: readonly KubernetesObject[],
  events?: readonly KubernetesObject[],
];

const rows: readonly Row[] = [
  [
    'an image that cannot be pulled',
    'image_pull_failed',
    /Back-off pulling image "x\/no:1"/,
    [pod('a', waiting('ImagePullBackOff', 'Back-off pulling image "x/no:1"'))],
  ],
  ['an image without a message', 'image_pull_failed', /ErrImagePull: x\/no:1/, [pod('a', waiting('ErrImagePull'))]],
  [
    'a missing secret',
    'render_failed',
    /CreateContainerConfigError: secret "db" not found/,
    [pod('a', waiting('CreateContainerConfigError', 'secret "db" not found'))],
  ],
  ['a crash loop', 'crash_loop', /exit code 137 \(OOMKilled\), restarted 3 times/, [pod('a', crashing)]],
  [
    'an init container that fails',
    'crash_loop',
    /exit code 1 \(Error\)/,
    [
      pod('a', {
        phase: 'Pending',
        initContainerStatuses: [{ name: 'migrate', state: { terminated: { exitCode: 1, reason: 'Error' } } }],
      }),
    ],
  ],
  [
    'no node',
    'unschedulable',
    /Insufficient cpu/,
    [pod('a', unscheduled('0/3 nodes are available: 3 Insufficient cpu.'))],
  ],
  [
    'no volume',
    'volume_pending',
    /unbound immediate/,
    [pod('a', unscheduled('pod has unbound immediate PersistentVolumeClaims'))],
  ],
  [
    'a volume that does not mount',
    'volume_pending',
    /timed out/,
    [pod('a', { phase: 'Pending' })],
    [event('FailedMount', 'Unable to attach or mount volumes: timed out', ['Pod', 'a'])],
  ],
  [
    'a probe, by its latest event',
    'probe_failed',
    /statuscode: 503/,
    [pod('a', notReady)],
    [
      event('Unhealthy', 'Readiness probe failed: statuscode: 503', ['Pod', 'a'], '2026-11-20T12:00:09Z'),
      event('Unhealthy', 'Readiness probe failed: connection refused', ['Pod', 'a'], '2026-11-20T12:00:01Z'),
      event('Unhealthy', 'another pod', ['Pod', 'b'], '2026-11-20T12:00:10Z'),
    ],
  ],
  [
    'a quota, although no pod exists to say so',
    'quota_exceeded',
    /exceeded quota/,
    [],
    [event('FailedCreate', 'pods "web-1" is forbidden: exceeded quota: tenantry', ['ReplicaSet', 'web-1'])],
  ],
  [
    'a pod that the namespace’s security level refuses',
    'render_failed',
    /violates PodSecurity/,
    [],
    [event('FailedCreate', 'pods "x" is forbidden: violates PodSecurity "restricted:latest"', ['ReplicaSet', 'web-1'])],
  ],
  [
    'a missing service account',
    'forbidden',
    /serviceaccount "x" not found/,
    [],
    [
      event('FailedCreate', 'pods "x" is forbidden: error looking up service account: serviceaccount "x" not found', [
        'ReplicaSet',
        'web-1',
      ]),
    ],
  ],
];

test.each(rows.map(([what, code, message, pods, events]) => ({ what, code, message, pods, events: events ?? [] })))(
  '$what is $code',
  ({ code, message, pods, events }) => {
    const cause = podCause(pods, events, new Map());
    expect(cause?.code).toBe(code);
    expect(cause?.message).toMatch(message);
  },
);

test('what explains the others is told first', () => {
  const events = [event('FailedCreate', 'pods "x" is forbidden: exceeded quota: t', ['ReplicaSet', 'web-1'])];
  expect(podCause([pod('a', crashing), pod('b', waiting('ErrImagePull'))], events, new Map())?.code).toBe(
    'quota_exceeded',
  );
  expect(podCause([pod('a', crashing), pod('b', waiting('ErrImagePull'))], [], new Map())?.code).toBe(
    'image_pull_failed',
  );
});

test.each([
  ['pods that are ready', [pod('a', { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] })]],
  ['pods that start', [pod('a', waiting('ContainerCreating'))]],
  ['pods that are going', [pod('a', crashing, { deletionTimestamp: '2026-11-20T12:00:00Z' })]],
  ['no pods', []],
])('%s give no cause', (_what, pods) => {
  expect(podCause(pods, [event('Pulled', 'fine', ['Pod', 'a'])], new Map())).toBeUndefined();
});

describe('a crash loop', () => {
  test('asks for the log of the container that ends, and of no other', () => {
    const both = {
      ...crashing,
      containerStatuses: [...crashing.containerStatuses, { name: 'proxy', state: { running: {} } }],
    };
    expect(wantedLogs([pod('a', both), pod('b', notReady)])).toEqual([{ namespace: 'ns', pod: 'a', container: 'app' }]);
  });

  test('quotes its last log lines, and names pod and container', () => {
    const logs = new Map([[logKey('a', 'app'), 'starting\nFATAL: no such database\n']]);
    const cause = podCause([pod('a', crashing)], [], logs);
    expect(cause && failureOfCause(cause)).toMatchObject({
      code: 'crash_loop',
      message:
        'Pod/ns/a (app): ended with exit code 137 (OOMKilled), restarted 3 times; last log lines:\nstarting\nFATAL: no such database',
    });
  });
});
