import type { Condition } from '../common-kinds.js';
import type { Deployment, DeploymentStatus } from '../kinds.js';
import { deployment, meta, replicaSet } from '../testing/objects.js';
import { VirtualClock } from '../testing/virtual-clock.js';
import { countStatus, deadlineIn, isComplete, pauseVerdict, rolloutStatus, tell } from './deployment-status.js';

const NOW = '2026-01-01T00:01:00Z';
const clock = new VirtualClock(Date.parse(NOW));

function progressing(reason: string, more: Partial<Condition> = {}): Condition {
  const at = '2026-01-01T00:00:00Z';
  return {
    type: 'Progressing',
    status: 'True',
    reason,
    message: 'm',
    lastUpdateTime: at,
    lastTransitionTime: at,
    ...more,
  };
}

function rolled(spec: Partial<Deployment['spec']>, before: DeploymentStatus, size: number, available: number) {
  const set = replicaSet('new', size, available);
  const status = rolloutStatus(deployment(spec, before), set, [set], clock);
  return status.conditions?.find(({ type }) => type === 'Progressing');
}

describe('the word on the progress of a rollout', () => {
  const done = { replicas: 2, updatedReplicas: 2, readyReplicas: 2, availableReplicas: 2 };
  const rows: [
    string,
    Partial<Deployment['spec']>,
    DeploymentStatus,
    number,
    number,
    Partial<Condition> | undefined,
  ][] = [
    [
      'more pods than before',
      { replicas: 2 },
      {},
      2,
      0,
      { status: 'True', reason: 'ReplicaSetUpdated', message: 'ReplicaSet "new" is progressing.', lastUpdateTime: NOW },
    ],
    [
      'all there',
      { replicas: 2 },
      {},
      2,
      2,
      { status: 'True', reason: 'NewReplicaSetAvailable', message: 'ReplicaSet "new" has successfully progressed.' },
    ],
    [
      'all was there before',
      { replicas: 2 },
      { ...done, conditions: [progressing('NewReplicaSetAvailable')] },
      2,
      2,
      { reason: 'NewReplicaSetAvailable', lastUpdateTime: '2026-01-01T00:00:00Z' },
    ],
    [
      'a pod of a finished rollout lost is no new rollout',
      { replicas: 2, progressDeadlineSeconds: 1 },
      { ...done, conditions: [progressing('NewReplicaSetAvailable')] },
      2,
      1,
      { status: 'True', reason: 'NewReplicaSetAvailable' },
    ],
    [
      'nothing for too long',
      { replicas: 2, progressDeadlineSeconds: 30 },
      { replicas: 2, updatedReplicas: 2, conditions: [progressing('ReplicaSetUpdated')] },
      2,
      0,
      {
        status: 'False',
        reason: 'ProgressDeadlineExceeded',
        message: 'ReplicaSet "new" has timed out progressing.',
        lastTransitionTime: NOW,
      },
    ],
    [
      'nothing, but not for too long',
      { replicas: 2, progressDeadlineSeconds: 90 },
      { replicas: 2, updatedReplicas: 2, conditions: [progressing('ReplicaSetUpdated')] },
      2,
      0,
      { reason: 'ReplicaSetUpdated', lastUpdateTime: '2026-01-01T00:00:00Z' },
    ],
    [
      'failed before, and still',
      { replicas: 2, progressDeadlineSeconds: 600 },
      { replicas: 2, updatedReplicas: 2, conditions: [progressing('ProgressDeadlineExceeded', { status: 'False' })] },
      2,
      0,
      { status: 'False', reason: 'ProgressDeadlineExceeded' },
    ],
    [
      'no deadline, no word',
      { replicas: 2, progressDeadlineSeconds: 2 ** 31 - 1 },
      { conditions: [progressing('ReplicaSetUpdated')] },
      2,
      0,
      undefined,
    ],
  ];
  it.each(rows)('%s', (_what, spec, before, size, available, expected) => {
    const told = rolled(spec, before, size, available);
    if (expected === undefined) expect(told).toBeUndefined();
    else expect(told).toMatchObject(expected);
  });
});

