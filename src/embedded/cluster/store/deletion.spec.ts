import { configMap, draft, namespaceDraft, podDraft } from './testing/draft.js';
import { deployment, newStore, refusal } from './testing/observed-store.js';

describe('ObjectStore.delete', () => {
  it('removes an object under a new version', () => {
    const { store, events } = newStore();
    const before = store.create('/configmaps', configMap('a'));
    const last = store.delete('/configmaps', 'ns', 'a');
    expect(last?.metadata.resourceVersion).toBe('2');
    expect(events[1]).toEqual({ type: 'DELETED', key: '/configmaps', object: last, previous: before });
    expect(store.get('/configmaps', 'ns', 'a')).toBeUndefined();
    expect(store.list('/configmaps')).toEqual([]);
  });

  it('answers undefined when there is none', () => {
    expect(newStore().store.delete('/configmaps', 'ns', 'a')).toBeUndefined();
  });

  it('waits for finalizers, and goes when the last is taken off', () => {
    const { store, events } = newStore();
    store.create('/configmaps', draft('v1', 'ConfigMap', { name: 'a', finalizers: ['x/y'] }));
    const held = store.delete('/configmaps', 'ns', 'a');
    expect(held?.metadata.deletionTimestamp).toBe('2026-03-01T10:00:00Z');
    expect(events.at(-1)?.type).toBe('MODIFIED');
    if (held === undefined) throw new Error('it is gone');
    store.update('/configmaps', { ...held, metadata: { ...held.metadata, finalizers: [] } });
    expect(events.at(-1)?.type).toBe('DELETED');
    expect(store.get('/configmaps', 'ns', 'a')).toBeUndefined();
  });

  it.each([
    ['Foreground', ['foregroundDeletion']],
    ['Orphan', ['orphan']],
  ] as const)('with policy %s waits for the garbage collector', (propagationPolicy, finalizers) => {
    const { store } = newStore();
    store.create('apps/deployments', deployment('a'));
    const held = store.delete('apps/deployments', 'ns', 'a', { propagationPolicy });
    expect(held?.metadata.finalizers).toEqual(finalizers);
    expect(held?.metadata.generation).toBe(2);
  });

  it.each([
    ['runs and says nothing', { nodeName: 'n' }, {}, undefined, '2026-03-01T10:00:30Z', 30],
    [
      'runs and says 5 s',
      { nodeName: 'n', terminationGracePeriodSeconds: 5 },
      {},
      undefined,
      '2026-03-01T10:00:05Z',
      5,
    ],
    ['runs and is given 2 s', { nodeName: 'n' }, {}, 2, '2026-03-01T10:00:02Z', 2],
  ])('lets a pod that %s end in its time', (_what, spec, status, gracePeriodSeconds, timestamp, seconds) => {
    const { store } = newStore();
    store.create('/pods', { ...podDraft('a', spec), status });
    const held = store.delete('/pods', 'ns', 'a', gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds });
    expect(held?.metadata).toMatchObject({ deletionTimestamp: timestamp, deletionGracePeriodSeconds: seconds });
    expect(store.get('/pods', 'ns', 'a')).toBeDefined();
  });

  it.each([
    ['is not scheduled', {}, {}, {}],
    ['has ended', { nodeName: 'n' }, { phase: 'Succeeded' }, {}],
    ['is given no time', { nodeName: 'n' }, {}, { gracePeriodSeconds: 0 }],
  ])('removes a pod at once that %s', (_what, spec, status, options) => {
    const { store } = newStore();
    store.create('/pods', { ...podDraft('a', spec), status });
    store.delete('/pods', 'ns', 'a', options);
    expect(store.get('/pods', 'ns', 'a')).toBeUndefined();
  });

  it('shortens the time of a pod that is ending, never lengthens it', () => {
    const { store } = newStore();
    store.create('/pods', podDraft('a', { nodeName: 'n' }));
    store.delete('/pods', 'ns', 'a', { gracePeriodSeconds: 10 });
    expect(store.delete('/pods', 'ns', 'a', { gracePeriodSeconds: 20 })?.metadata.deletionGracePeriodSeconds).toBe(10);
    expect(store.delete('/pods', 'ns', 'a', { gracePeriodSeconds: 1 })?.metadata.deletionGracePeriodSeconds).toBe(1);
  });

  it('lets a namespace end until its finalizers are taken off', () => {
    const { store } = newStore();
    store.create('/namespaces', { ...namespaceDraft('n'), spec: { finalizers: ['kubernetes'] } });
    const held = store.delete('/namespaces', undefined, 'n');
    expect(held).toMatchObject({ status: { phase: 'Terminating' } });
    if (held === undefined) throw new Error('it is gone');
    store.update('/namespaces', { ...held, spec: { finalizers: [] } });
    expect(store.get('/namespaces', undefined, 'n')).toBeUndefined();
  });

  it.each([
    ['uid', { uid: 'other' }, 'Precondition failed: UID in precondition: other'],
    ['version', { resourceVersion: '77' }, 'Precondition failed: ResourceVersion in precondition: 77'],
  ])('refuses when the %s is not the expected one', (_what, preconditions, message) => {
    const { store } = newStore();
    store.create('/configmaps', configMap('a'));
    expect(refusal(() => store.delete('/configmaps', 'ns', 'a', { preconditions })).message).toContain(message);
    expect(store.get('/configmaps', 'ns', 'a')).toBeDefined();
  });

  it('only pretends in a dry run', () => {
    const { store } = newStore();
    store.create('/configmaps', configMap('a'));
    store.delete('/configmaps', 'ns', 'a', { dryRun: true });
    expect(store.get('/configmaps', 'ns', 'a')).toBeDefined();
  });
});
