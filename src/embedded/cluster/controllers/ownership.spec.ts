import { ObjectStore } from '../store/object-store.js';
import type { StoreEvent } from '../store/object-store.js';
import { claim } from './claims.js';
import { asNew, ClusterView } from './cluster-view.js';
import { controlledBy, ownerOf } from './owner-watch.js';
import { adopted, controllerOf, controllerReference, released } from './ownership.js';
import { meta, pod, replicaSet } from './testing/objects.js';

const owner = replicaSet('web', 1);

describe('ownership', () => {
  it('is given and taken', () => {
    const own = adopted(pod('p'), owner);
    expect(own.metadata.ownerReferences).toEqual([
      {
        apiVersion: 'apps/v1',
        kind: 'ReplicaSet',
        name: 'web',
        uid: 'uid-of-web',
        controller: true,
        blockOwnerDeletion: true,
      },
    ]);
    expect(released(own, 'uid-of-web').metadata).not.toHaveProperty('ownerReferences');
  });

  it('leaves other owners', () => {
    const other = { apiVersion: 'v1', kind: 'ConfigMap', name: 'c', uid: 'uid-of-c' };
    const own = adopted(pod('p', {}, { ownerReferences: [other] }), owner);
    expect(controllerOf(own)?.name).toBe('web');
    expect(released(own, 'uid-of-web').metadata.ownerReferences).toEqual([other]);
    expect(controllerOf(released(own, 'uid-of-web'))).toBeUndefined();
  });
});

describe('what an owner claims', () => {
  const labels = { app: 'web' };
  const view = (): ClusterView => {
    const store = new ObjectStore();
    const references = (uid: string) => ({ ownerReferences: [{ ...controllerReference(owner), uid }] });
    const pods: [string, object][] = [
      ['fits', { labels, ...references('uid-of-web') }],
      ['left', { labels: {}, ...references('uid-of-web') }],
      ['orphan', { labels }],
      ['other', { labels, ...references('uid-of-other') }],
      ['stranger', { labels: { app: 'db' } }],
    ];
    for (const [name, metadata] of pods) {
      store.create(
        '/pods',
        asNew({
          apiVersion: 'v1',
          kind: 'Pod',
          metadata: { name, namespace: 'ns', ...metadata },
          spec: { containers: [] },
        }),
      );
    }
    return new ClusterView(store);
  };
  const names = (objects: readonly { metadata: { name: string } }[]) => objects.map(({ metadata }) => metadata.name);

  it('is what fits, and orphans; what no longer fits is let go', () => {
    const all = view();
    expect(names(claim(all, '/pods', owner))).toEqual(['fits', 'orphan']);
    expect(controllerOf(all.store.get('/pods', 'ns', 'orphan') ?? owner)?.name).toBe('web');
    expect(all.store.get('/pods', 'ns', 'left')?.metadata.ownerReferences).toBeUndefined();
    expect(names(claim(all, '/pods', owner))).toEqual(['fits', 'orphan']);
  });

  it('does not change while it goes', () => {
    const all = view();
    const going = { ...owner, metadata: meta('web', { deletionTimestamp: '2026-01-01T00:00:00Z' }) };
    expect(names(claim(all, '/pods', going))).toEqual(['fits', 'left']);
    expect(all.store.get('/pods', 'ns', 'orphan')?.metadata.ownerReferences).toBeUndefined();
  });
});

describe('a change of an object concerns', () => {
  const store = new ObjectStore();
  const draft = replicaSet('web', 1);
  store.create('apps/replicasets', asNew({ ...draft, metadata: { name: 'web', namespace: 'ns' } }));
  const view = new ClusterView(store);
  const told = (
    watch: (event: StoreEvent, enqueue: (id: { name: string }) => void) => void,
    event: Omit<StoreEvent, 'key'>,
  ) => {
    const seen: string[] = [];
    watch({ key: '/pods', ...event }, ({ name }) => seen.push(name));
    return seen;
  };
  const own = adopted(pod('p'), owner);
  const orphan = pod('p', {}, { labels: { app: 'web' } });

  it('its owner of that kind', () => {
    expect(told(controlledBy('ReplicaSet'), { type: 'MODIFIED', object: own })).toEqual(['web']);
    expect(told(controlledBy('Job'), { type: 'MODIFIED', object: own })).toEqual([]);
  });

  it('the owner it had before, too', () => {
    expect(told(controlledBy('ReplicaSet'), { type: 'MODIFIED', object: pod('p'), previous: own })).toEqual(['web']);
  });

  it('whoever could adopt it', () => {
    const watch = ownerOf(view, 'apps/replicasets', 'ReplicaSet');
    expect(told(watch, { type: 'ADDED', object: orphan })).toEqual(['web']);
    expect(told(watch, { type: 'DELETED', object: orphan })).toEqual([]);
    expect(told(watch, { type: 'ADDED', object: pod('p', {}, { labels: { app: 'db' } }) })).toEqual([]);
  });
});
