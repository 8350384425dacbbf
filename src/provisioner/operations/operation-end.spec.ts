import { nothingObserved } from '../instances/instance.js';
import { type EndAction, endOf, observedOf } from './operation-end.js';
import { failing } from './operation-failure.js';
import { order } from './testing/order.js';
import { crashed, nothingSeen, release, seen, web } from './testing/observations.js';

const observed = { ...nothingObserved, revision: 2 };
const applied = { revision: 2, workloads: [] };
const changed = order({ operation: { previous_spec: { sealed_secrets: null } } });
const running: EndAction = { kind: 'succeed', status: 'running' };

describe('the end of an operation', () => {
  it('that succeeds leaves the instance running, without drift, and remembers the release', () => {
    expect(endOf(running, order(), observed, applied, false)).toEqual({
      status: 'succeeded',
      error: null,
      instance: {
        status: 'running',
        status_reason: null,
        observed,
        drift_state: 'none',
        drift_findings: [],
        applied,
        stopped_replicas: null,
      },
    });
  });

  it('of a stop keeps the remembered replicas', () => {
    const end = endOf({ kind: 'succeed', status: 'stopped' }, order(), observed, applied, false);
    expect(end.instance).toEqual({
      status: 'stopped',
      status_reason: null,
      observed,
      drift_state: 'none',
      drift_findings: [],
      applied,
    });
  });

  it('of an uninstall forgets the release and the replicas', () => {
    const end = endOf({ kind: 'succeed', status: 'deprovisioned' }, order(), nothingObserved, undefined, false);
    expect(end).toMatchObject({ status: 'succeeded', instance: { applied: null, stopped_replicas: null } });
  });

  it('that fails leaves the reason, and what is applied as it was', () => {
    expect(endOf({ kind: 'fail', status: 'error', error: crashed }, order(), observed, undefined, false)).toEqual({
      status: 'failed',
      error: crashed,
      instance: { status: 'error', status_reason: 'crash_loop', observed, drift_state: 'unknown' },
    });
  });

  it.each<[string, EndAction, boolean]>([
    ['that rolled back', { kind: 'fail', status: 'running', error: crashed }, true],
    ['that rolled back and did not become ready', { kind: 'fail', status: 'error', error: crashed }, true],
    ['that never wrote its revision', { kind: 'fail', status: 'running', error: crashed }, false],
    ['of a stopped instance that went back', { kind: 'fail', status: 'stopped', error: crashed }, false],
  ])('of an upgrade %s asks for the old spec again', (_what, action, rolledBack) => {
    expect(endOf(action, changed, observed, applied, rolledBack)).toEqual({
      status: 'failed',
      error: crashed,
      instance: {
        status: action.status,
        status_reason: 'crash_loop',
        observed,
        drift_state: 'none',
        drift_findings: [],
        applied,
        rolled_back: true,
      },
    });
  });

  it('of an upgrade that could not go back keeps asking for the new spec', () => {
    const end = endOf({ kind: 'fail', status: 'error', error: crashed }, changed, observed, undefined, false);
    expect(end.instance).not.toHaveProperty('rolled_back');
  });

  it('of a restart that left the instance degraded goes back to nothing', () => {
    const end = endOf({ kind: 'fail', status: 'degraded', error: crashed }, order(), observed, applied, false);
    expect(end.instance).toMatchObject({ status: 'degraded', drift_state: 'unknown' });
    expect(end.instance).not.toHaveProperty('rolled_back');
  });

  it('that was asked for is a cancellation, not a failure', () => {
    const error = failing('cancelled', 'the operation was cancelled');
    const end = endOf({ kind: 'fail', status: 'error', error }, order(), observed, undefined, false);
    expect(end).toMatchObject({
      status: 'cancelled',
      error,
      instance: { status: 'error', status_reason: 'cancelled' },
    });
  });
});

describe('what an observation says of an instance', () => {
  it('counts what has replicas, and tells of everything', () => {
    const workloads = [
      web(),
      web({
        kind: 'StatefulSet',
        name: 'db',
        replicas: 1,
        readyReplicas: 0,
        readiness: { state: 'in_progress', message: 'starts' },
      }),
      web({ kind: 'CronJob', name: 'backup', replicas: 1, readyReplicas: 1 }),
    ];
    expect(observedOf(seen({ release: release({ revision: 4 }), workloads }))).toEqual({
      revision: 4,
      ready_replicas: 2,
      replicas: 3,
      conditions: [
        { kind: 'Deployment', name: 'web', state: 'current', message: 'is ready' },
        { kind: 'StatefulSet', name: 'db', state: 'in_progress', message: 'starts' },
        { kind: 'CronJob', name: 'backup', state: 'current', message: 'is ready' },
      ],
    });
  });

  it('is nothing where nothing is', () => {
    expect(observedOf(nothingSeen)).toEqual(nothingObserved);
  });
});
