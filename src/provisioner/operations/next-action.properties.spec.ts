import fc from 'fast-check';
import type { ReleaseStatus } from '../../kubernetes/release-record.js';
import type { Readiness } from '../../kubernetes/readiness.js';
import { type Action, type Goal, nextAction, type Progress } from './next-action.js';
import type { Observed, ObservedNamespace, ObservedRelease, ObservedWorkload } from './observed.js';
import { failing, type OperationFailureCode } from './operation-failure.js';
import { otherOperation, thisOperation } from './testing/observations.js';

const operationId = fc.constantFrom(thisOperation, otherOperation);
const aGoal: fc.Arbitrary<Goal> = fc.oneof(
  fc.record({
    kind: fc.constant('converge' as const),
    operationId: fc.constant(thisOperation),
    desired: fc.constantFrom('running' as const, 'stopped' as const),
    rollBack: fc.boolean(),
  }),
  fc.constant<Goal>({ kind: 'stop' }),
  fc.constant<Goal>({ kind: 'start', operationId: thisOperation }),
  fc.constant<Goal>({ kind: 'restart', operationId: thisOperation }),
  fc.record({ kind: fc.constant('uninstall' as const), retainData: fc.boolean() }),
);

const aNamespace: fc.Arbitrary<ObservedNamespace> = fc.oneof(
  fc.constant<ObservedNamespace>({ state: 'ours' }),
  fc.constant<ObservedNamespace>({ state: 'foreign' }),
  fc.constant<ObservedNamespace>({ state: 'absent' }),
  fc.record({
    state: fc.constant('terminating' as const),
    blockers: fc.constantFrom('', 'held'),
    forSeconds: fc.double({ min: 0, max: 100, noNaN: true }),
  }),
);

const statuses: ReleaseStatus[] = [
  'unknown',
  'deployed',
  'uninstalled',
  'superseded',
  'failed',
  'uninstalling',
  'pending-install',
  'pending-upgrade',
  'pending-rollback',
];
const aRelease: fc.Arbitrary<ObservedRelease> = fc.record({
  revision: fc.integer({ min: 2, max: 9 }),
  status: fc.constantFrom(...statuses),
  operationId: fc.option(operationId, { nil: undefined }),
  lastGoodRevision: fc.option(fc.constant(1), { nil: undefined }),
});

const readinessStates: Readiness['state'][] = [
  'current',
  'in_progress',
  'failed',
  'terminating',
  'not_found',
  'unknown',
];
const aWorkload: fc.Arbitrary<ObservedWorkload> = fc.record({
  kind: fc.constantFrom('Deployment', 'StatefulSet', 'CronJob', 'DaemonSet'),
  name: fc.constantFrom('web', 'db'),
  replicas: fc.integer({ min: 0, max: 3 }),
  readyReplicas: fc.integer({ min: 0, max: 3 }),
  images: fc.constant({}),
  readiness: fc.record({ state: fc.constantFrom(...readinessStates), message: fc.constant('because') }),
});

/** What a look can give: nothing is known of a namespace that is absent or not ours. */
const anObservation: fc.Arbitrary<Observed> = fc
  .record({
    namespace: aNamespace,
    release: fc.option(aRelease, { nil: undefined }),
    workloads: fc.array(aWorkload, { maxLength: 3 }),
    pods: fc.integer({ min: 0, max: 3 }),
    cause: fc.option(fc.constant({ code: 'crash_loop' as const, message: 'boom' }), { nil: undefined }),
  })
  .map((seen) =>
    seen.namespace.state === 'absent' || seen.namespace.state === 'foreign'
      ? { ...seen, release: undefined, workloads: [], pods: 0, cause: undefined }
      : { ...seen, workloads: seen.release === undefined ? [] : seen.workloads },
  );

const codes: OperationFailureCode[] = ['forbidden', 'render_failed', 'crash_loop'];
const aProgress: fc.Arbitrary<Progress> = fc.record({
  prepared: fc.boolean(),
  acted: fc.boolean(),
  cleared: fc.boolean(),
  failure: fc.option(
    fc.constantFrom(...codes).map((code) => failing(code, 'it failed')),
    { nil: undefined },
  ),
  rolledBack: fc.boolean(),
  restored: fc.boolean(),
  stuck: fc.boolean(),
  elapsedSeconds: fc.double({ min: 0, max: 1_000, noNaN: true }),
  deadlineSeconds: fc.integer({ min: 1, max: 600 }),
});

/** What must hold for every decision. */
function everyDecision(
  holds: (action: Action, goal: Goal, seen: Observed, progress: Progress) => void,
): fc.IPropertyWithHooks<[Goal, Observed, Progress]> {
  return fc.property(aGoal, anObservation, aProgress, (goal, seen, progress) => {
    holds(nextAction(goal, seen, progress), goal, seen, progress);
  });
}

