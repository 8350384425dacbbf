import { ObjectStore } from '../store/object-store.js';
import { startControllers, type Controllers } from './controllers.js';
import { VirtualClock } from './testing/virtual-clock.js';
import { deployment, VirtualCluster } from './testing/virtual-cluster.js';
import { asNew } from './cluster-view.js';

describe('the controllers', () => {
  it('bring three nodes and a default storage class', async () => {
    const cluster = new VirtualCluster();
    expect(cluster.list('/nodes').map(({ metadata }) => metadata.name)).toEqual([
      'embedded-1',
      'embedded-2',
      'embedded-3',
    ]);
    expect(cluster.get('/nodes', 'embedded-1').status).toMatchObject({
      allocatable: { cpu: '1024', memory: '4Ti', pods: '4000' },
      nodeInfo: { kubeletVersion: 'v1.34.0+embedded', osImage: 'Tenantry embedded cluster (simulated)' },
    });
    expect(cluster.list('storage.k8s.io/storageclasses').map(({ metadata }) => metadata.name)).toEqual(['standard']);
    await cluster.stop();
  });

  it('go on where they stopped, in the middle of everything', async () => {
    const clock = new VirtualClock();
    const store = new ObjectStore({ now: () => new Date(clock.now()) });
    store.create('/namespaces', asNew({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'ns' } }));
    const draft = deployment('web', { replicas: 3 });
    store.create('apps/deployments', asNew({ ...draft, metadata: { ...draft.metadata, namespace: 'ns' } }));
    // Each life is too short to finish anything.
    for (let life = 0; life < 60; life += 1) {
      const controllers = startControllers(store, { clock });
      clock.advance(life);
      await controllers.stop();
      expect(clock.waiting).toBe(0);
    }
    expect(store.get('apps/deployments', 'ns', 'web')?.['status']).toMatchObject({ availableReplicas: 3, replicas: 3 });
    expect(store.list('/pods', 'ns')).toHaveLength(3);
    expect(store.list('/nodes')).toHaveLength(3);
  });

  it('write nothing and wait for nothing when nothing changes', async () => {
    const cluster = new VirtualCluster();
    for (const name of ['a', 'b', 'c'])
      cluster.add('apps/deployments', { ...deployment(name, {}), metadata: { name } });
    cluster.seconds(5);
    const before = cluster.store.resourceVersion;
    cluster.seconds(3000);
    expect(cluster.store.resourceVersion).toBe(before);
    // Only the Events have still to be forgotten.
    expect(cluster.clock.waiting).toBe(1);
    await cluster.stop();
  });

  it('give the same history for the same deeds', async () => {
    const histories = [];
    for (let run = 0; run < 2; run += 1) {
      const cluster = new VirtualCluster();
      const kinds: string[] = [];
      cluster.store.subscribe(({ type, key }) => kinds.push(`${type} ${key} ${cluster.clock.now()}`));
      cluster.add('apps/deployments', deployment('web', { replicas: 3 }));
      cluster.seconds(2);
      cluster.remove('apps/deployments', 'web');
      cluster.seconds(2);
      histories.push(kinds);
      await cluster.stop();
    }
    expect(histories[0]).toEqual(histories[1]);
  });
});

describe('in real time', () => {
  let controllers: Controllers | undefined;
  afterEach(() => controllers?.stop());

  it('a Deployment settles, quickly', async () => {
    const store = new ObjectStore();
    controllers = startControllers(store);
    store.create('/namespaces', asNew({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'ns' } }));
    const draft = deployment('web', { replicas: 2 });
    store.create('apps/deployments', asNew({ ...draft, metadata: { ...draft.metadata, namespace: 'ns' } }));
    await controllers.settled();
    expect(store.get('apps/deployments', 'ns', 'web')?.['status']).toMatchObject({ availableReplicas: 2 });
    expect(controllers.logs('ns', store.list('/pods')[0]?.metadata.name ?? '', 'app')).toContain('ready');
  });
});
