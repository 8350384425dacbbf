import type { KubernetesObject } from './kubernetes-object.js';
import { readiness } from './readiness.js';
import type { ReadinessState } from './readiness-state.js';

const NOW = new Date('2026-11-20T12:00:00Z');

type Row = readonly [what: string, expected: ReadinessState, message: RegExp, object: KubernetesObject];

function made(kind: string, spec: unknown, status: unknown): KubernetesObject {
  return { apiVersion: 'apps/v1', kind, metadata: { name: 'web', generation: 2 }, spec, status };
}

const whole = { observedGeneration: 2, replicas: 2, updatedReplicas: 2, readyReplicas: 2, availableReplicas: 2 };
const deployment = (status: object, spec: object = { replicas: 2 }): KubernetesObject =>
  made('Deployment', spec, status);
const replicaSet = (status: object): KubernetesObject =>
  made('ReplicaSet', { replicas: 2 }, { observedGeneration: 2, ...status });
const statefulSet = (status: object, spec: object = {}): KubernetesObject =>
  made('StatefulSet', { replicas: 3, ...spec }, { observedGeneration: 2, replicas: 3, readyReplicas: 3, ...status });
const daemonSet = (status: object, spec: object = {}): KubernetesObject =>
  made('DaemonSet', spec, { observedGeneration: 2, ...status });

const rows: Record<string, readonly Row[]> = {
  Deployment: [
    ['all replicas ready', 'current', /all 2 are ready/, deployment(whole)],
    ['one replica where the spec says nothing', 'in_progress', /0 of 1/, deployment({ observedGeneration: 2 }, {})],
    ['pods not made yet', 'in_progress', /1 of 2 replicas exist/, deployment({ ...whole, replicas: 1 })],
    ['pods of the old template', 'in_progress', /1 of 2 .* updated/, deployment({ ...whole, updatedReplicas: 1 })],
    ['old pods still there', 'in_progress', /1 old pods/, deployment({ ...whole, replicas: 3 })],
    ['not yet available', 'in_progress', /1 of 2 .* available/, deployment({ ...whole, availableReplicas: 1 })],
    ['not ready', 'in_progress', /0 of 2 .* ready/, deployment({ ...whole, readyReplicas: 0 })],
    ['scaled to zero', 'current', /at zero/, deployment({ observedGeneration: 2 }, { replicas: 0 })],
    ['scaled to zero, pods still going', 'in_progress', /2 old pods/, deployment(whole, { replicas: 0 })],
    ['a paused rollout', 'in_progress', /paused/, deployment(whole, { replicas: 2, paused: true })],
    [
      'past its progress deadline',
      'failed',
      /has timed out progressing/,
      deployment({
        ...whole,
        readyReplicas: 0,
        conditions: [
          {
            type: 'Progressing',
            status: 'False',
            reason: 'ProgressDeadlineExceeded',
            message: 'ReplicaSet "web-1" has timed out progressing.',
          },
        ],
      }),
    ],
  ],
  ReplicaSet: [
    [
      'all there',
      'current',
      /all 2/,
      replicaSet({ replicas: 2, fullyLabeledReplicas: 2, availableReplicas: 2, readyReplicas: 2 }),
    ],
    ['none labelled', 'in_progress', /labelled/, replicaSet({ replicas: 2 })],
    [
      'pods refused',
      'in_progress',
      /exceeded quota/,
      replicaSet({
        replicas: 1,
        conditions: [{ type: 'ReplicaFailure', status: 'True', message: 'pods "x" is forbidden: exceeded quota' }],
      }),
    ],
    [
      'one too many',
      'in_progress',
      /old pods/,
      replicaSet({ replicas: 3, fullyLabeledReplicas: 3, availableReplicas: 3, readyReplicas: 3 }),
    ],
  ],
  StatefulSet: [
    ['all at the update revision', 'current', /all 3/, statefulSet({ currentRevision: 'a', updateRevision: 'a' })],
    [
      'still rolling',
      'in_progress',
      /2 of 3 .* revision b/,
      statefulSet({ currentRevision: 'a', updateRevision: 'b', updatedReplicas: 2 }),
    ],
    ['a pod not ready', 'in_progress', /2 of 3 .* ready/, statefulSet({ readyReplicas: 2 })],
    ['a pod too many', 'in_progress', /1 old pods/, statefulSet({ replicas: 4 })],
    [
      'rolled down to its partition',
      'current',
      /all 3/,
      statefulSet(
        { currentRevision: 'a', updateRevision: 'b', updatedReplicas: 1 },
        { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 2 } } },
      ),
    ],
    [
      'above its partition not yet rolled',
      'in_progress',
      /0 of 1 .* updated/,
      statefulSet(
        { currentRevision: 'a', updateRevision: 'b', updatedReplicas: 0 },
        { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 2 } } },
      ),
    ],
    [
      'updated only on delete',
      'current',
      /all 3/,
      statefulSet({ currentRevision: 'a', updateRevision: 'b' }, { updateStrategy: { type: 'OnDelete' } }),
    ],
    [
      'at zero with a revision that never rolled',
      'current',
      /at zero/,
      statefulSet({ replicas: 0, readyReplicas: 0, currentRevision: 'a', updateRevision: 'b' }, { replicas: 0 }),
    ],
  ],
  DaemonSet: [
    ['nodes not counted', 'in_progress', /not counted/, daemonSet({})],
    [
      'on every node',
      'current',
      /all 3/,
      daemonSet({
        desiredNumberScheduled: 3,
        currentNumberScheduled: 3,
        updatedNumberScheduled: 3,
        numberAvailable: 3,
        numberReady: 3,
      }),
    ],
    [
      'not on every node',
      'in_progress',
      /1 of 3 nodes run it/,
      daemonSet({ desiredNumberScheduled: 3, currentNumberScheduled: 1 }),
    ],
    [
      'old template on a node',
      'in_progress',
      /2 of 3 nodes run the update/,
      daemonSet({ desiredNumberScheduled: 3, currentNumberScheduled: 3, updatedNumberScheduled: 2 }),
    ],
    [
      'old template, updated only on delete',
      'current',
      /all 3/,
      daemonSet(
        { desiredNumberScheduled: 3, currentNumberScheduled: 3, numberAvailable: 3, numberReady: 3 },
        { updateStrategy: { type: 'OnDelete' } },
      ),
    ],
    ['no node asks for it', 'current', /at zero/, daemonSet({ desiredNumberScheduled: 0 })],
  ],
};

describe.each(Object.entries(rows))('readiness of a %s', (_kind, cases) => {
  test.each(cases)('%s: %s', (_what, expected, message, object) => {
    const found = readiness(object, NOW);
    expect(found.state).toBe(expected);
    expect(found.message).toMatch(message);
  });
});
