import { type Action, type Goal, nextAction, type Progress } from './next-action.js';
import type { Observed } from './observed.js';
import { failing } from './operation-failure.js';
import {
  crashed,
  fails,
  foreign,
  late,
  nothingSeen,
  notOurs,
  otherOperation,
  progress,
  release,
  restart,
  running,
  seen,
  start,
  stop,
  stopped,
  terminating,
  thisOperation,
  unready,
  waitsForNamespace,
  waitsForPods,
  waitsForReadiness,
  web,
  why,
} from './testing/observations.js';

interface Row {
  /** What is the case. */
  readonly when: string;
  readonly goal: Goal;
  readonly seen: Observed;
  readonly progress?: Partial<Progress>;
  readonly does: Action;
}

/** Takes the decision of every row. */
function decides(rows: readonly Row[]): void {
  it.each(rows.map((row) => [row.when, row] as const))('%s', (_when, row) => {
    expect(nextAction(row.goal, row.seen, progress(row.progress))).toEqual(row.does);
  });
}

describe('a stop', () => {
  const atZero = web({ replicas: 0, readyReplicas: 0 });
  decides([
    { when: 'takes replicas away', goal: stop, seen: seen(), does: { kind: 'scale_down' } },
    {
      when: 'goes on when a worker died half way',
      goal: stop,
      seen: seen({ workloads: [atZero, web({ name: 'db' })] }),
      does: { kind: 'scale_down' },
    },
    {
      when: 'waits for the last pod',
      goal: stop,
      seen: seen({ workloads: [atZero], pods: 1 }),
      does: waitsForPods('1 pod is still there'),
    },
    {
      when: 'waits for the last pods',
      goal: stop,
      seen: seen({ workloads: [atZero], pods: 2 }),
      does: waitsForPods('2 pods are still there'),
    },
    { when: 'ends when no pod is left', goal: stop, seen: seen({ workloads: [atZero], pods: 0 }), does: stopped },
    {
      when: 'fails when pods are left after the whole wait',
      goal: stop,
      seen: seen({ workloads: [atZero], pods: 1 }),
      progress: late,
      does: fails(failing('readiness_timeout', '1 pod is still there')),
    },
    {
      when: 'takes replicas away again when something gives them back',
      goal: stop,
      seen: seen(),
      progress: { acted: true },
      does: { kind: 'scale_down' },
    },
    {
      when: 'fails when something gives replicas back to the end',
      goal: stop,
      seen: seen(),
      progress: late,
      does: fails(failing('readiness_timeout', 'workloads came back while they were being stopped')),
    },
    {
      when: 'ends with a failure that cannot pass instead of repeating it',
      goal: stop,
      seen: seen(),
      progress: { failure: failing('forbidden', 'may not scale') },
      does: fails(failing('forbidden', 'may not scale')),
    },
    { when: 'has nothing to do where nothing is', goal: stop, seen: nothingSeen, does: stopped },
    { when: 'touches nothing that is not ours', goal: stop, seen: foreign, does: stopped },
    {
      when: 'scales nothing in a namespace that is going',
      goal: stop,
      seen: terminating(),
      does: waitsForNamespace('the namespace is being deleted'),
    },
  ]);
});

describe('a start', () => {
  const atZero = web({ replicas: 0, readyReplicas: 0 });
  const kept = release({ operationId: otherOperation });
  decides([
    {
      when: 'gives replicas back',
      goal: start,
      seen: seen({ release: kept, workloads: [atZero] }),
      progress: { prepared: false },
      does: { kind: 'scale_up' },
    },
    {
      when: 'does not ask again for a workload that has no replicas by design',
      goal: start,
      seen: seen({ release: kept, workloads: [web(), atZero] }),
      progress: { acted: true },
      does: running,
    },
    {
      when: 'waits for readiness',
      goal: start,
      seen: seen({ release: kept, workloads: [unready()] }),
      progress: { acted: true },
      does: waitsForReadiness(why),
    },
    {
      when: 'fails after the whole wait',
      goal: start,
      seen: seen({ release: kept, workloads: [unready()] }),
      progress: { acted: true, ...late },
      does: fails(failing('readiness_timeout', why)),
    },
    { when: 'makes a missing namespace again', goal: start, seen: nothingSeen, does: { kind: 'prepare_namespace' } },
    {
      when: 'installs a missing release again',
      goal: start,
      seen: seen({ release: undefined, workloads: [] }),
      does: { kind: 'install_release' },
    },
    {
      when: 'installs again where a workload is missing',
      goal: start,
      seen: seen({
        release: kept,
        workloads: [atZero, web({ readiness: { state: 'not_found', message: 'is not there' } })],
      }),
      does: { kind: 'install_release' },
    },
    {
      when: 'waits for what it installed itself',
      goal: start,
      seen: seen({ workloads: [web({ replicas: 0, readiness: { state: 'not_found', message: 'is not there' } })] }),
      does: waitsForReadiness('Deployment web: is not there'),
    },
    { when: 'touches nothing that is not ours', goal: start, seen: foreign, does: fails(notOurs) },
    {
      when: 'scales nothing in a namespace that is going',
      goal: start,
      seen: { ...terminating(), release: kept, workloads: [atZero] },
      does: waitsForNamespace('the namespace is being deleted'),
    },
    {
      when: 'ends with a failure that cannot pass',
      goal: start,
      seen: seen({ workloads: [atZero] }),
      progress: { failure: crashed },
      does: fails(crashed),
    },
  ]);
});

describe('a restart', () => {
  const kept = release({ operationId: otherOperation });
  decides([
    {
      when: 'replaces the pods',
      goal: restart,
      seen: seen({ release: kept }),
      does: { kind: 'restart_workloads' },
    },
    {
      when: 'waits for the new pods',
      goal: restart,
      seen: seen({ release: kept, workloads: [unready()] }),
      progress: { acted: true },
      does: waitsForReadiness(why),
    },
    {
      when: 'ends when they are ready',
      goal: restart,
      seen: seen({ release: kept }),
      progress: { acted: true },
      does: running,
    },
    {
      when: 'leaves the instance degraded when they do not become ready: the old pods may still serve',
      goal: restart,
      seen: seen({ release: kept, workloads: [unready()] }),
      progress: { acted: true, ...late },
      does: fails(failing('readiness_timeout', why), 'degraded'),
    },
    {
      when: 'brings a release back that somebody removed, instead of calling nothing running',
      goal: restart,
      seen: seen({ release: undefined, workloads: [], pods: 0 }),
      does: { kind: 'install_release' },
    },
    {
      when: 'brings a namespace back that somebody removed',
      goal: restart,
      seen: nothingSeen,
      does: { kind: 'prepare_namespace' },
    },
    {
      when: 'does not restart what it had to install again',
      goal: restart,
      seen: seen({ release: release({ operationId: thisOperation }) }),
      does: running,
    },
    { when: 'touches nothing that is not ours', goal: restart, seen: foreign, does: fails(notOurs) },
    {
      when: 'restarts nothing in a namespace that is going',
      goal: restart,
      seen: terminating(),
      does: waitsForNamespace('the namespace is being deleted'),
    },
    {
      when: 'ends with a failure that cannot pass',
      goal: restart,
      seen: seen(),
      progress: { failure: failing('forbidden', 'may not patch') },
      does: fails(failing('forbidden', 'may not patch')),
    },
  ]);
});