const often = { numRuns: 5_000 };

const changes = (action: Action): boolean => !['wait', 'succeed', 'fail'].includes(action.kind);

describe('a decision', () => {
  it('is taken in every situation, and is the same for the same situation', () => {
    fc.assert(
      everyDecision((action, goal, seen, progress) => {
        expect(nextAction(structuredClone(goal), structuredClone(seen), structuredClone(progress))).toEqual(action);
      }),
      often,
    );
  });

  it('never changes anything in a namespace that is not ours or is going', () => {
    fc.assert(
      everyDecision((action, _goal, { namespace }) => {
        if (namespace.state === 'foreign' || namespace.state === 'terminating') expect(changes(action)).toBe(false);
        if (namespace.state === 'absent' && changes(action)) expect(action).toEqual({ kind: 'prepare_namespace' });
      }),
      often,
    );
  });

  it('never calls an instance running while a workload is not current, or its namespace or release is not there', () => {
    fc.assert(
      everyDecision((action, _goal, seen) => {
        if (action.kind === 'succeed' && action.status === 'running') {
          expect(seen.workloads.filter(({ readiness }) => readiness.state !== 'current')).toEqual([]);
          expect(seen.namespace.state).toBe('ours');
          expect(seen.release?.status).toBe('deployed');
        }
        if (action.kind === 'fail' && action.status === 'running') {
          expect(seen.workloads.every(({ readiness }) => readiness.state === 'current')).toBe(true);
          expect(seen.namespace.state).toBe('ours');
        }
      }),
      often,
    );
  });

  it('never calls an instance stopped while a pod or a replica of it is left', () => {
    fc.assert(
      everyDecision((action, _goal, seen) => {
        if (!('status' in action) || action.status !== 'stopped') return;
        expect(seen.pods).toBe(0);
        expect(seen.workloads.filter(({ replicas }) => replicas > 0)).toEqual([]);
      }),
      often,
    );
  });

  it('never calls an instance deprovisioned while its release is left, or its namespace without being asked to keep it', () => {
    fc.assert(
      everyDecision((action, goal, seen) => {
        if (!('status' in action) || action.status !== 'deprovisioned') return;
        expect(goal.kind).toBe('uninstall');
        expect(seen.release).toBeUndefined();
        if (goal.kind === 'uninstall' && !goal.retainData)
          expect(['absent', 'foreign']).toContain(seen.namespace.state);
      }),
      often,
    );
  });

  it('never waits when the time is over', () => {
    fc.assert(
      everyDecision((action, _goal, _seen, { elapsedSeconds, deadlineSeconds }) => {
        if (elapsedSeconds >= deadlineSeconds) expect(action.kind).not.toBe('wait');
      }),
      often,
    );
  });

  it('only ends an operation that met a final failure, or goes back', () => {
    fc.assert(
      everyDecision((action, goal, _seen, { failure }) => {
        if (failure === undefined) return;
        if (goal.kind !== 'converge' || !goal.rollBack)
          expect(action).toEqual({ kind: 'fail', status: 'error', error: failure });
        expect(action.kind).not.toBe('succeed');
        expect(['install_release', 'prepare_namespace', 'scale_up', 'restart_workloads']).not.toContain(action.kind);
      }),
      often,
    );
  });

  it('keeps the first failure to the end', () => {
    fc.assert(
      everyDecision((action, _goal, _seen, { failure }) => {
        if (failure !== undefined && action.kind === 'fail') expect(action.error).toBe(failure);
        if (failure !== undefined && 'failure' in action) expect(action.failure).toBe(failure);
      }),
      often,
    );
  });

  it('goes back only in an upgrade, and only to a revision that was good', () => {
    fc.assert(
      everyDecision((action, goal, seen) => {
        if (action.kind !== 'roll_back_release') return;
        expect(goal.kind === 'converge' && goal.rollBack).toBe(true);
        expect(action.revision).toBe(seen.release?.lastGoodRevision);
      }),
      often,
    );
  });

  it.each<[Goal['kind'], Action['kind'][]]>([
    ['stop', ['scale_down']],
    ['uninstall', ['uninstall_release', 'delete_namespace', 'clear_namespace']],
  ])('of a %s takes only its own acts', (kind, acts) => {
    fc.assert(
      everyDecision((action, goal) => {
        if (goal.kind === kind && changes(action)) expect(acts).toContain(action.kind);
      }),
      often,
    );
  });

  it('writes into a release only when nothing holds it', () => {
    fc.assert(
      everyDecision((action, _goal, { release }) => {
        if (action.kind !== 'install_release' && action.kind !== 'roll_back_release') return;
        expect(['pending-install', 'pending-upgrade', 'pending-rollback', 'uninstalling']).not.toContain(
          release?.status,
        );
      }),
      often,
    );
  });
});
