import { type Action, type Goal, nextAction, type Progress } from './next-action.js';
import type { Observed } from './observed.js';
import { failing } from './operation-failure.js';
import {
  deprovisioned,
  fails,
  foreign,
  held,
  late,
  nothingSeen,
  progress,
  release,
  seen,
  terminating,
  uninstall,
  uninstallRetaining,
  waitsForNamespace,
  waitsForPods,
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

describe('an uninstall', () => {
  const noRelease = seen({ release: undefined, workloads: [], pods: 0 });
  decides([
    {
      when: 'is done when nothing is there: absence is proven by a read',
      goal: uninstall,
      seen: nothingSeen,
      does: deprovisioned,
    },
    {
      when: 'is done where the namespace is not ours, and leaves it',
      goal: uninstall,
      seen: foreign,
      does: deprovisioned,
    },
    { when: 'takes the release away first', goal: uninstall, seen: seen(), does: { kind: 'uninstall_release' } },
    {
      when: 'takes a half-written release away without recovering it',
      goal: uninstall,
      seen: seen({ release: release({ status: 'pending-upgrade' }) }),
      does: { kind: 'uninstall_release' },
    },
    {
      when: 'runs again on a release stuck in uninstalling',
      goal: uninstall,
      seen: seen({ release: release({ status: 'uninstalling' }) }),
      does: { kind: 'uninstall_release' },
    },
    { when: 'then the namespace', goal: uninstall, seen: noRelease, does: { kind: 'delete_namespace' } },
    {
      when: 'waits for the namespace',
      goal: uninstall,
      seen: terminating(),
      does: waitsForNamespace('the namespace is being deleted'),
    },
    {
      when: 'gives pods that end in good order their time, though they are named as remaining',
      goal: uninstall,
      seen: terminating('Some resources are remaining: pods. has 2 resource instances', 29),
      progress: { elapsedSeconds: 300 },
      does: waitsForNamespace('Some resources are remaining: pods. has 2 resource instances'),
    },
    {
      when: 'fails when a finalizer holds the namespace, naming it',
      goal: uninstall,
      seen: terminating(held, 30),
      progress: { elapsedSeconds: 31 },
      does: fails(failing('namespace_terminating', `the namespace cannot go: ${held}`)),
    },
    {
      when: 'gives the finalizer the same time again when it is asked again',
      goal: uninstall,
      seen: terminating(held, 3_600),
      progress: { elapsedSeconds: 1 },
      does: waitsForNamespace(held),
    },
    {
      when: 'fails when the namespace stays without a reason',
      goal: uninstall,
      seen: terminating('', 700),
      progress: late,
      does: fails(failing('namespace_terminating', 'the namespace is still being deleted: no reason is given')),
    },
    {
      when: 'ends with a failure that cannot pass',
      goal: uninstall,
      seen: seen(),
      progress: { failure: failing('forbidden', 'may not delete') },
      does: fails(failing('forbidden', 'may not delete')),
    },
  ]);

  describe('that retains the data', () => {
    const left = (pods: number): Observed => seen({ release: undefined, workloads: [], pods });
    decides([
      {
        when: 'takes the release away first',
        goal: uninstallRetaining,
        seen: seen(),
        does: { kind: 'uninstall_release' },
      },
      {
        when: 'then guards and secret, and leaves the namespace with its volumes',
        goal: uninstallRetaining,
        seen: left(2),
        does: { kind: 'clear_namespace' },
      },
      {
        when: 'waits for the pods',
        goal: uninstallRetaining,
        seen: left(2),
        progress: { cleared: true },
        does: waitsForPods('2 pods are still there'),
      },
      {
        when: 'fails when the pods do not go',
        goal: uninstallRetaining,
        seen: left(1),
        progress: { cleared: true, ...late },
        does: fails(failing('readiness_timeout', '1 pod is still there')),
      },
      {
        when: 'is done when no pod is left',
        goal: uninstallRetaining,
        seen: left(0),
        progress: { cleared: true },
        does: deprovisioned,
      },
    ]);
  });
});
