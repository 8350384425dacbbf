import type { KubeObject, OwnerReference } from '../../store/kube-object.js';
import { ObjectStore } from '../../store/object-store.js';
import { asNew } from '../cluster-view.js';
import { startControllers } from '../controllers.js';
import { VirtualClock } from '../testing/virtual-clock.js';
import { deployment, VirtualCluster } from '../testing/virtual-cluster.js';

const KEY = '/configmaps';
let cluster: VirtualCluster;

beforeEach(() => {
  cluster = new VirtualCluster();
});

afterEach(() => cluster.stop());

function make(name: string, owners: readonly OwnerReference[] = [], finalizers: string[] = []): KubeObject {
  const metadata = { name, ownerReferences: [...owners], ...(finalizers.length > 0 ? { finalizers } : {}) };
  return cluster.put(KEY, { apiVersion: 'v1', kind: 'ConfigMap', metadata });
}

function owner(object: KubeObject, blockOwnerDeletion = true): OwnerReference {
  const { name, uid } = object.metadata;
  return { apiVersion: object.apiVersion, kind: object.kind, name, uid, blockOwnerDeletion };
}

function remove(name: string, propagationPolicy?: 'Foreground' | 'Background' | 'Orphan'): void {
  cluster.store.delete(KEY, 'ns', name, propagationPolicy === undefined ? {} : { propagationPolicy });
  cluster.pass(100);
}

function names(): string[] {
  return cluster.store
    .list(KEY, 'ns')
    .flatMap(({ metadata }) => (metadata.name === 'kube-root-ca.crt' ? [] : metadata.name));
}

function release(name: string): void {
  const found = cluster.store.get(KEY, 'ns', name);
  if (found !== undefined) cluster.store.update(KEY, { ...found, metadata: { ...found.metadata, finalizers: [] } });
  cluster.pass(100);
}

describe('deletion in the background', () => {
  it('takes dependents, and theirs', () => {
    const a = make('a');
    const b = make('b', [owner(a)]);
    make('c', [owner(b)]);
    cluster.pass(100);
    remove('a');
    expect(names()).toEqual([]);
  });

  it('leaves what has another owner, without the one that is gone', () => {
    const [a, b] = [make('a'), make('b')];
    make('c', [owner(a), owner(b)]);
    remove('a');
    expect(names()).toEqual(['b', 'c']);
    expect(cluster.store.get(KEY, 'ns', 'c')?.metadata.ownerReferences).toEqual([owner(b)]);
  });

  it('takes what is made for an owner that never was', () => {
    make('lost', [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'a', uid: 'nobody' }]);
    cluster.pass(100);
    expect(names()).toEqual([]);
  });

  it('takes what belongs to an earlier object of the same name', () => {
    const a = make('a');
    remove('a');
    make('a');
    make('b', [owner(a)]);
    cluster.pass(100);
    expect(names()).toEqual(['a']);
  });
});

describe('deletion in the foreground', () => {
  it('keeps the owner until what blocks it is gone', () => {
    const a = make('a');
    make('b', [owner(a)], ['example.com/hold']);
    remove('a', 'Foreground');
    expect(names()).toEqual(['a', 'b']);
    expect(cluster.store.get(KEY, 'ns', 'a')?.metadata).toMatchObject({ finalizers: ['foregroundDeletion'] });
    release('b');
    expect(names()).toEqual([]);
  });

  it('does not wait for what does not block', () => {
    const a = make('a');
    make('b', [owner(a, false)], ['example.com/hold']);
    remove('a', 'Foreground');
    expect(names()).toEqual(['b']);
    release('b');
  });

  it('of a Deployment waits for its pods', () => {
    cluster.add('apps/deployments', deployment('web', {}, 'x/hang-termination:1'));
    cluster.seconds(1);
    cluster.remove('apps/deployments', 'web', { propagationPolicy: 'Foreground' });
    cluster.seconds(20);
    expect([cluster.list('apps/deployments').length, cluster.list('apps/replicasets').length]).toEqual([1, 1]);
    cluster.seconds(20);
    expect([cluster.list('apps/deployments').length, cluster.list('/pods').length]).toEqual([0, 0]);
  });
});

describe('deletion that orphans', () => {
  it('lets go of the dependents', () => {
    const a = make('a');
    make('b', [owner(a)]);
    remove('a', 'Orphan');
    expect(names()).toEqual(['b']);
    expect(cluster.store.get(KEY, 'ns', 'b')?.metadata.ownerReferences).toBeUndefined();
  });
});

describe('after a restart', () => {
  it('what lost its owner meanwhile is taken, what has one is kept', async () => {
    const clock = new VirtualClock();
    const store = new ObjectStore({ now: () => new Date(clock.now()) });
    const metadata = (name: string, more: object = {}) => ({ name, namespace: 'ns', ...more });
    const a = store.create(KEY, asNew({ apiVersion: 'v1', kind: 'ConfigMap', metadata: metadata('a') }));
    const gone = { apiVersion: 'v1', kind: 'ConfigMap', name: 'gone', uid: 'gone' };
    for (const [name, one] of [
      ['kept', owner(a)],
      ['lost', gone],
    ] as const) {
      store.create(
        KEY,
        asNew({ apiVersion: 'v1', kind: 'ConfigMap', metadata: metadata(name, { ownerReferences: [one] }) }),
      );
    }
    const controllers = startControllers(store, { clock });
    clock.advance(100);
    await controllers.stop();
    expect(store.list(KEY, 'ns').map((object) => object.metadata.name)).toEqual(['a', 'kept']);
  });
});
