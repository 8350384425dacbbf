import { conditionOf } from '../conditions.js';
import type { Deployment, ReplicaSet } from '../kinds.js';
import { deployment, podSpec, VirtualCluster } from '../testing/virtual-cluster.js';

const KEY = 'apps/deployments';
let cluster: VirtualCluster;

beforeEach(() => {
  cluster = new VirtualCluster();
});

afterEach(() => cluster.stop());

function withImage(image: string) {
  return (object: Deployment): Deployment => ({
    ...object,
    spec: { ...object.spec, template: { ...object.spec.template, spec: podSpec(image) } },
  });
}

function withSpec(change: Partial<Deployment['spec']>) {
  return (object: Deployment): Deployment => ({ ...object, spec: { ...object.spec, ...change } });
}

function progressing() {
  return conditionOf(cluster.get(KEY, 'web').status?.conditions, 'Progressing');
}

function sizes(): Record<string, number> {
  return Object.fromEntries(cluster.list('apps/replicasets').map((set) => [imageOf(set), set.spec.replicas ?? 0]));
}

function imageOf(set: ReplicaSet): string {
  return set.spec.template.spec.containers[0]?.image ?? '';
}

describe('a Deployment that is made', () => {
  it('is complete when all its pods are available', () => {
    cluster.add(KEY, deployment('web', { replicas: 2 }));
    cluster.pass(1000);
    const { status, metadata } = cluster.get(KEY, 'web');
    expect(status).toMatchObject({
      observedGeneration: 1,
      replicas: 2,
      updatedReplicas: 2,
      readyReplicas: 2,
      availableReplicas: 2,
    });
    expect(status).not.toHaveProperty('unavailableReplicas');
    expect(metadata.annotations).toEqual({ 'deployment.kubernetes.io/revision': '1' });
    expect(conditionOf(status?.conditions, 'Available')).toMatchObject({
      status: 'True',
      reason: 'MinimumReplicasAvailable',
      message: 'Deployment has minimum availability.',
    });
    const [set] = cluster.list('apps/replicasets');
    expect(progressing()).toMatchObject({
      status: 'True',
      reason: 'NewReplicaSetAvailable',
      message: `ReplicaSet "${set?.metadata.name}" has successfully progressed.`,
    });
    expect(cluster.eventsOf('web')).toEqual([
      `ScalingReplicaSet: Scaled up replica set ${set?.metadata.name} from 0 to 2`,
    ]);
  });

  it('is not available while its pods start', () => {
    cluster.add(KEY, deployment('web', { replicas: 2 }));
    cluster.pass(20);
    const { status } = cluster.get(KEY, 'web');
    expect(status).toMatchObject({ replicas: 2, updatedReplicas: 2, unavailableReplicas: 2 });
    expect(status).not.toHaveProperty('readyReplicas');
    expect(conditionOf(status?.conditions, 'Available')).toMatchObject({
      status: 'False',
      reason: 'MinimumReplicasUnavailable',
    });
    expect(progressing()).toMatchObject({ status: 'True', reason: 'ReplicaSetUpdated' });
  });

  it('is available at once with zero replicas', () => {
    cluster.add(KEY, deployment('web', { replicas: 0 }));
    cluster.pass(100);
    expect(progressing()).toMatchObject({ reason: 'NewReplicaSetAvailable' });
    expect(cluster.list('/pods')).toEqual([]);
  });

  it('waits for minReadySeconds before its pods count as available', () => {
    cluster.add(KEY, deployment('web', { minReadySeconds: 10 }));
    cluster.seconds(5);
    expect(cluster.get(KEY, 'web').status).toMatchObject({ readyReplicas: 1, unavailableReplicas: 1 });
    cluster.seconds(6);
    expect(cluster.get(KEY, 'web').status).toMatchObject({ readyReplicas: 1, availableReplicas: 1 });
  });

  it('names its ReplicaSet and its pods by the hash of the template', () => {
    cluster.add(KEY, deployment('web', {}));
    cluster.pass(1000);
    const [set] = cluster.list('apps/replicasets');
    const hash = set?.metadata.labels?.['pod-template-hash'] ?? '';
    expect(hash).toMatch(/^[bcdfghjklmnpqrstvwxz2456789]{4,10}$/);
    expect(set?.metadata.name).toBe(`web-${hash}`);
    expect(set?.spec.selector.matchLabels).toEqual({ app: 'web', 'pod-template-hash': hash });
    const [pod] = cluster.list('/pods');
    expect(pod?.metadata.name).toMatch(new RegExp(`^web-${hash}-[a-z0-9]{5}$`));
    expect(pod?.metadata.labels).toEqual({ app: 'web', 'pod-template-hash': hash });
  });
});

