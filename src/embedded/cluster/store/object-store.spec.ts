import { StatusError } from './status-error.js';
import { configMap, draft } from './testing/draft.js';
import { deployment, newStore, refusal } from './testing/observed-store.js';

describe('ObjectStore.create', () => {
  it('fills in identity, version and birth', () => {
    const { store } = newStore();
    const { metadata } = store.create('/configmaps', configMap('a'));
    expect(metadata).toMatchObject({
      name: 'a',
      namespace: 'ns',
      creationTimestamp: '2026-03-01T10:00:00Z',
      resourceVersion: '1',
    });
    expect(metadata.uid).toMatch(/^[0-9a-f-]{36}$/);
    expect(metadata.generation).toBeUndefined();
  });

  it('counts generations of types that have them', () => {
    const { store } = newStore();
    expect(store.create('apps/deployments', deployment('a')).metadata.generation).toBe(1);
  });

  it('makes a name from generateName', () => {
    const { store } = newStore();
    const object = configMap('');
    const created = store.create('/configmaps', { ...object, metadata: { ...object.metadata, generateName: 'gen-' } });
    expect(created.metadata.name).toMatch(/^gen-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
  });

  it('refuses a name that is taken, as the API server words it', () => {
    const { store } = newStore();
    store.create('apps/deployments', deployment('a'));
    const error = refusal(() => store.create('apps/deployments', deployment('a')));
    expect(error).toMatchObject({ code: 409, reason: 'AlreadyExists', message: 'deployments.apps "a" already exists' });
    expect(error.details).toEqual({ name: 'a', group: 'apps', kind: 'deployments' });
  });

  it('gives the same name in another namespace to another object', () => {
    const { store } = newStore();
    store.create('/configmaps', configMap('a'));
    const other = configMap('a');
    store.create('/configmaps', { ...other, metadata: { ...other.metadata, namespace: 'other' } });
    expect(store.list('/configmaps').map(({ metadata }) => metadata.namespace)).toEqual(['ns', 'other']);
  });

  it('stores nothing in a dry run', () => {
    const { store, events } = newStore();
    expect(store.create('/configmaps', configMap('a'), { dryRun: true }).metadata.uid).not.toBe('');
    expect(store.get('/configmaps', 'ns', 'a')).toBeUndefined();
    expect(events).toEqual([]);
    expect(store.resourceVersion).toBe('0');
  });

  it('stores what admission makes of the object, and nothing when it refuses', () => {
    const { store } = newStore();
    store.admitWith(({ object }) => {
      if (object.metadata.name === 'bad') throw new StatusError(403, 'Forbidden', 'no');
      return { ...object, data: { by: 'admission' } };
    });
    expect(store.create('/configmaps', configMap('a'))['data']).toEqual({ by: 'admission' });
    expect(refusal(() => store.create('/configmaps', configMap('bad'))).code).toBe(403);
    expect(store.list('/configmaps')).toHaveLength(1);
  });
});

describe('ObjectStore.update', () => {
  it('gives a changed object a new version and tells both states', () => {
    const { store, events } = newStore();
    const before = store.create('/configmaps', configMap('a', { x: '1' }));
    const after = store.update('/configmaps', { ...before, data: { x: '2' } });
    expect(after.metadata.resourceVersion).toBe('2');
    expect(after.metadata.uid).toBe(before.metadata.uid);
    expect(events[1]).toEqual({ type: 'MODIFIED', key: '/configmaps', object: after, previous: before });
    expect(before['data']).toEqual({ x: '1' });
  });

  it('writes nothing when nothing changed', () => {
    const { store, events } = newStore();
    const before = store.create('/configmaps', configMap('a', { x: '1' }));
    expect(store.update('/configmaps', { ...before, data: { x: '1' } })).toBe(before);
    expect(events).toHaveLength(1);
  });

  it.each([
    ['the spec', { spec: { replicas: 2 } }, 2],
    ['the status', { status: { replicas: 2 } }, 1],
  ])('after a change of %s', (_what, change, generation) => {
    const { store } = newStore();
    const before = store.create('apps/deployments', deployment('a'));
    expect(store.update('apps/deployments', { ...before, ...change }).metadata.generation).toBe(generation);
  });

  it('does not count a change of labels as a generation', () => {
    const { store } = newStore();
    const before = store.create('apps/deployments', deployment('a'));
    const labelled = { ...before, metadata: { ...before.metadata, labels: { a: 'b' } } };
    expect(store.update('apps/deployments', labelled).metadata.generation).toBe(1);
  });

  it('refuses a stale version', () => {
    const { store } = newStore();
    const first = store.create('/configmaps', configMap('a'));
    store.update('/configmaps', { ...first, data: { x: '1' } });
    const error = refusal(() => store.update('/configmaps', { ...first, data: { x: '2' } }));
    expect(error.message).toBe(
      'Operation cannot be fulfilled on configmaps "a": the object has been modified; please apply your changes to the latest version and try again',
    );
  });

  it('takes a write without a version as unconditional', () => {
    const { store } = newStore();
    const first = store.create('/configmaps', configMap('a'));
    store.update('/configmaps', { ...first, data: { x: '1' } });
    const { resourceVersion: _version, ...metadata } = first.metadata;
    const blind = { ...first, metadata: { ...metadata, resourceVersion: '' }, data: { x: '3' } };
    expect(store.update('/configmaps', blind)['data']).toEqual({ x: '3' });
  });

  it('refuses another uid', () => {
    const { store } = newStore();
    const first = store.create('/configmaps', configMap('a'));
    const error = refusal(() => store.update('/configmaps', { ...first, metadata: { ...first.metadata, uid: 'u' } }));
    expect(error.message).toContain('Precondition failed: UID in precondition: u, UID in object meta: ');
  });

  it('refuses what is not there', () => {
    const { store } = newStore();
    expect(refusal(() => store.update('/configmaps', configMap('a')))).toMatchObject({
      code: 404,
      message: 'configmaps "a" not found',
    });
  });

  it('keeps identity and deletion marks whatever a writer says', () => {
    const { store } = newStore();
    const held = draft('v1', 'ConfigMap', { name: 'a', finalizers: ['x/y'] });
    const first = store.create('/configmaps', held);
    store.delete('/configmaps', 'ns', 'a');
    const next = store.update('/configmaps', {
      ...first,
      metadata: { ...first.metadata, resourceVersion: '', creationTimestamp: '2000-01-01T00:00:00Z', generation: 9 },
      data: { x: '1' },
    });
    expect(next.metadata).toMatchObject({
      creationTimestamp: '2026-03-01T10:00:00Z',
      deletionTimestamp: '2026-03-01T10:00:00Z',
    });
    expect(next.metadata.generation).toBeUndefined();
  });

  it('stores nothing in a dry run, but says what it would', () => {
    const { store, events } = newStore();
    const before = store.create('apps/deployments', deployment('a'));
    const would = store.update('apps/deployments', { ...before, spec: { replicas: 3 } }, { dryRun: true });
    expect(would.metadata.generation).toBe(2);
    expect(store.get('apps/deployments', 'ns', 'a')).toBe(before);
    expect(events).toHaveLength(1);
  });
});

describe('ObjectStore.updateStatus', () => {
  it('changes the status and nothing else', () => {
    const { store } = newStore();
    store.create('apps/deployments', deployment('a'));
    const after = store.updateStatus('apps/deployments', 'ns', 'a', (object) => ({
      ...object,
      spec: { replicas: 99 },
      status: { replicas: 1 },
    }));
    expect(after).toMatchObject({
      spec: { replicas: 1 },
      status: { replicas: 1 },
      metadata: { generation: 1, resourceVersion: '2' },
    });
  });

  it('answers undefined for an object that is gone', () => {
    const { store } = newStore();
    expect(store.updateStatus('/pods', 'ns', 'a', (object) => object)).toBeUndefined();
  });
});

describe('ObjectStore.list', () => {
  it('sorts by namespace and name, and stays right after writes', () => {
    const { store } = newStore();
    for (const name of ['b', 'c', 'a']) store.create('/configmaps', configMap(name));
    const names = () => store.list('/configmaps', 'ns').map(({ metadata }) => metadata.name);
    expect(names()).toEqual(['a', 'b', 'c']);
    store.delete('/configmaps', 'ns', 'b');
    expect(names()).toEqual(['a', 'c']);
    expect(store.count('/configmaps', 'ns')).toBe(2);
  });

  it('answers a list of its own, which may be changed', () => {
    const { store } = newStore();
    store.create('/configmaps', configMap('a'));
    store.list('/configmaps').pop();
    expect(store.list('/configmaps')).toHaveLength(1);
  });

  it('does not know other types', () => {
    expect(() => newStore().store.list('/unicorns')).toThrow('no such resource type: /unicorns');
  });
});

describe('ObjectStore.subscribe', () => {
  it('delivers events in order although a listener writes', () => {
    const { store, events } = newStore();
    const second: string[] = [];
    store.subscribe(({ type, object }) => {
      if (type === 'ADDED' && object.metadata.name === 'a') store.create('/configmaps', configMap('b'));
    });
    store.subscribe(({ object }) => second.push(object.metadata.name));
    store.create('/configmaps', configMap('a'));
    expect(second).toEqual(['a', 'b']);
    expect(events.map(({ object }) => object.metadata.resourceVersion)).toEqual(['1', '2']);
  });

  it('stops when told', () => {
    const { store } = newStore();
    const seen: string[] = [];
    const stop = store.subscribe(({ type }) => seen.push(type));
    stop();
    store.create('/configmaps', configMap('a'));
    expect(seen).toEqual([]);
  });
});

describe('ObjectStore.restore', () => {
  it('puts objects back without events, and goes on after their version', () => {
    const { store } = newStore();
    const object = store.create('/configmaps', configMap('a'));
    const { store: next, events } = newStore();
    next.restore([{ key: '/configmaps', object }], 41);
    expect(next.get('/configmaps', 'ns', 'a')).toBe(object);
    expect(events).toEqual([]);
    expect(next.create('/configmaps', configMap('b')).metadata.resourceVersion).toBe('42');
  });
});
