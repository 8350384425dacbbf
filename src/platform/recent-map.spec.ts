import { RecentMap } from './recent-map.js';

describe('a map of what was asked for recently', () => {
  const filled = (): RecentMap<string, number> => {
    const map = new RecentMap<string, number>(3);
    for (const [index, key] of ['a', 'b', 'c'].entries()) map.set(key, index);
    return map;
  };

  it('holds what was put in', () => {
    const map = filled();
    expect([map.get('a'), map.get('b'), map.get('c'), map.get('d'), map.size]).toEqual([0, 1, 2, undefined, 3]);
  });

  it('forgets what was asked for least recently', () => {
    const map = filled();
    map.get('a');
    map.set('d', 3);
    expect(['a', 'b', 'c', 'd'].map((key) => map.get(key))).toEqual([0, undefined, 2, 3]);
  });

  it('takes a new value for an old key without forgetting another', () => {
    const map = filled();
    map.set('a', 9);
    expect([map.get('a'), map.size]).toEqual([9, 3]);
    map.set('d', 3);
    expect(map.get('b')).toBeUndefined();
  });

  it('forgets on demand', () => {
    const map = filled();
    map.forget((value, key) => value > 1 || key === 'a');
    expect([map.get('a'), map.get('b'), map.get('c')]).toEqual([undefined, 1, undefined]);
    map.clear();
    expect(map.size).toBe(0);
  });

  it('does not grow, whatever is put in', () => {
    const map = new RecentMap<number, number>(100);
    for (let n = 0; n < 10_000; n += 1) map.set(n, n);
    expect([map.size, map.get(9_900), map.get(9_899)]).toEqual([100, 9_900, undefined]);
  });
});