describe('a rolling update', () => {
  it('adds pods within the surge and takes old ones away only as new ones are available', () => {
    const strategy = { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } };
    cluster.add(KEY, deployment('web', { replicas: 3, strategy }));
    cluster.pass(1000);
    cluster.edit(KEY, 'web', withImage('x/app:2'));
    const available: number[] = [];
    const totals: number[] = [];
    for (let i = 0; i < 200; i += 1) {
      cluster.pass(5);
      available.push(cluster.get(KEY, 'web').status?.availableReplicas ?? 0);
      totals.push(Object.values(sizes()).reduce((sum, size) => sum + size, 0));
    }
    expect(Math.min(...available)).toBe(3);
    expect(Math.max(...totals)).toBe(4);
    expect(sizes()).toEqual({ 'x/app:1': 0, 'x/app:2': 3 });
    expect(cluster.get(KEY, 'web').metadata.annotations?.['deployment.kubernetes.io/revision']).toBe('2');
    expect(progressing()).toMatchObject({ reason: 'NewReplicaSetAvailable' });
  });

  it('keeps serving when the new template never gets ready', () => {
    cluster.add(KEY, deployment('web', { replicas: 4, progressDeadlineSeconds: 30 }));
    cluster.pass(1000);
    cluster.edit(KEY, 'web', withImage('x/never-ready:1'));
    cluster.seconds(20);
    expect(sizes()).toEqual({ 'x/app:1': 3, 'x/never-ready:1': 2 });
    expect(cluster.get(KEY, 'web').status).toMatchObject({ replicas: 5, updatedReplicas: 2, availableReplicas: 3 });
    expect(progressing()).toMatchObject({ status: 'True', reason: 'ReplicaSetUpdated' });
    cluster.seconds(15);
    const set = cluster
      .list('apps/replicasets')
      .find(({ spec }) => spec.template.spec.containers[0]?.image !== 'x/app:1');
    expect(progressing()).toMatchObject({
      status: 'False',
      reason: 'ProgressDeadlineExceeded',
      message: `ReplicaSet "${set?.metadata.name}" has timed out progressing.`,
    });
  });

  it('goes on after its deadline when the pods do get ready', () => {
    cluster.add(KEY, deployment('web', { progressDeadlineSeconds: 2 }, 'x/slow-start:1'));
    cluster.pass(4000);
    expect(progressing()).toMatchObject({ reason: 'ProgressDeadlineExceeded' });
    cluster.pass(2000);
    expect(progressing()).toMatchObject({ status: 'True', reason: 'NewReplicaSetAvailable' });
  });

  it('back to an earlier template takes that ReplicaSet again, with a new revision', () => {
    cluster.add(KEY, deployment('web', {}));
    cluster.pass(1000);
    cluster.edit(KEY, 'web', withImage('x/app:2'));
    cluster.pass(1000);
    cluster.edit(KEY, 'web', withImage('x/app:1'));
    cluster.pass(1000);
    expect(sizes()).toEqual({ 'x/app:1': 1, 'x/app:2': 0 });
    const first = cluster.list('apps/replicasets').find(({ spec }) => spec.replicas === 1);
    expect(first?.metadata.annotations).toMatchObject({
      'deployment.kubernetes.io/revision': '3',
      'deployment.kubernetes.io/revision-history': '1',
    });
  });

  it('keeps only as many old ReplicaSets as the history limit says', () => {
    cluster.add(KEY, deployment('web', { revisionHistoryLimit: 1 }));
    for (const version of [2, 3, 4]) {
      cluster.pass(1000);
      cluster.edit(KEY, 'web', withImage(`x/app:${version}`));
    }
    cluster.pass(1000);
    expect(sizes()).toEqual({ 'x/app:3': 0, 'x/app:4': 1 });
  });
});

