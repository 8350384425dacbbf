import type { JsonObject } from '../json.js';
import { typeOf } from '../schema.js';
import { type FieldSet, NO_FIELDS, pathSet, union } from './field-set.js';
import { ownedFields } from './owned-fields.js';
import { prune } from './prune.js';

const pod = typeOf('v1', 'Pod');

/** What is left of `merged` when its applier applied `before` and now applies `after`. */
function pruned(merged: JsonObject, before: JsonObject, after: JsonObject, others: FieldSet = NO_FIELDS): JsonObject {
  return prune(pod, merged, ownedFields(pod, before), union(ownedFields(pod, after), others));
}

describe('pruning', () => {
  it('does nothing while everything is still owned', () => {
    const merged = { spec: { nodeName: 'a', hostname: 'h' } };
    expect(pruned(merged, { spec: { nodeName: 'a' } }, { spec: { nodeName: 'b' } })).toBe(merged);
  });

  it('takes out a field that nobody owns any more', () => {
    const merged = { spec: { nodeName: 'a', hostname: 'h' } };
    expect(pruned(merged, merged, { spec: { hostname: 'h' } })).toEqual({ spec: { hostname: 'h' } });
  });

  it('leaves a field that somebody else owns', () => {
    const merged = { spec: { nodeName: 'a', hostname: 'h' } };
    expect(pruned(merged, merged, { spec: { hostname: 'h' } }, pathSet(['f:spec', 'f:nodeName']))).toEqual(merged);
  });

  it('leaves a field that nobody ever owned, in a struct that is still applied', () => {
    const merged = { spec: { nodeName: 'a', hostname: 'h', subdomain: 's' } };
    const before = { spec: { nodeName: 'a', subdomain: 's' } };
    expect(pruned(merged, before, { spec: { subdomain: 's' } })).toEqual({ spec: { hostname: 'h', subdomain: 's' } });
  });

  it('takes an item out with all the defaults in it', () => {
    const merged = { spec: { containers: [{ name: 'a', imagePullPolicy: 'Always' }, { name: 'b' }] } };
    expect(
      pruned(merged, { spec: { containers: [{ name: 'a' }] } }, { spec: { containers: [{ name: 'b' }] } }),
    ).toEqual({
      spec: { containers: [{ name: 'b' }] },
    });
  });

  it('keeps an item of which somebody else owns a field, and that field', () => {
    const merged = { spec: { containers: [{ name: 'a', image: '1', tty: true }] } };
    const item = pathSet(['f:spec', 'f:containers', 'k:{"name":"a"}']);
    const name = pathSet(['f:spec', 'f:containers', 'k:{"name":"a"}', 'f:name']);
    const tty = pathSet(['f:spec', 'f:containers', 'k:{"name":"a"}', 'f:tty']);
    const before = { spec: { containers: [{ name: 'a', image: '1' }] } };
    expect(pruned(merged, before, {}, union(union(item, name), tty))).toEqual({
      spec: { containers: [{ name: 'a', tty: true }] },
    });
  });

  it('takes out a struct that is emptied', () => {
    const merged = { spec: { nodeName: 'n', securityContext: { runAsUser: 1 } } };
    expect(pruned(merged, merged, { spec: { nodeName: 'n' } })).toEqual({ spec: { nodeName: 'n' } });
  });

  it('takes out a struct of which nothing is applied any more, with what nobody owned in it', () => {
    const merged = { spec: { nodeName: 'n', securityContext: { runAsUser: 1, runAsGroup: 2 } } };
    const before = { spec: { nodeName: 'n', securityContext: { runAsUser: 1 } } };
    expect(pruned(merged, before, { spec: { nodeName: 'n' } })).toEqual({ spec: { nodeName: 'n' } });
  });

  it('keeps a struct in which somebody else owns something', () => {
    const merged = { spec: { nodeName: 'n', securityContext: { runAsUser: 1, runAsGroup: 2 } } };
    const before = { spec: { nodeName: 'n', securityContext: { runAsUser: 1 } } };
    const others = pathSet(['f:spec', 'f:securityContext', 'f:runAsGroup']);
    expect(pruned(merged, before, { spec: { nodeName: 'n' } }, others)).toEqual({
      spec: { nodeName: 'n', securityContext: { runAsGroup: 2 } },
    });
  });

  it('takes out an atomic list as a whole, and values of a set one by one', () => {
    const merged = { metadata: { finalizers: ['a', 'b'] }, spec: { tolerations: [{ key: 'x' }], nodeName: 'n' } };
    const others = pathSet(['f:metadata', 'f:finalizers', 'v:"b"']);
    const before = { ...merged, metadata: { finalizers: ['a'] } };
    expect(pruned(merged, before, { spec: { nodeName: 'n' } }, others)).toEqual({
      metadata: { finalizers: ['b'] },
      spec: { nodeName: 'n' },
    });
  });
});
