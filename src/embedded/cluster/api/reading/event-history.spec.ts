import { ObjectStore } from '../../store/object-store.js';
import { configMap } from '../../store/testing/draft.js';
import { EventHistory } from './event-history.js';

describe('EventHistory', () => {
  it('knows what came after a version, of one type', () => {
    const store = new ObjectStore();
    const history = new EventHistory(store);
    store.create('/configmaps', configMap('a'));
    store.create('/configmaps', configMap('b'));
    store.delete('/configmaps', 'ns', 'a');
    expect(history.since('/configmaps', 1)?.map(({ type, object }) => [type, object.metadata.name])).toEqual([
      ['ADDED', 'b'],
      ['DELETED', 'a'],
    ]);
    expect(history.since('/configmaps', 3)).toEqual([]);
    expect(history.since('/pods', 0)).toEqual([]);
    history.close();
  });

  it('knows nothing of the time before it', () => {
    const store = new ObjectStore();
    store.create('/configmaps', configMap('a'));
    store.create('/configmaps', configMap('b'));
    const history = new EventHistory(store);
    expect(history.since('/configmaps', 1)).toBeUndefined();
    expect(history.since('/configmaps', 2)).toEqual([]);
    history.close();
  });

  it('forgets the oldest events of a type, and then knows that it did', () => {
    const store = new ObjectStore();
    const history = new EventHistory(store, 3);
    for (let n = 1; n <= 6; n += 1) store.create('/configmaps', configMap(`c${n}`));
    expect(history.floor('/configmaps')).toBe(3);
    expect(history.since('/configmaps', 2)).toBeUndefined();
    expect(history.since('/configmaps', 3)).toHaveLength(3);
    history.close();
    store.create('/configmaps', configMap('later'));
    expect(history.since('/configmaps', 3)).toHaveLength(3);
  });
});