describe('the strategy Recreate', () => {
  it('starts new pods only when every old pod has gone', () => {
    cluster.add(KEY, deployment('web', { replicas: 2, strategy: { type: 'Recreate' } }, 'x/hang-termination:1'));
    cluster.pass(1000);
    cluster.edit(KEY, 'web', withImage('x/app:2'));
    cluster.seconds(20);
    expect(sizes()).toEqual({ 'x/hang-termination:1': 0 });
    expect(cluster.list('/pods')).toHaveLength(2);
    cluster.seconds(15);
    expect(sizes()).toEqual({ 'x/hang-termination:1': 0, 'x/app:2': 2 });
    expect(progressing()).toMatchObject({ reason: 'NewReplicaSetAvailable' });
  });
});

describe('scaling', () => {
  it('changes the size without a new revision and without losing the annotation', () => {
    cluster.add(KEY, deployment('web', {}));
    cluster.pass(1000);
    cluster.edit(KEY, 'web', withSpec({ replicas: 3 }));
    cluster.pass(1000);
    const { metadata, status } = cluster.get(KEY, 'web');
    expect(status).toMatchObject({ observedGeneration: 2, availableReplicas: 3 });
    expect(metadata.annotations?.['deployment.kubernetes.io/revision']).toBe('1');
    cluster.edit(KEY, 'web', withSpec({ replicas: 0 }));
    cluster.pass(1000);
    expect(cluster.list('/pods')).toEqual([]);
    expect(cluster.get(KEY, 'web').status).not.toHaveProperty('replicas');
  });

  it('in the middle of a bad rollout is shared out in proportion', () => {
    cluster.add(KEY, deployment('web', { replicas: 10 }));
    cluster.pass(1000);
    cluster.edit(KEY, 'web', withImage('x/never-ready:1'));
    cluster.pass(1000);
    expect(sizes()).toEqual({ 'x/app:1': 8, 'x/never-ready:1': 5 });
    cluster.edit(KEY, 'web', withSpec({ replicas: 20 }));
    cluster.pass(1000);
    expect(sizes()).toEqual({ 'x/app:1': 15, 'x/never-ready:1': 10 });
  });
});

describe('a paused Deployment', () => {
  it('says so, scales, but does not roll; going on it rolls', () => {
    cluster.add(KEY, deployment('web', {}));
    cluster.pass(1000);
    cluster.edit(KEY, 'web', withSpec({ paused: true }));
    cluster.pass(100);
    expect(progressing()).toMatchObject({ status: 'Unknown', reason: 'DeploymentPaused' });
    cluster.edit(KEY, 'web', withImage('x/app:2'));
    cluster.edit(KEY, 'web', withSpec({ replicas: 2 }));
    cluster.pass(1000);
    expect(sizes()).toEqual({ 'x/app:1': 2 });
    cluster.edit(KEY, 'web', withSpec({ paused: false }));
    cluster.pass(1000);
    expect(sizes()).toEqual({ 'x/app:1': 0, 'x/app:2': 2 });
    expect(progressing()).toMatchObject({ status: 'True', reason: 'NewReplicaSetAvailable' });
  });
});

describe('deletion', () => {
  it('in the background takes the ReplicaSets and the pods with it', () => {
    cluster.add(KEY, deployment('web', { replicas: 2 }));
    cluster.pass(1000);
    cluster.remove(KEY, 'web');
    cluster.pass(1000);
    expect([cluster.list('apps/replicasets'), cluster.list('/pods')]).toEqual([[], []]);
  });
});
