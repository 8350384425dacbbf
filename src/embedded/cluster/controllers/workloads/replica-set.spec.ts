import type { KubeObject } from '../../store/kube-object.js';
import { forbidden } from '../../store/status-error.js';
import { conditionOf } from '../conditions.js';
import type { ReplicaSet } from '../kinds.js';
import { barePod, podSpec, VirtualCluster } from '../testing/virtual-cluster.js';
import type { Draft } from '../cluster-view.js';
import { podsToDelete } from './replica-set-decisions.js';
import type { Pod } from '../pod-kinds.js';

const KEY = 'apps/replicasets';
let room = 100;
let cluster: VirtualCluster;

beforeEach(() => {
  room = 100;
  cluster = new VirtualCluster({
    createPod: (pod: KubeObject) => {
      room -= 1;
      if (room < 0)
        throw forbidden('', 'pods', 'web-x', 'exceeded quota: plan, requested: pods=1, used: pods=1, limited: pods=1');
      return cluster.store.create('/pods', pod);
    },
  });
});

afterEach(() => cluster.stop());

const labels = { app: 'web' };

function replicaSet(replicas: number): Draft {
  const template = { metadata: { labels }, spec: podSpec('x/app:1') };
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: { name: 'web' },
    spec: { replicas, selector: { matchLabels: labels }, template },
  };
}

function resize(replicas: number) {
  return (set: ReplicaSet): ReplicaSet => ({ ...set, spec: { ...set.spec, replicas } });
}

describe('a ReplicaSet', () => {
  it('keeps its number of pods and counts them', () => {
    cluster.add(KEY, replicaSet(2));
    cluster.pass(1000);
    expect(cluster.get(KEY, 'web').status).toEqual({
      replicas: 2,
      fullyLabeledReplicas: 2,
      readyReplicas: 2,
      availableReplicas: 2,
      observedGeneration: 1,
    });
    const [pod] = cluster.list('/pods');
    cluster.remove('/pods', pod?.metadata.name ?? '');
    cluster.pass(1000);
    expect(cluster.list('/pods')).toHaveLength(2);
    expect(cluster.eventsOf('web').map((event) => event.split(':')[0])).toEqual([
      'SuccessfulCreate',
      'SuccessfulCreate',
      'SuccessfulCreate',
    ]);
  });

  it('says why when its pods are refused, keeps trying, and forgets it when they no longer are', () => {
    room = 1;
    cluster.add(KEY, replicaSet(2));
    cluster.pass(1000);
    const { status } = cluster.get(KEY, 'web');
    const message = 'pods "web-x" is forbidden: exceeded quota: plan, requested: pods=1, used: pods=1, limited: pods=1';
    expect(status?.replicas).toBe(1);
    expect(conditionOf(status?.conditions, 'ReplicaFailure')).toMatchObject({
      status: 'True',
      reason: 'FailedCreate',
      message,
    });
    expect(cluster.eventsOf('web')).toContain(`FailedCreate: Error creating: ${message}`);
    room = 5;
    cluster.seconds(5);
    expect(cluster.get(KEY, 'web').status).toMatchObject({ readyReplicas: 2 });
    expect(cluster.get(KEY, 'web').status).not.toHaveProperty('conditions');
  });

  it('adopts orphans that fit and lets go of pods that no longer do', () => {
    cluster.add('/pods', barePod('orphan', podSpec('x/app:1'), { labels }));
    cluster.add(KEY, replicaSet(1));
    cluster.pass(1000);
    expect(cluster.list('/pods').map(({ metadata }) => metadata.name)).toEqual(['orphan']);
    cluster.edit('/pods', 'orphan', (pod) => ({ ...pod, metadata: { ...pod.metadata, labels: { app: 'other' } } }));
    cluster.pass(1000);
    expect(cluster.list('/pods')).toHaveLength(2);
    expect(cluster.get('/pods', 'orphan').metadata.ownerReferences).toBeUndefined();
  });

  it('gives up the pods that are not ready first', () => {
    cluster.add(KEY, replicaSet(1));
    cluster.pass(1000);
    const [kept] = cluster.list('/pods');
    cluster.edit(KEY, 'web', resize(3));
    cluster.pass(10);
    cluster.edit(KEY, 'web', resize(1));
    cluster.pass(1000);
    expect(cluster.list('/pods').map(({ metadata }) => metadata.name)).toEqual([kept?.metadata.name]);
    expect(cluster.eventsOf('web').filter((event) => event.startsWith('SuccessfulDelete'))).toHaveLength(2);
  });

  it('replaces a pod that has failed', () => {
    cluster.add(KEY, replicaSet(1));
    cluster.pass(1000);
    const [pod] = cluster.list('/pods');
    if (pod !== undefined) cluster.view.setStatus('/pods', pod, { ...pod.status, phase: 'Failed' });
    cluster.pass(1000);
    expect(cluster.list('/pods')).toHaveLength(2);
    expect(cluster.get(KEY, 'web').status).toMatchObject({ replicas: 1, readyReplicas: 1 });
  });
});

function ready(since: string) {
  return { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' as const, lastTransitionTime: since }] };
}

function cost(value: string) {
  return { annotations: { 'controller.kubernetes.io/pod-deletion-cost': value } };
}

describe('which pods go first', () => {
  const base = { uid: 'u', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' };
  const pod = (
    name: string,
    status: Partial<Pod['status']> & { phase: string },
    more: Partial<Pod['metadata']> = {},
  ): Pod => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...base, name, ...more },
    spec: { ...podSpec('x'), nodeName: 'n' },
    status,
  });
  const rows: [string, Pod, Pod][] = [
    [
      'one without a node',
      { ...pod('goes', { phase: 'Pending' }), spec: podSpec('x') },
      pod('stays', { phase: 'Pending' }),
    ],
    ['a pending one', pod('goes', { phase: 'Pending' }), pod('stays', { phase: 'Running' })],
    ['one that is not ready', pod('goes', { phase: 'Running' }), pod('stays', ready('2026-01-01T00:00:00Z'))],
    ['the cheaper one', pod('goes', { phase: 'Running' }, cost('1')), pod('stays', { phase: 'Running' }, cost('2'))],
    [
      'the one ready for a shorter time',
      pod('goes', ready('2026-01-01T00:00:05Z')),
      pod('stays', ready('2026-01-01T00:00:00Z')),
    ],
    [
      'the younger one',
      pod('goes', { phase: 'Running' }, { creationTimestamp: '2026-01-01T00:00:09Z' }),
      pod('stays', { phase: 'Running' }),
    ],
  ];
  it.each(rows)('%s', (_what, goes, stays) => {
    expect(podsToDelete([stays, goes], 1)).toEqual([goes]);
    expect(podsToDelete([goes, stays], 1)).toEqual([goes]);
  });

  it('none when none has to', () => {
    expect(podsToDelete([pod('stays', { phase: 'Running' })], -1)).toEqual([]);
  });
});
