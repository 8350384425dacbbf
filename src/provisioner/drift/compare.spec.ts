import fc from 'fast-check';
import type { NamespaceState } from '../../kubernetes/namespace-state.js';
import { compare, type Difference, type Wanted } from './compare.js';
import { applied, backup, db, live, namespace, revision, web, workload } from './testing/live-state.js';

const running: Wanted = { namespace, release: 'main', desired: 'running', applied };
const stopped: Wanted = { ...running, desired: 'stopped' };
const absent: Wanted = { ...running, desired: 'absent' };

function finding(
  kind: string,
  name: string,
  path: string,
  expected: Difference['expected'],
  actual: Difference['actual'],
  reason: Difference['reason'],
): Difference {
  return { kind, name, namespace, path, expected, actual, reason };
}

const replicas = (expected: number, actual: number, kind = 'Deployment', name = 'web'): Difference =>
  finding(kind, name, '/spec/replicas', expected, actual, 'replicas_changed');

describe('comparing what shall be with what is', () => {
  it.each<[string, Wanted, NamespaceState, Difference[]]>([
    ['finds nothing where everything is as it was applied', running, live(), []],
    ['finds nothing before anything was applied', { ...running, applied: null }, live([], []), []],
    [
      'finds that the release is gone, and looks no further',
      running,
      live([], []),
      [finding('Release', 'main', '', 3, null, 'release_missing')],
    ],
    [
      'does not take the release of another name for it',
      running,
      live([web(), db(), backup()], [revision({ name: 'other' })]),
      [finding('Release', 'main', '', 3, null, 'release_missing')],
    ],
    [
      'finds a revision that Tenantry did not write',
      running,
      live(undefined, [revision({ status: 'superseded' }), revision({ revision: 4 })]),
      [finding('Release', 'main', '/revision', 3, 4, 'revision_changed')],
    ],
    [
      'finds a release that fell back to an earlier revision',
      running,
      live(undefined, [revision({ revision: 2 })]),
      [finding('Release', 'main', '/revision', 3, 2, 'revision_changed')],
    ],
    [
      'finds that the revision is no longer deployed',
      running,
      live(undefined, [revision({ status: 'failed' })]),
      [finding('Release', 'main', '/revision', 'deployed', 'failed', 'revision_changed')],
    ],
    [
      'finds a workload that is gone',
      running,
      live([db(), backup()]),
      [finding('Deployment', 'web', '', 'present', null, 'workload_missing')],
    ],
    [
      'finds a workload that is going',
      running,
      live([{ ...web(), metadata: { name: 'web', deletionTimestamp: '2026-01-01T00:00:00Z' } }, db(), backup()]),
      [finding('Deployment', 'web', '', 'present', null, 'workload_missing')],
    ],
    [
      'does not take a workload of another kind for it',
      running,
      live([{ ...web(), kind: 'StatefulSet' }, db(), backup()]),
      [finding('Deployment', 'web', '', 'present', null, 'workload_missing')],
    ],
    ['finds workloads scaled to zero by hand', running, live([web(0), db(), backup()]), [replicas(2, 0)]],
    ['finds more replicas too', running, live([web(5), db(), backup()]), [replicas(2, 5)]],
    ['leaves the number to an autoscaler', running, live([web(), db(7), backup()]), []],
    [
      'but not zero, which switches the autoscaler off',
      running,
      live([web(), db(0), backup()]),
      [replicas(1, 0, 'StatefulSet', 'db')],
    ],
    [
      'takes a live object without a number for one replica, as Kubernetes does',
      running,
      live([
        {
          ...web(),
          spec: {
            template: {
              spec: {
                containers: [{ name: 'web', image: 'web:1' }],
                initContainers: [{ name: 'migrate', image: 'web:1' }],
              },
            },
          },
        },
        db(),
        backup(),
      ]),
      [replicas(2, 1)],
    ],
    [
      'finds a CronJob that was suspended',
      running,
      live([web(), db(), backup(true)]),
      [finding('CronJob', 'backup', '/spec/suspend', false, true, 'spec_changed')],
    ],
    [
      'finds another image, where it stands',
      running,
      live([web(2, 'web:2'), db(), backup()]),
      [finding('Deployment', 'web', '/spec/template/spec/containers/web/image', 'web:1', 'web:2', 'spec_changed')],
    ],
    [
      "and in a CronJob's template",
      running,
      live([web(), db(), backup(false, 'backup:2')]),
      [
        finding(
          'CronJob',
          'backup',
          '/spec/jobTemplate/spec/template/spec/containers/backup/image',
          'backup:1',
          'backup:2',
          'spec_changed',
        ),
      ],
    ],
    [
      'finds a container that is gone, among init containers too',
      running,
      live([
        { ...web(), spec: { replicas: 2, template: { spec: { containers: [{ name: 'web', image: 'web:1' }] } } } },
        db(),
        backup(),
      ]),
      [finding('Deployment', 'web', '/spec/template/spec/initContainers/migrate/image', 'web:1', null, 'spec_changed')],
    ],
    [
      'leaves a container alone that somebody injected',
      running,
      live([
        {
          ...web(),
          spec: {
            replicas: 2,
            template: {
              spec: {
                containers: [
                  { name: 'web', image: 'web:1' },
                  { name: 'proxy', image: 'proxy:9' },
                ],
                initContainers: [{ name: 'migrate', image: 'web:1' }],
              },
            },
          },
        },
        db(),
        backup(),
      ]),
      [],
    ],
    [
      'leaves objects alone that Tenantry did not apply',
      running,
      live([web(), db(), backup(), workload('Deployment', 'extra')]),
      [],
    ],
    ['finds nothing in a stopped instance at zero', stopped, live([web(0), db(0), backup(true)]), []],
    [
      'finds what somebody started in a stopped instance',
      stopped,
      live([web(1), db(1), backup()]),
      [
        replicas(0, 1),
        replicas(0, 1, 'StatefulSet', 'db'),
        finding('CronJob', 'backup', '/spec/suspend', true, false, 'spec_changed'),
      ],
    ],
    ['finds nothing of an instance that is gone', absent, live([], []), []],
    [
      'reports a release that is left of an instance that is to be absent',
      absent,
      live(),
      [finding('Release', 'main', '', null, 3, 'orphan_release')],
    ],
  ])('%s', (_what, wanted, state, expected) => {
    expect(compare(wanted, state)).toEqual(expected);
  });

  it('finds everything at once', () => {
    const reasons = compare(running, live([web(0, 'web:2')], [revision({ revision: 4 })])).map(({ reason }) => reason);
    expect(reasons).toEqual([
      'revision_changed',
      'replicas_changed',
      'spec_changed',
      'workload_missing',
      'workload_missing',
    ]);
  });

  it('never finds anything in what was just applied, whatever it is: none in 10,000', () => {
    const image = fc.constantFrom('a:1', 'b:2');
    const shape = fc.record({
      kind: fc.constantFrom('Deployment', 'StatefulSet', 'DaemonSet'),
      replicas: fc.integer({ min: 1, max: 9 }),
      autoscaled: fc.boolean(),
      image,
      injected: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(shape, { maxLength: 4 }), fc.boolean(), (shapes, stop) => {
        const workloads = shapes.map(({ kind, replicas: count, autoscaled, image: used }, index) => ({
          kind,
          name: `w${index}`,
          replicas: kind === 'DaemonSet' || autoscaled ? null : count,
          images: { app: used },
        }));
        const objects = shapes.map(({ kind, replicas: count, image: used, injected }, index) => ({
          ...workload(kind, `w${index}`),
          spec: {
            replicas: stop ? 0 : count,
            template: {
              spec: {
                containers: [{ name: 'app', image: used }, ...(injected ? [{ name: 'proxy', image: 'p:1' }] : [])],
              },
            },
          },
        }));
        const wanted: Wanted = {
          ...running,
          desired: stop ? 'stopped' : 'running',
          applied: { revision: 3, workloads },
        };
        expect(compare(wanted, live(objects))).toEqual([]);
      }),
      { numRuns: 10_000 },
    );
  });
});
