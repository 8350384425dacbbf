import { instanceStatuses } from '../instances/instance.js';
import type { InstanceRow } from '../instances/instance-row.js';
import type { NamespaceState } from '../../kubernetes/namespace-state.js';
import { judge, type Judgement } from './judge.js';
import { applied, backup, db, live, revision, row, web } from './testing/live-state.js';

const now = new Date('2026-01-01T00:00:00Z');
const gone = live([], []);
const atZero = live([web(0), db(0), backup(true)]);
const oneUnready = live([web(2, 'web:1', 1), db(), backup()]);
const foreignRevision = live(undefined, [revision({ revision: 4 })]);

type Verdict = [Judgement['status'], Judgement['reason']];

describe('the judgement of an instance that no operation works on', () => {
  it.each<[string, Partial<InstanceRow>, NamespaceState, Verdict]>([
    ['running and ready is as it should be', {}, live(), ['running', null]],
    ['running with too few ready replicas is degraded', {}, oneUnready, ['degraded', 'status_mismatch']],
    [
      'running but scaled to zero by hand is degraded',
      {},
      live([web(0), db(), backup()]),
      ['degraded', 'replicas_changed'],
    ],
    [
      'running with more replicas than asked stays running',
      {},
      live([web(5), db(), backup()]),
      ['running', 'replicas_changed'],
    ],
    ['running without one of its workloads is degraded', {}, live([web(), backup()]), ['degraded', 'workload_missing']],
    ['running without its release is in error', {}, gone, ['error', 'release_missing']],
    [
      'running another image is running, and told of',
      {},
      live([web(2, 'web:2'), db(), backup()]),
      ['running', 'spec_changed'],
    ],
    [
      'running at a revision of somebody else is running, and told of',
      {},
      foreignRevision,
      ['running', 'revision_changed'],
    ],
    [
      'a release without workloads is running as long as it is there',
      { applied: { revision: 3, workloads: [] } },
      live([]),
      ['running', null],
    ],
    ['degraded and ready again is running', { status: 'degraded' }, live(), ['running', null]],
    [
      'degraded and still not ready stays degraded',
      { status: 'degraded' },
      oneUnready,
      ['degraded', 'status_mismatch'],
    ],
    ['degraded without its release is in error', { status: 'degraded' }, gone, ['error', 'release_missing']],
    ['in error and ready has recovered', { status: 'error' }, live(), ['running', null]],
    ['in error and not ready stays in error', { status: 'error' }, oneUnready, ['error', 'status_mismatch']],
    ['ready, but storing that it runs failed: corrected', { status: 'upgrading' }, live(), ['running', null]],
    [
      'stopped and at zero is as it should be',
      { status: 'stopped', desired_state: 'stopped' },
      atZero,
      ['stopped', null],
    ],
    [
      'stopped and started by hand stays stopped, and told of',
      { status: 'stopped', desired_state: 'stopped' },
      live([web(1), db(0), backup(true)]),
      ['stopped', 'replicas_changed'],
    ],
    [
      'in error and at zero, to be stopped: has recovered',
      { status: 'error', desired_state: 'stopped' },
      atZero,
      ['stopped', null],
    ],
    [
      'in error and up, to be stopped: stays in error',
      { status: 'error', desired_state: 'stopped' },
      live(),
      ['error', 'replicas_changed'],
    ],
    [
      'stopped without its release is in error',
      { status: 'stopped', desired_state: 'stopped' },
      gone,
      ['error', 'release_missing'],
    ],
    [
      'provisioning for the first time is not missing',
      { status: 'provisioning', applied: null },
      gone,
      ['provisioning', null],
    ],
    [
      'an uninstall that failed is no recovery, however ready what is left may be',
      { status: 'error', desired_state: 'absent' },
      live(),
      ['error', 'orphan_release'],
    ],
    [
      'an uninstall that failed at the end stays in error',
      { status: 'error', desired_state: 'absent' },
      gone,
      ['error', null],
    ],
    [
      'deprovisioned is never revived; its release is an orphan',
      { status: 'deprovisioned', desired_state: 'absent', applied: null },
      live(),
      ['deprovisioned', 'orphan_release'],
    ],
    [
      'stopping belongs to its operation',
      { status: 'stopping', desired_state: 'stopped' },
      live(),
      ['stopping', 'replicas_changed'],
    ],
    [
      'uninstalling belongs to its operation',
      { status: 'uninstalling', desired_state: 'absent' },
      gone,
      ['uninstalling', null],
    ],
  ])('%s', (_what, parts, state, verdict) => {
    const { status, reason } = judge(row(parts), state, now);
    expect([status, reason]).toEqual(verdict);
  });

  it('says what it saw', () => {
    expect(judge(row(), oneUnready, now).observed).toEqual({
      revision: 3,
      ready_replicas: 2,
      replicas: 3,
      conditions: [
        expect.objectContaining({ kind: 'Deployment', name: 'web', state: 'in_progress' }),
        expect.objectContaining({ kind: 'StatefulSet', name: 'db', state: 'current' }),
        expect.objectContaining({ kind: 'CronJob', name: 'backup', state: 'current' }),
      ],
    });
    expect(judge(row(), gone, now).observed).toEqual({
      revision: null,
      ready_replicas: 0,
      replicas: 0,
      conditions: applied.workloads.map(({ kind, name }) => ({
        kind,
        name,
        state: 'not_found',
        message: 'does not exist',
      })),
    });
  });

  it('counts the ready pods of a DaemonSet, which has no replicas to ask for', () => {
    const daemons = { revision: 3, workloads: [{ kind: 'DaemonSet', name: 'agent', replicas: null, images: {} }] };
    const object = {
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      metadata: { name: 'agent', generation: 1 },
      spec: { template: { spec: { containers: [] } } },
      status: { observedGeneration: 1, numberReady: 3, desiredNumberScheduled: 3 },
    };
    expect(judge(row({ applied: daemons }), live([object]), now).observed).toMatchObject({
      ready_replicas: 3,
      replicas: 0,
    });
  });

  it.each(instanceStatuses)('takes %s only to a state that the table of states allows', (status) => {
    const desired = status === 'stopped' || status === 'stopping' ? ('stopped' as const) : ('running' as const);
    const allowed = new Set([
      ...(['running', 'degraded', 'starting', 'restarting', 'upgrading', 'provisioning', 'error'].includes(status)
        ? ['running']
        : []),
      ...(status === 'running' ? ['degraded'] : []),
      ...(['stopping', 'uninstalling', 'deprovisioned'].includes(status) ? [] : ['error']),
      ...(status === 'error' ? ['stopped'] : []),
      status,
    ]);
    for (const state of [live(), gone, atZero, oneUnready, foreignRevision]) {
      expect(allowed).toContain(judge(row({ status, desired_state: desired }), state, now).status);
    }
  });
});
