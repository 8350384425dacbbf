import { typeOf } from '../schema.js';
import type { JsonObject } from '../json.js';
import { compare } from './comparison.js';

const pod = typeOf('v1', 'Pod');
const spec = (members: JsonObject): JsonObject => ({ spec: members });
const container = (name: string, more: JsonObject = {}): JsonObject => ({ name, ...more });

function difference(before: JsonObject, after: JsonObject): unknown {
  return compare(pod, spec(before), spec(after));
}

const changed = (set: JsonObject): unknown => ({ changed: { 'f:spec': set }, removed: {} });
const removed = (set: JsonObject): unknown => ({ changed: {}, removed: { 'f:spec': set } });
const same = { changed: {}, removed: {} };

function env(...values: string[]): JsonObject {
  return { containers: [container('a', { env: values.map((value) => ({ name: 'X', value })) })] };
}

function atVariable(set: JsonObject): JsonObject {
  return { 'f:containers': { 'k:{"name":"a"}': { 'f:env': { 'k:{"name":"X"}': set } } } };
}

describe('comparing two objects', () => {
  it('finds nothing between equal ones', () => {
    const one = { nodeName: 'a', containers: [container('app', { image: 'a' })] };
    expect(difference(one, structuredClone(one))).toEqual(same);
  });

  it('does not look into what both share', () => {
    const shared = Object.freeze({
      get nodeName(): string {
        throw new Error('looked into');
      },
    });
    expect(compare(pod, { kind: 'a', spec: shared }, { kind: 'b', spec: shared })).toEqual({
      changed: { 'f:kind': {} },
      removed: {},
    });
  });

  it.each([
    ['a changed scalar', { nodeName: 'a' }, { nodeName: 'b' }, changed({ 'f:nodeName': {} })],
    ['a new scalar', {}, { nodeName: 'b' }, changed({ 'f:nodeName': {} })],
    ['a removed scalar', { nodeName: 'a' }, {}, removed({ 'f:nodeName': {} })],
    ['an atomic list', { tolerations: [] }, { tolerations: [{ key: 'a' }] }, changed({ 'f:tolerations': {} })],
    ['an atomic map', { nodeSelector: { a: '1' } }, { nodeSelector: {} }, changed({ 'f:nodeSelector': {} })],
    ['an empty struct for none', {}, { securityContext: {} }, changed({ 'f:securityContext': {} })],
    ['none for an empty struct', { securityContext: {} }, {}, removed({ 'f:securityContext': {} })],
    [
      'a new struct, which is new itself and in what it holds',
      {},
      { securityContext: { runAsUser: 1 } },
      changed({ 'f:securityContext': { '.': {}, 'f:runAsUser': {} } }),
    ],
    [
      'a field in an empty struct that was there',
      { securityContext: {} },
      { securityContext: { runAsUser: 1 } },
      changed({ 'f:securityContext': { 'f:runAsUser': {} } }),
    ],
    [
      'an item that came',
      { containers: [container('a')] },
      { containers: [container('b'), container('a')] },
      changed({ 'f:containers': { 'k:{"name":"b"}': { '.': {}, 'f:name': {} } } }),
    ],
    [
      'an item that went',
      { containers: [container('a'), container('b')] },
      { containers: [container('a')] },
      removed({ 'f:containers': { 'k:{"name":"b"}': { '.': {}, 'f:name': {} } } }),
    ],
    [
      'a field of an item',
      { containers: [container('a', { image: '1' })] },
      { containers: [container('a', { image: '2' })] },
      changed({ 'f:containers': { 'k:{"name":"a"}': { 'f:image': {} } } }),
    ],
    [
      'only another order of items',
      { containers: [container('a'), container('b')] },
      { containers: [container('b'), container('a')] },
      same,
    ],
  ])('finds %s', (_what, before, after, expected) => {
    expect(difference(before, after)).toEqual(expected);
  });

  it('takes a struct that is always there for an empty one', () => {
    expect(compare(pod, {}, { spec: { nodeName: 'a' } })).toEqual(changed({ 'f:nodeName': {} }));
    expect(compare(pod, { spec: { nodeName: 'a' } }, {})).toEqual(removed({ 'f:nodeName': {} }));
    expect(compare(pod, {}, { metadata: {}, status: {} })).toEqual(same);
  });

  it('takes a list that is always there for one without items', () => {
    const items = { 'k:{"name":"a"}': { '.': {}, 'f:name': {} } };
    expect(difference({}, { containers: [container('a')] })).toEqual(changed({ 'f:containers': items }));
    expect(difference({}, { initContainers: [container('a')] })).toEqual(
      changed({ 'f:initContainers': { '.': {}, ...items } }),
    );
  });

  it('takes a null list for one without items, so that new items are new and the list is not', () => {
    expect(difference({ containers: null }, { containers: [container('a')] })).toEqual(
      changed({ 'f:containers': { 'k:{"name":"a"}': { '.': {}, 'f:name': {} } } }),
    );
  });

  describe('when an update names an item twice', () => {
    it('marks the item as changed', () => {
      const found = compare(pod, spec(env('1')), spec(env('1', '2')));
      expect(found.changed).toEqual({ 'f:spec': atVariable({}) });
      expect(found.removed).toEqual({ 'f:spec': atVariable({ '.': {}, 'f:name': {}, 'f:value': {} }) });
    });

    it('finds nothing while both stay as they are', () => {
      expect(difference(env('1', '2'), env('1', '2'))).toEqual(same);
    });

    it('compares both together', () => {
      expect(difference(env('1', '2'), env('1', '3'))).toEqual(changed(atVariable({})));
    });

    it('marks it as new when one of them goes', () => {
      const found = compare(pod, spec(env('1', '2')), spec(env('1')));
      expect(found.changed).toEqual({ 'f:spec': atVariable({ '.': {}, 'f:name': {}, 'f:value': {} }) });
      expect(found.removed).toEqual({ 'f:spec': atVariable({}) });
    });
  });
});
