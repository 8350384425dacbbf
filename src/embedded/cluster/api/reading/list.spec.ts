import { ObjectStore } from '../../store/object-store.js';
import { configMap } from '../../store/testing/draft.js';
import { ListSnapshots } from './list-snapshots.js';
import { readList, type Listed } from './list.js';

function setUp(made: readonly string[]) {
  const store = new ObjectStore();
  const snapshots = new ListSnapshots();
  for (const name of made) {
    const object = configMap(name);
    store.create('/configmaps', {
      ...object,
      metadata: { ...object.metadata, labels: { odd: String(name.charCodeAt(0) % 2 === 1) } },
    });
  }
  const list = (query: string, namespace: string | undefined = 'ns') =>
    readList(store, snapshots, '/configmaps', namespace, new URLSearchParams(query));
  return { store, list };
}

function names({ items }: Listed): string[] {
  return items.map(({ metadata }) => metadata.name);
}

describe('readList', () => {
  it('answers all, in order, with the version of the last write', () => {
    const { list } = setUp(['b', 'a']);
    const listed = list('');
    expect(names(listed)).toEqual(['a', 'b']);
    expect(listed.metadata).toEqual({ resourceVersion: '2' });
  });

  it('pages through the list of the first page although objects come and go', () => {
    const { store, list } = setUp(['a', 'b', 'c', 'd', 'e']);
    const first = list('limit=2');
    expect(names(first)).toEqual(['a', 'b']);
    expect(first.metadata.remainingItemCount).toBe(3);
    store.delete('/configmaps', 'ns', 'c');
    store.create('/configmaps', configMap('bb'));
    const second = list(`limit=2&continue=${first.metadata.continue}`);
    expect(names(second)).toEqual(['c', 'd']);
    expect(second.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
    const third = list(`limit=2&continue=${second.metadata.continue}`);
    expect(names(third)).toEqual(['e']);
    expect(third.metadata.continue).toBeUndefined();
  });

  it('counts a page by what matches, and then does not say how many remain', () => {
    const { list } = setUp(['a', 'b', 'c', 'd', 'e']);
    const first = list('limit=2&labelSelector=odd=true');
    expect(names(first)).toEqual(['a', 'c']);
    expect(first.metadata.remainingItemCount).toBeUndefined();
    expect(names(list(`limit=2&labelSelector=odd=true&continue=${first.metadata.continue}`))).toEqual(['e']);
  });

  it('answers one object by its name without looking at the others', () => {
    const { list } = setUp(['a', 'b']);
    expect(names(list('fieldSelector=metadata.name=b'))).toEqual(['b']);
    expect(names(list('fieldSelector=metadata.name=x'))).toEqual([]);
    expect(names(list('fieldSelector=metadata.name=b&labelSelector=odd=true'))).toEqual([]);
  });

  it('takes version 0 and any that has passed for "whatever there is"', () => {
    const { list } = setUp(['a', 'b']);
    expect(names(list('resourceVersion=0'))).toEqual(['a', 'b']);
    expect(names(list('resourceVersion=1'))).toEqual(['a', 'b']);
    expect(names(list('resourceVersion=1&resourceVersionMatch=NotOlderThan'))).toEqual(['a', 'b']);
  });

  it.each([
    ['a version that is no number', 'resourceVersion=x', 400, 'resourceVersion: Invalid value: "x"'],
    ['a version of the future', 'resourceVersion=99', 504, 'Too large resource version: 99, current: 2'],
    ['exactly a version that has passed', 'resourceVersion=1&resourceVersionMatch=Exact', 410, 'too old'],
    ['a match without a version', 'resourceVersionMatch=Exact', 400, 'resourceVersionMatch is forbidden'],
    ['initial events of a list', 'sendInitialEvents=true', 422, 'sendInitialEvents is forbidden for list'],
    ['a token that was not made here', 'continue=abc', 400, 'continue key is not valid'],
    ['a limit that is no number', 'limit=many', 400, 'parsing "many"'],
  ])('refuses %s', (_what, query, code, message) => {
    const { list } = setUp(['a', 'b']);
    expect(() => list(query)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(message) as string }),
    );
  });

  it('refuses a token whose list was forgotten', () => {
    const { list, store } = setUp(['a', 'b']);
    const token = list('limit=1').metadata.continue;
    for (let n = 0; n < 70; n += 1) {
      store.create('/configmaps', configMap(`x${n}`));
      list('limit=1');
    }
    expect(() => list(`limit=1&continue=${token}`)).toThrow(expect.objectContaining({ code: 410, reason: 'Expired' }));
  });
});
