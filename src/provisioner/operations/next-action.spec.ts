import { type Action, type Goal, nextAction, type Progress } from './next-action.js';
import type { Observed } from './observed.js';
import { failing } from './operation-failure.js';
import {
  crashed,
  create,
  fails,
  foreign,
  held,
  late,
  nothingSeen,
  notOurs,
  otherOperation,
  progress,
  release,
  running,
  seen,
  terminating,
  unready,
  upgrade,
  waitsForNamespace,
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

describe('a create', () => {
  decides([
    {
      when: 'makes the namespace when nothing is there',
      goal: create,
      seen: nothingSeen,
      progress: { prepared: false },
      does: { kind: 'prepare_namespace' },
    },
    {
      when: 'makes the namespace again when somebody removed it meanwhile',
      goal: create,
      seen: nothingSeen,
      does: { kind: 'prepare_namespace' },
    },
    {
      when: 'goes on in a namespace that is ours, but makes sure of its guards first',
      goal: create,
      seen: seen({ release: undefined, workloads: [] }),
      progress: { prepared: false },
      does: { kind: 'prepare_namespace' },
    },
    {
      when: 'does not touch a namespace that is not ours',
      goal: create,
      seen: foreign,
      progress: { prepared: false },
      does: fails(notOurs),
    },
    {
      when: 'waits while the namespace of an earlier life goes',
      goal: create,
      seen: terminating(),
      does: waitsForNamespace('the namespace is being deleted'),
    },
    {
      when: 'names what holds a namespace that does not go',
      goal: create,
      seen: terminating(held, 31),
      progress: { elapsedSeconds: 30 },
      does: fails(failing('namespace_terminating', `the namespace cannot go: ${held}`)),
    },
    {
      when: 'installs into a prepared namespace',
      goal: create,
      seen: seen({ release: undefined, workloads: [] }),
      does: { kind: 'install_release' },
    },
    {
      when: 'installs over a release that another operation wrote',
      goal: create,
      seen: seen({ release: release({ operationId: otherOperation }) }),
      does: { kind: 'install_release' },
    },
    {
      when: 'installs over a release without a label of ours',
      goal: create,
      seen: seen({ release: release({ operationId: undefined }) }),
      does: { kind: 'install_release' },
    },
    {
      when: 'installs again when the release has failed',
      goal: create,
      seen: seen({ release: release({ status: 'failed' }) }),
      does: { kind: 'install_release' },
    },
    {
      when: 'recovers a release stuck in pending-install at revision 1, which has nothing to go back to',
      goal: create,
      seen: seen({ release: release({ status: 'pending-install' }) }),
      does: { kind: 'recover_release', revision: 1, lastGoodRevision: undefined },
    },
    {
      when: 'runs uninstall again on a release stuck in uninstalling',
      goal: create,
      seen: seen({ release: release({ status: 'uninstalling' }) }),
      does: { kind: 'uninstall_release' },
    },
    {
      when: 'waits for readiness, and says of what',
      goal: create,
      seen: seen({ workloads: [web(), unready()] }),
      does: waitsForReadiness(why),
    },
    {
      when: 'says what the pods say while it waits',
      goal: create,
      seen: seen({ workloads: [unready()], cause: { code: 'image_pull_failed', message: 'no such image' } }),
      does: waitsForReadiness(`${why} (no such image)`),
    },
    { when: 'ends running when every workload is current', goal: create, seen: seen(), does: running },
    {
      when: 'ends running when the chart has no workloads',
      goal: create,
      seen: seen({ workloads: [], pods: 0 }),
      does: running,
    },
    {
      when: 'goes on waiting in a crash loop of a first start: it may be waiting for something',
      goal: create,
      seen: seen({ workloads: [unready()], cause: { code: 'crash_loop', message: 'boom' } }),
      does: waitsForReadiness(`${why} (boom)`),
    },
    {
      when: 'fails at once when the controller gives up (progress deadline), with the cause of the pods',
      goal: create,
      seen: seen({
        workloads: [unready('exceeded its progress deadline', 'failed')],
        cause: { code: 'unschedulable', message: 'no node has room' },
      }),
      does: fails(failing('unschedulable', 'Deployment web: exceeded its progress deadline (no node has room)')),
    },
    {
      when: 'fails with readiness_timeout when the controller gives up and no pod says why',
      goal: create,
      seen: seen({ workloads: [unready('exceeded its progress deadline', 'failed')] }),
      does: fails(failing('readiness_timeout', 'Deployment web: exceeded its progress deadline')),
    },
    {
      when: "fails with readiness_timeout and the pod's own reason after the whole wait",
      goal: create,
      seen: seen({ workloads: [unready()], cause: { code: 'crash_loop', message: 'boom' } }),
      progress: late,
      does: fails(failing('readiness_timeout', `${why} (boom)`)),
    },
    {
      when: 'is not too late when it is ready at last',
      goal: create,
      seen: seen(),
      progress: late,
      does: running,
    },
    {
      when: 'ends with a failure that cannot pass, and leaves what is there to be looked at',
      goal: create,
      seen: seen({ release: release({ status: 'failed' }) }),
      progress: { failure: crashed },
      does: fails(crashed),
    },
  ]);
});

describe('an upgrade on the way forward', () => {
  decides([
    {
      when: 'writes its revision',
      goal: upgrade,
      seen: seen({ release: release({ operationId: otherOperation }) }),
      does: { kind: 'install_release' },
    },
    {
      when: 'goes back to the good revision from a release stuck in pending-upgrade',
      goal: upgrade,
      seen: seen({ release: release({ revision: 3, status: 'pending-upgrade', lastGoodRevision: 2 }) }),
      does: { kind: 'recover_release', revision: 3, lastGoodRevision: 2 },
    },
    {
      when: 'and from one stuck in pending-rollback',
      goal: upgrade,
      seen: seen({ release: release({ revision: 4, status: 'pending-rollback', lastGoodRevision: 2 }) }),
      does: { kind: 'recover_release', revision: 4, lastGoodRevision: 2 },
    },
    { when: 'ends when the new revision is ready', goal: upgrade, seen: seen(), does: running },
  ]);
});