describe('the counts', () => {
  it('leave out what is zero', () => {
    expect(countStatus(deployment({ replicas: 0 }), undefined, [], NOW)).toEqual({
      observedGeneration: 1,
      conditions: [expect.objectContaining({ type: 'Available', status: 'True' })],
    });
  });

  it('tell new pods from all, and what is missing', () => {
    const [current, old] = [replicaSet('new', 2, 1), replicaSet('old', 3, 2)];
    expect(countStatus(deployment({ replicas: 4 }), current, [current, old], NOW)).toMatchObject({
      replicas: 5,
      updatedReplicas: 2,
      readyReplicas: 3,
      availableReplicas: 3,
      unavailableReplicas: 2,
    });
  });

  const rows: [number, number, string, 'True' | 'False'][] = [
    [4, 3, '25%', 'True'],
    [4, 2, '25%', 'False'],
    [1, 0, '25%', 'False'],
    [2, 1, '50%', 'True'],
  ];
  it.each(rows)('of %i wanted %i available with %s missing: %s', (replicas, available, maxUnavailable, status) => {
    const strategy = { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable } };
    const set = replicaSet('new', replicas, available);
    const { conditions } = countStatus(deployment({ replicas, strategy }), set, [set], NOW);
    expect(conditions?.[0]?.status).toBe(status);
  });
});

describe('a Deployment is complete', () => {
  const all = { observedGeneration: 2, replicas: 2, updatedReplicas: 2, availableReplicas: 2 };
  const object = { ...deployment({ replicas: 2 }), metadata: meta('web', { generation: 2 }) };
  const rows: [string, DeploymentStatus, boolean][] = [
    ['when all pods are new and available', all, true],
    ['not before its spec was seen', { ...all, observedGeneration: 1 }, false],
    ['not while an old pod is left', { ...all, replicas: 3 }, false],
    ['not while a new pod is missing', { ...all, updatedReplicas: 1 }, false],
    ['not while a pod is not available', { ...all, availableReplicas: 1 }, false],
  ];
  it.each(rows)('%s', (_when, status, expected) => {
    expect(isComplete(object, status)).toBe(expected);
  });
});

describe('the deadline', () => {
  const rows: [string, Condition | undefined, number | undefined][] = [
    ['is a second after it would be exceeded', progressing('ReplicaSetUpdated'), 541_000],
    ['is over', progressing('ProgressDeadlineExceeded', { status: 'False' }), undefined],
    ['is none without a rollout', undefined, undefined],
  ];
  it.each(rows)('%s', (_what, condition, ms) => {
    const status = condition === undefined ? {} : { conditions: [condition] };
    expect(deadlineIn(deployment({ replicas: 2 }), status, clock)).toBe(ms);
  });
});

describe('a refused ReplicaSet', () => {
  const refusal: Condition = {
    type: 'ReplicaFailure',
    status: 'True',
    reason: 'FailedCreate',
    message: 'quota',
    lastTransitionTime: NOW,
  };
  const refused = () => {
    const set = replicaSet('new', 2, 0);
    return { ...set, status: { ...set.status, replicas: 0, conditions: [refusal] } };
  };

  it('shows in the Deployment, and no longer when it is over', () => {
    const set = refused();
    const told = rolloutStatus(deployment({ replicas: 2 }), set, [set], clock);
    expect(told.conditions).toContainEqual({ ...refusal, lastUpdateTime: NOW });
    const fine = replicaSet('new', 2, 0);
    const after = rolloutStatus(deployment({ replicas: 2 }, told), fine, [fine], clock);
    expect(after.conditions?.map(({ type }) => type)).not.toContain('ReplicaFailure');
  });
});

describe('pausing', () => {
  const rows: [string, boolean, string | undefined, string | undefined][] = [
    ['is told once', true, undefined, 'DeploymentPaused'],
    ['is not told twice', true, 'DeploymentPaused', undefined],
    ['going on is told', false, 'DeploymentPaused', 'DeploymentResumed'],
    ['was never', false, 'ReplicaSetUpdated', undefined],
    ['leaves a failure as it is', true, 'ProgressDeadlineExceeded', undefined],
  ];
  it.each(rows)('%s', (_what, paused, known, reason) => {
    const status = known === undefined ? {} : { conditions: [progressing(known)] };
    expect(pauseVerdict(deployment({ paused }, status))?.reason).toBe(reason);
  });
});

describe('a condition that is told', () => {
  it('keeps its times when it says the same, and its transition when only the reason changes', () => {
    const known = progressing('A');
    expect(tell([known], { type: 'Progressing', status: 'True', reason: 'A', message: 'other' }, NOW)).toEqual([known]);
    expect(tell([known], { type: 'Progressing', status: 'True', reason: 'B', message: 'm' }, NOW)).toEqual([
      { ...known, reason: 'B', lastUpdateTime: NOW },
    ]);
    expect(tell([known], { type: 'Progressing', status: 'False', reason: 'B', message: 'm' }, NOW)[0]).toMatchObject({
      lastTransitionTime: NOW,
    });
  });
});
