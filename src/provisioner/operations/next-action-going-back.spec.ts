import { type Action, type Goal, nextAction, type Progress } from './next-action.js';
import type { Observed } from './observed.js';
import { failing } from './operation-failure.js';
import {
  crashed,
  create,
  late,
  otherOperation,
  progress,
  release,
  seen,
  unready,
  upgrade,
  upgradeOfStopped,
  web,
} from './testing/observations.js';

const why = 'Deployment web: 1 of 2 replicas are ready';
const crash = { code: 'crash_loop', message: 'boom' } as const;
const written = release({ revision: 2, lastGoodRevision: 1 });
const good = release({ revision: 1, operationId: otherOperation });
const wentBack = release({ revision: 3, operationId: otherOperation, lastGoodRevision: 1 });
const rendered = failing('render_failed', 'no such field');

interface Row {
  readonly when: string;
  readonly goal?: Goal;
  readonly seen: Observed;
  readonly progress?: Partial<Progress>;
  readonly does: Action;
}

describe('an upgrade that fails', () => {
  const rows: Row[] = [
    {
      when: 'goes back at once from pods that crash, for there is a revision that worked',
      seen: seen({ release: written, workloads: [unready()], cause: crash }),
      does: { kind: 'roll_back_release', revision: 1, failure: failing('crash_loop', `${why} (boom)`) },
    },
    {
      when: 'goes back when the controller gives up',
      seen: seen({ release: written, workloads: [unready('gave up', 'failed')] }),
      does: {
        kind: 'roll_back_release',
        revision: 1,
        failure: failing('readiness_timeout', 'Deployment web: gave up'),
      },
    },
    {
      when: 'goes back after the whole wait',
      seen: seen({ release: written, workloads: [unready()] }),
      progress: late,
      does: { kind: 'roll_back_release', revision: 1, failure: failing('readiness_timeout', why) },
    },
    {
      when: 'goes back from a release that helm calls failed',
      seen: seen({ release: { ...written, status: 'failed' } }),
      progress: { failure: rendered },
      does: { kind: 'roll_back_release', revision: 1, failure: rendered },
    },
    {
      when: 'frees the release first when a killed helm left it pending',
      seen: seen({ release: { ...written, status: 'pending-upgrade' } }),
      progress: { failure: rendered },
      does: { kind: 'recover_release', revision: 2, lastGoodRevision: 1 },
    },
    {
      when: 'has nothing to go back to when no revision was ever good',
      seen: seen({ release: release({ status: 'failed' }) }),
      progress: { failure: rendered },
      does: { kind: 'fail', status: 'error', error: rendered },
    },
    {
      when: 'has nothing to go back to when the release is gone',
      seen: seen({ release: undefined, workloads: [] }),
      progress: { failure: rendered },
      does: { kind: 'fail', status: 'error', error: rendered },
    },
    {
      when: 'does not roll back in a namespace that is going',
      seen: seen({ namespace: { state: 'terminating', blockers: '', forSeconds: 1 }, release: written }),
      progress: { failure: rendered },
      does: { kind: 'fail', status: 'error', error: rendered },
    },
    {
      when: 'gives the old secret back when helm wrote nothing',
      seen: seen({ release: good }),
      progress: { failure: rendered },
      does: { kind: 'restore_namespace', failure: rendered },
    },
    {
      when: 'is back, running, when helm wrote nothing and the good revision is still ready',
      seen: seen({ release: good }),
      progress: { failure: rendered, restored: true },
      does: { kind: 'fail', status: 'running', error: rendered },
    },
    {
      when: 'waits until the good revision is ready again',
      seen: seen({ release: wentBack, workloads: [unready()] }),
      progress: { failure: crashed, rolledBack: true },
      does: { kind: 'wait', step: 'wait_for_readiness', message: why },
    },
    {
      when: 'does not take the crashes of the pods that go for crashes of the good revision',
      seen: seen({ release: wentBack, workloads: [unready()], cause: crash }),
      progress: { failure: crashed, rolledBack: true },
      does: { kind: 'wait', step: 'wait_for_readiness', message: `${why} (boom)` },
    },
    {
      when: 'ends back at the good revision, running; the operation keeps its own failure',
      seen: seen({ release: wentBack }),
      progress: { failure: crashed, rolledBack: true },
      does: { kind: 'fail', status: 'running', error: crashed },
    },
    {
      when: 'ends in error with the first failure when the good revision is not ready either',
      seen: seen({ release: wentBack, workloads: [unready()] }),
      progress: { failure: crashed, rolledBack: true, ...late },
      does: { kind: 'fail', status: 'error', error: crashed },
    },
    {
      when: 'ends in error when going back failed for good, even where all pods happen to be ready',
      seen: seen({ release: { ...written, status: 'failed' } }),
      progress: { failure: crashed, stuck: true },
      does: { kind: 'fail', status: 'error', error: crashed },
    },
    {
      when: 'of a stopped instance stops what the way back started',
      goal: upgradeOfStopped,
      seen: seen({ release: wentBack }),
      progress: { failure: crashed, rolledBack: true },
      does: { kind: 'scale_down' },
    },
    {
      when: 'of a stopped instance ends stopped',
      goal: upgradeOfStopped,
      seen: seen({ release: wentBack, workloads: [web({ replicas: 0 })], pods: 0 }),
      progress: { failure: crashed, rolledBack: true },
      does: { kind: 'fail', status: 'stopped', error: crashed },
    },
    {
      when: 'of a stopped instance ends in error when it cannot be stopped again',
      goal: upgradeOfStopped,
      seen: seen({ release: wentBack, workloads: [web({ replicas: 0 })], pods: 1 }),
      progress: { failure: crashed, rolledBack: true, ...late },
      does: { kind: 'fail', status: 'error', error: crashed },
    },
    {
      when: 'is left as it is when it is no upgrade but a repair',
      goal: create,
      seen: seen({ release: written, workloads: [unready()], cause: crash }),
      does: { kind: 'fail', status: 'error', error: failing('crash_loop', `${why} (boom)`) },
    },
  ];
  it.each(rows.map((row) => [row.when, row] as const))('%s', (_when, row) => {
    expect(nextAction(row.goal ?? upgrade, row.seen, progress(row.progress))).toEqual(row.does);
  });
});

describe('an upgrade of a stopped instance', () => {
  it.each<[string, Observed, Action]>([
    ['writes its revision', seen({ release: good, workloads: [web({ replicas: 0 })] }), { kind: 'install_release' }],
    ['stops what the new revision started', seen({ release: written }), { kind: 'scale_down' }],
    [
      'waits for its pods to end',
      seen({ release: written, workloads: [web({ replicas: 0 })], pods: 1 }),
      { kind: 'wait', step: 'wait_for_pods_to_end', message: '1 pod is still there' },
    ],
    [
      'ends stopped, without having waited for readiness',
      seen({
        release: written,
        workloads: [web({ replicas: 0, readiness: { state: 'in_progress', message: '' } })],
        pods: 0,
      }),
      { kind: 'succeed', status: 'stopped' },
    ],
  ])('%s', (_when, observed, action) => {
    expect(nextAction(upgradeOfStopped, observed, progress())).toEqual(action);
  });
});
