import type { Draft } from '../cluster-view.js';
import type { StatefulSet } from '../kinds.js';
import { podSpec, VirtualCluster } from '../testing/virtual-cluster.js';

const KEY = 'apps/statefulsets';
let cluster: VirtualCluster;

beforeEach(() => {
  cluster = new VirtualCluster();
});

afterEach(() => cluster.stop());

const labels = { app: 'db' };

function statefulSet(spec: Partial<StatefulSet['spec']> = {}, image = 'x/db:1'): Draft {
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'db' },
    spec: {
      replicas: 3,
      serviceName: 'db',
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: podSpec(image) },
      volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: { resources: { requests: { storage: '1Gi' } } } }],
      ...spec,
    },
  };
}

function withImage(image: string) {
  return (set: StatefulSet): StatefulSet => ({
    ...set,
    spec: { ...set.spec, template: { ...set.spec.template, spec: podSpec(image) } },
  });
}

function withSpec(spec: Partial<StatefulSet['spec']>) {
  return (set: StatefulSet): StatefulSet => ({ ...set, spec: { ...set.spec, ...spec } });
}

function names(key: '/pods' | '/persistentvolumeclaims' | '/persistentvolumes'): string[] {
  return cluster.list(key).map(({ metadata }) => metadata.name);
}

function images(): Record<string, string> {
  return Object.fromEntries(
    cluster.list('/pods').map((pod) => [pod.metadata.name, pod.spec.containers[0]?.image ?? '']),
  );
}

function revisions(): number[] {
  const numbers = cluster.list('apps/controllerrevisions').map(({ revision }) => revision);
  return numbers.sort((left, right) => left - right);
}

describe('a StatefulSet that is made', () => {
  it('starts its pods one after the other, each when the one before is ready', () => {
    cluster.add(KEY, statefulSet());
    const seen: string[] = [];
    for (let i = 0; i < 100; i += 1) {
      cluster.pass(5);
      const count = cluster.list('/pods').length;
      const { readyReplicas = 0, replicas = 0 } = cluster.get(KEY, 'db').status ?? {};
      expect(count - readyReplicas).toBeLessThanOrEqual(1);
      if (seen.at(-1) !== `${replicas}/${readyReplicas}`) seen.push(`${replicas}/${readyReplicas}`);
    }
    expect(seen.at(-1)).toBe('3/3');
    expect(names('/pods')).toEqual(['db-0', 'db-1', 'db-2']);
  });

  it('gives each pod its name, host name, index and claim', () => {
    cluster.add(KEY, statefulSet({ replicas: 1 }));
    cluster.pass(1000);
    const pod = cluster.get('/pods', 'db-0');
    const { status } = cluster.get(KEY, 'db');
    expect(pod.metadata.labels).toEqual({
      app: 'db',
      'apps.kubernetes.io/pod-index': '0',
      'controller-revision-hash': status?.updateRevision,
      'statefulset.kubernetes.io/pod-name': 'db-0',
    });
    expect(pod.spec).toMatchObject({
      hostname: 'db-0',
      subdomain: 'db',
      volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data-db-0' } }],
    });
    const claim = cluster.get('/persistentvolumeclaims', 'data-db-0');
    expect(claim.metadata.labels).toEqual(labels);
    expect(claim.status).toMatchObject({ phase: 'Bound', capacity: { storage: '1Gi' } });
    expect(cluster.eventsOf('db')).toEqual([
      'SuccessfulCreate: create Claim data-db-0 Pod db-0 in StatefulSet db success',
      'SuccessfulCreate: create Pod db-0 in StatefulSet db successful',
    ]);
  });

  it('counts in the way that kubectl and helm read', () => {
    cluster.add(KEY, statefulSet());
    cluster.pass(1000);
    const { status } = cluster.get(KEY, 'db');
    expect(status).toMatchObject({
      observedGeneration: 1,
      replicas: 3,
      readyReplicas: 3,
      availableReplicas: 3,
      currentReplicas: 3,
      updatedReplicas: 3,
      collisionCount: 0,
    });
    expect(status?.currentRevision).toBe(status?.updateRevision);
  });

  it('starts all pods at once when it manages them in parallel', () => {
    cluster.add(KEY, statefulSet({ podManagementPolicy: 'Parallel' }, 'x/never-ready:1'));
    cluster.pass(100);
    expect(names('/pods')).toEqual(['db-0', 'db-1', 'db-2']);
  });

  it('does not get past a pod that never is ready', () => {
    cluster.add(KEY, statefulSet({}, 'x/never-ready:1'));
    cluster.seconds(60);
    expect(names('/pods')).toEqual(['db-0']);
    expect(cluster.get(KEY, 'db').status).toMatchObject({ replicas: 1, availableReplicas: 0 });
  });

  it('begins with the ordinal that is asked for', () => {
    cluster.add(KEY, statefulSet({ replicas: 2, ordinals: { start: 5 } }));
    cluster.pass(1000);
    expect(names('/pods')).toEqual(['db-5', 'db-6']);
  });
});

