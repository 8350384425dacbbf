import type { KubernetesObject } from '../../kubernetes/kubernetes-object.js';
import type { ReleaseMetadata } from '../../kubernetes/release-record.js';
import type { Workload } from '../../kubernetes/workloads.js';
import { holderOf, namespaceOf, observedWorkload, releaseOf } from './observer.service.js';

const now = new Date('2026-01-01T00:01:00Z');

function rendered(kind: Workload['kind']): Workload {
  const apiVersion = kind === 'CronJob' ? 'batch/v1' : 'apps/v1';
  return { kind, apiVersion, name: 'web', namespace: undefined, replicas: 2, suspended: false, images: {} };
}

function live(kind: string, spec: object, status: object): KubernetesObject {
  const apiVersion = kind === 'CronJob' ? 'batch/v1' : 'apps/v1';
  return {
    apiVersion,
    kind,
    metadata: { name: 'web', generation: 1 },
    spec,
    status: { observedGeneration: 1, ...status },
  };
}

const template = { spec: { containers: [{ name: 'web', image: 'web:1' }] } };

describe('a workload of a manifest beside its live object', () => {
  it('is missing when there is none', () => {
    expect(observedWorkload(rendered('Deployment'), undefined, now)).toEqual({
      kind: 'Deployment',
      name: 'web',
      replicas: 0,
      readyReplicas: 0,
      images: {},
      readiness: { state: 'not_found', message: 'does not exist' },
    });
  });

  it.each<[string, Workload['kind'], object, object, number, number]>([
    ['a Deployment asks for its replicas', 'Deployment', { replicas: 3, template }, { readyReplicas: 1 }, 3, 1],
    ['a Deployment without a number asks for one', 'Deployment', { template }, {}, 1, 0],
    ['a StatefulSet at zero asks for none', 'StatefulSet', { replicas: 0, template }, {}, 0, 0],
    ['a CronJob counts as one', 'CronJob', { jobTemplate: { spec: { template } } }, {}, 1, 1],
    ['a suspended CronJob counts as none', 'CronJob', { suspend: true, jobTemplate: { spec: { template } } }, {}, 0, 0],
    [
      'a DaemonSet has nothing to take away',
      'DaemonSet',
      { template },
      { numberReady: 3, desiredNumberScheduled: 3 },
      0,
      3,
    ],
  ])('%s', (_what, kind, spec, status, replicas, readyReplicas) => {
    const observed = observedWorkload(rendered(kind), live(kind, spec, status), now);
    expect(observed).toMatchObject({ kind, name: 'web', replicas, readyReplicas, images: { web: 'web:1' } });
  });

  it('is judged by its own status', () => {
    const status = { replicas: 2, updatedReplicas: 2, readyReplicas: 2, availableReplicas: 2 };
    const ready = live('Deployment', { replicas: 2, template }, status);
    expect(observedWorkload(rendered('Deployment'), ready, now).readiness.state).toBe('current');
    const behind = { ...ready, metadata: { name: 'web', generation: 2 } };
    expect(observedWorkload(rendered('Deployment'), behind, now).readiness.state).toBe('in_progress');
  });
});

describe('a namespace', () => {
  const labels = { 'tenantry.io/instance': 'i1' };
  const found = (metadata: object, status: object = {}): KubernetesObject => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 't-acme-main', ...metadata },
    status,
  });
  const condition = (type: string, message: string, status = 'True'): object => ({ type, status, message });
  const deletionTimestamp = '2026-01-01T00:00:15Z';

  it.each<[string, KubernetesObject | undefined, ReturnType<typeof namespaceOf>]>([
    ['is absent', undefined, { state: 'absent' }],
    ['is ours by its label', found({ labels }), { state: 'ours' }],
    ['is not ours without a label', found({}), { state: 'foreign' }],
    [
      'is not ours with the label of another instance',
      found({ labels: { 'tenantry.io/instance': 'i2' } }),
      { state: 'foreign' },
    ],
    ['is not ours even while it goes', found({ deletionTimestamp }), { state: 'foreign' }],
    [
      'is going, since when',
      found({ labels, deletionTimestamp }),
      { state: 'terminating', blockers: '', forSeconds: 45 },
    ],
    [
      'is going since no time when the clocks differ',
      found({ labels, deletionTimestamp: '2026-01-01T00:02:00Z' }),
      { state: 'terminating', blockers: '', forSeconds: 0 },
    ],
    [
      'tells what holds it, and nothing else',
      found(
        { labels, deletionTimestamp },
        {
          conditions: [
            condition('NamespaceDeletionDiscoveryFailure', 'cannot tell'),
            condition('NamespaceContentRemaining', 'configmaps. has 1 resource instances'),
            condition('NamespaceFinalizersRemaining', 'example.com/hold in 1 resource instances'),
            condition('NamespaceDeletionContentFailure', 'no failure', 'False'),
          ],
        },
      ),
      {
        state: 'terminating',
        blockers: 'configmaps. has 1 resource instances; example.com/hold in 1 resource instances',
        forSeconds: 45,
      },
    ],
  ])('%s', (_what, object, observed) => {
    expect(namespaceOf(object, 'i1', now)).toEqual(observed);
  });

  it('is held by objects with finalizers, which are named', () => {
    const kept: KubernetesObject = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'kept', finalizers: ['example.com/hold', 'example.com/more'] },
    };
    expect(holderOf(kept)).toEqual(['ConfigMap kept is held by example.com/hold, example.com/more']);
    expect(holderOf({ ...kept, metadata: { name: 'free' } })).toEqual([]);
  });
});

describe('a release in its history', () => {
  const revision = (number: number, status: ReleaseMetadata['status'], operation?: string): ReleaseMetadata => ({
    name: 'main',
    namespace: 't-acme-main',
    revision: number,
    status,
    secretName: `sh.helm.release.v1.main.v${number}`,
    resourceVersion: '1',
    labels: operation === undefined ? {} : { 'tenantry.io/operation': operation },
    createdAt: undefined,
    modifiedAt: undefined,
  });

  it.each<[string, ReleaseMetadata[], number | null, ReturnType<typeof releaseOf>]>([
    ['is absent without revisions', [], 1, undefined],
    [
      'has nothing to go back to at revision 1',
      [revision(1, 'deployed', 'o1')],
      1,
      { revision: 1, status: 'deployed', operationId: 'o1', lastGoodRevision: undefined },
    ],
    [
      'can go back to the revision that was good last',
      [revision(1, 'superseded'), revision(2, 'superseded'), revision(3, 'failed', 'o3')],
      2,
      { revision: 3, status: 'failed', operationId: 'o3', lastGoodRevision: 2 },
    ],
    [
      'cannot go back to a revision that helm no longer keeps',
      [revision(12, 'pending-upgrade')],
      2,
      { revision: 12, status: 'pending-upgrade', operationId: undefined, lastGoodRevision: undefined },
    ],
    [
      'does not know on its own what was good',
      [revision(1, 'superseded'), revision(2, 'deployed')],
      null,
      { revision: 2, status: 'deployed', operationId: undefined, lastGoodRevision: undefined },
    ],
  ])('%s', (_what, history, good, observed) => {
    expect(releaseOf(history, good)).toEqual(observed);
  });
});
