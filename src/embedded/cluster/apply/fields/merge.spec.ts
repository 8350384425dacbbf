import * as fc from 'fast-check';

import { type JsonObject, listAt, valueAt } from '../json.js';
import { typeOf } from '../schema.js';
import { mergeApplied } from './merge.js';

const pod = typeOf('v1', 'Pod');
const list = (...names: unknown[]): JsonObject => ({ spec: { containers: names.map((name) => ({ name })) } });

function mergedOrder(live: readonly unknown[], applied: readonly unknown[]): unknown[] {
  const merged = mergeApplied(pod, list(...live), list(...applied));
  return listAt(merged, 'spec', 'containers').map((container) => valueAt(container, 'name'));
}

describe('merging an applied object into the live one', () => {
  it('adds, replaces and leaves', () => {
    const live = { spec: { nodeName: 'a', hostname: 'h' } };
    expect(mergeApplied(pod, live, { spec: { nodeName: 'b', subdomain: 's' } })).toEqual({
      spec: { nodeName: 'b', hostname: 'h', subdomain: 's' },
    });
  });

  it('gives the live object itself back when nothing is new', () => {
    const live = { metadata: { labels: { a: '1' } }, spec: { containers: [{ name: 'a', image: '1' }] } };
    expect(mergeApplied(pod, live, structuredClone(live))).toEqual(live);
    expect(mergeApplied(pod, live, { spec: { containers: [{ name: 'a' }] } })).toBe(live);
  });

  it('merges items by key', () => {
    const live = { spec: { containers: [{ name: 'a', image: '1', tty: true }] } };
    expect(mergeApplied(pod, live, { spec: { containers: [{ name: 'a', image: '2' }] } })).toEqual({
      spec: { containers: [{ name: 'a', image: '2', tty: true }] },
    });
  });

  it('replaces atomic lists and structs', () => {
    const live = { spec: { tolerations: [{ key: 'a' }], nodeSelector: { a: '1' } } };
    const applied = { spec: { tolerations: [{ key: 'b' }], nodeSelector: { b: '2' } } };
    expect(mergeApplied(pod, live, applied)).toEqual(applied);
  });

  it('takes nothing from others for a null object or list, but clears a scalar', () => {
    const live = { metadata: { labels: { a: '1' } }, spec: { nodeName: 'a', containers: [{ name: 'a' }] } };
    const applied = { metadata: { labels: null }, spec: { nodeName: null, containers: null } };
    expect(mergeApplied(pod, live, applied)).toEqual({
      metadata: { labels: { a: '1' } },
      spec: { nodeName: null, containers: [{ name: 'a' }] },
    });
  });

  it.each([
    ['the applied order', ['a', 'b'], ['b', 'a'], ['b', 'a']],
    ['new items where they are applied', ['a', 'b'], ['a', 'x', 'b'], ['a', 'x', 'b']],
    [
      'others before the shared item they stood before',
      ['x', 'a', 'y', 'b', 'z'],
      ['a', 'b'],
      ['x', 'a', 'y', 'b', 'z'],
    ],
    [
      'others where they stood when the shared ones turn',
      ['x', 'a', 'y', 'b', 'z'],
      ['b', 'a'],
      ['x', 'y', 'b', 'z', 'a'],
    ],
    ['others first when all that is applied is new', ['x', 'y'], ['a'], ['x', 'y', 'a']],
    ['everything of an empty live list', [], ['a', 'b'], ['a', 'b']],
  ])('keeps %s', (_what, live, applied, expected) => {
    expect(mergedOrder(live, applied)).toEqual(expected);
  });

  it('holds every item of both exactly once, applied ones in their order, the others in theirs', () => {
    const names = fc.uniqueArray(fc.constantFrom<unknown[]>('a', 'b', 'c', 'd', 'e', 'f'));
    fc.assert(
      fc.property(names, names, (live, applied) => {
        fc.pre(applied.length > 0);
        const order = mergedOrder(live, applied);
        expect(new Set(order)).toEqual(new Set([...live, ...applied]));
        expect(order.filter((name) => applied.includes(name))).toEqual(applied);
        expect(order.filter((name) => !applied.includes(name))).toEqual(live.filter((name) => !applied.includes(name)));
      }),
    );
  });

  it('puts the applied item in the place of two live ones of its name', () => {
    const live = {
      spec: {
        containers: [
          { name: 'a', image: '1' },
          { name: 'a', image: '2' },
        ],
      },
    };
    expect(mergeApplied(pod, live, { spec: { containers: [{ name: 'a', image: '3' }] } })).toEqual({
      spec: { containers: [{ name: 'a', image: '3' }] },
    });
  });
});