describe('scaling a StatefulSet down', () => {
  it('takes the highest ordinal first and keeps the claims', () => {
    cluster.add(KEY, statefulSet());
    cluster.pass(1000);
    cluster.edit(KEY, 'db', withSpec({ replicas: 1 }));
    const counts: number[] = [];
    for (let i = 0; i < 40; i += 1) counts.push(cluster.pass(10).list('/pods').length);
    expect([...new Set(counts)]).toEqual([3, 2, 1]);
    expect(names('/pods')).toEqual(['db-0']);
    expect(names('/persistentvolumeclaims')).toEqual(['data-db-0', 'data-db-1', 'data-db-2']);
  });

  it('deletes the claims when the retention policy says so', () => {
    cluster.add(
      KEY,
      statefulSet({ persistentVolumeClaimRetentionPolicy: { whenScaled: 'Delete', whenDeleted: 'Retain' } }),
    );
    cluster.pass(1000);
    cluster.edit(KEY, 'db', withSpec({ replicas: 1 }));
    cluster.pass(1000);
    expect(names('/persistentvolumeclaims')).toEqual(['data-db-0']);
    expect(names('/persistentvolumes')).toHaveLength(1);
  });
});

describe('updating a StatefulSet', () => {
  it('replaces the pods from the highest ordinal down and keeps their claims', () => {
    cluster.add(KEY, statefulSet());
    cluster.pass(1000);
    const before = cluster.list('/persistentvolumeclaims').map(({ metadata }) => metadata.uid);
    cluster.edit(KEY, 'db', withImage('x/db:2'));
    cluster.pass(70);
    expect(images()).toMatchObject({ 'db-0': 'x/db:1', 'db-1': 'x/db:1' });
    const middle = cluster.get(KEY, 'db').status;
    expect(middle?.currentRevision).not.toBe(middle?.updateRevision);
    cluster.pass(1000);
    expect(images()).toEqual({ 'db-0': 'x/db:2', 'db-1': 'x/db:2', 'db-2': 'x/db:2' });
    const { status } = cluster.get(KEY, 'db');
    expect(status).toMatchObject({ observedGeneration: 2, currentReplicas: 3, updatedReplicas: 3 });
    expect(status?.currentRevision).toBe(status?.updateRevision);
    expect(cluster.list('/persistentvolumeclaims').map(({ metadata }) => metadata.uid)).toEqual(before);
  });

  it('leaves the pods below the partition as they are', () => {
    cluster.add(KEY, statefulSet({ updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 2 } } }));
    cluster.pass(1000);
    cluster.edit(KEY, 'db', withImage('x/db:2'));
    cluster.pass(1000);
    expect(images()).toEqual({ 'db-0': 'x/db:1', 'db-1': 'x/db:1', 'db-2': 'x/db:2' });
    cluster.remove('/pods', 'db-0');
    cluster.pass(1000);
    expect(images()['db-0']).toBe('x/db:1');
  });

  it('waits for somebody to delete the pods with the strategy OnDelete', () => {
    cluster.add(KEY, statefulSet({ updateStrategy: { type: 'OnDelete' } }));
    cluster.pass(1000);
    cluster.edit(KEY, 'db', withImage('x/db:2'));
    cluster.pass(1000);
    cluster.remove('/pods', 'db-1');
    cluster.pass(1000);
    expect(images()).toEqual({ 'db-0': 'x/db:1', 'db-1': 'x/db:2', 'db-2': 'x/db:1' });
  });

  it('to a broken template stops at its first pod, and correcting the template does not free it', () => {
    cluster.add(KEY, statefulSet());
    cluster.pass(1000);
    cluster.edit(KEY, 'db', withImage('x/crash:1'));
    cluster.seconds(5);
    expect(images()).toEqual({ 'db-0': 'x/db:1', 'db-1': 'x/db:1', 'db-2': 'x/crash:1' });
    cluster.edit(KEY, 'db', withImage('x/db:3'));
    cluster.seconds(60);
    expect(images()['db-2']).toBe('x/crash:1');
    cluster.remove('/pods', 'db-2');
    cluster.seconds(5);
    expect(images()).toEqual({ 'db-0': 'x/db:3', 'db-1': 'x/db:3', 'db-2': 'x/db:3' });
  });

  it('keeps revisions, takes an equal one again and forgets the oldest', () => {
    cluster.add(KEY, statefulSet({ replicas: 1, revisionHistoryLimit: 1 }));
    cluster.pass(1000);
    const first = cluster.get(KEY, 'db').status?.updateRevision;
    for (const image of ['x/db:2', 'x/db:3', 'x/db:4']) {
      cluster.edit(KEY, 'db', withImage(image));
      cluster.pass(1000);
    }
    expect(revisions()).toEqual([3, 4]);
    cluster.edit(KEY, 'db', withImage('x/db:3'));
    cluster.pass(1000);
    expect(revisions()).toEqual([4, 5]);
    expect(cluster.list('apps/controllerrevisions').map(({ metadata }) => metadata.name)).not.toContain(first);
  });
});

describe('deleting a StatefulSet', () => {
  it('takes the pods and leaves the claims', () => {
    cluster.add(KEY, statefulSet());
    cluster.pass(1000);
    cluster.remove(KEY, 'db');
    cluster.pass(1000);
    expect(names('/pods')).toEqual([]);
    expect(names('/persistentvolumeclaims')).toEqual(['data-db-0', 'data-db-1', 'data-db-2']);
    cluster.add(KEY, statefulSet());
    cluster.pass(1000);
    expect(cluster.get(KEY, 'db').status).toMatchObject({ readyReplicas: 3 });
  });

  it('takes the claims too when the retention policy says so', () => {
    cluster.add(
      KEY,
      statefulSet({ persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Delete', whenScaled: 'Retain' } }),
    );
    cluster.pass(1000);
    cluster.remove(KEY, 'db');
    cluster.pass(1000);
    expect([names('/pods'), names('/persistentvolumeclaims'), names('/persistentvolumes')]).toEqual([[], [], []]);
  });
});
