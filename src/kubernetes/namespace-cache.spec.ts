import * as fc from 'fast-check';

import type { KubernetesObject } from './kubernetes-object.js';
import { NamespaceCache } from './namespace-cache.js';

function object(name: string, resourceVersion: number, kind = 'Deployment', namespace = 'ns'): KubernetesObject {
  return { apiVersion: 'x/v1', kind, metadata: { name, namespace, resourceVersion: String(resourceVersion) } };
}

let cache: NamespaceCache;
const names = (): string[] =>
  cache.objectsOf('ns').map((found) => `${found.metadata.name}@${found.metadata.resourceVersion}`);

beforeEach(() => {
  cache = new NamespaceCache();
});

test('news is told once, with what was before', () => {
  expect(cache.upsert(object('a', 1))).toMatchObject({ type: 'added', namespace: 'ns', before: undefined });
  expect(cache.upsert(object('a', 2))).toMatchObject({
    type: 'modified',
    before: { metadata: { resourceVersion: '1' } },
  });
  expect(cache.upsert(object('a', 2))).toBeUndefined();
  expect(cache.remove(object('a', 3))).toMatchObject({
    type: 'deleted',
    before: { metadata: { resourceVersion: '2' } },
  });
  expect(cache.remove(object('a', 3))).toBeUndefined();
  expect(cache.namespaceNames).toEqual([]);
});

test('a namespace stands in its own entry', () => {
  cache.upsert({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'ns', resourceVersion: '1' } });
  cache.upsert(object('a', 2));
  expect(cache.objectsOf('ns').map((found) => found.kind)).toEqual(['Namespace', 'Deployment']);
});

test('a list replaces one kind and leaves the others', () => {
  cache.upsert(object('a', 1));
  cache.upsert(object('b', 2));
  cache.upsert(object('c', 3, 'StatefulSet'));
  const changes = cache.replace('Deployment', undefined, [object('b', 2), object('d', 4)], '5');
  expect(changes.map((change) => `${change.type} ${change.object.metadata.name}`)).toEqual(['deleted a', 'added d']);
  expect(names()).toEqual(['b@2', 'c@3', 'd@4']);
});

test('a list of one namespace says nothing of another', () => {
  cache.upsert(object('a', 1, 'Deployment', 'other'));
  cache.replace('Deployment', 'ns', [], '9');
  expect(cache.objectsOf('other')).toHaveLength(1);
});

describe('when a read runs ahead of the watch', () => {
  test('older news of the watch changes nothing', () => {
    cache.upsert(object('a', 1));
    cache.replace('Deployment', 'ns', [object('a', 5)], '6');
    expect(cache.upsert(object('a', 3))).toBeUndefined();
    expect(names()).toEqual(['a@5']);
  });

  test('what the read proved absent is not revived, until it is made anew', () => {
    cache.upsert(object('a', 1));
    cache.replace('Deployment', 'ns', [], '6');
    expect(cache.upsert(object('a', 4))).toBeUndefined();
    expect(cache.remove(object('a', 5))).toBeUndefined();
    expect(cache.upsert(object('a', 8))).toMatchObject({ type: 'added' });
  });

  test('an old deletion does not remove what was made anew', () => {
    cache.upsert(object('a', 1));
    cache.replace('Deployment', 'ns', [object('a', 9)], '9');
    expect(cache.remove(object('a', 5))).toBeUndefined();
    expect(names()).toEqual(['a@9']);
  });

  test('what was made after the read is kept', () => {
    cache.upsert(object('a', 9));
    cache.replace('Deployment', 'ns', [], '6');
    expect(names()).toEqual(['a@9']);
  });
});

test('in whatever order a watch and reads are interleaved, the end is the truth', () => {
  const history = fc.array(
    fc.record({ name: fc.constantFrom('a', 'b', 'c'), gone: fc.boolean(), read: fc.boolean() }),
    {
      maxLength: 30,
    },
  );
  fc.assert(
    fc.property(history, fc.nat({ max: 5 }), (steps, lag) => {
      const tested = new NamespaceCache();
      const truth = new Map<string, KubernetesObject>();
      const pipe: (() => void)[] = [];
      steps.forEach(({ name, gone, read }, index) => {
        const version = index + 1;
        const existed = truth.has(name);
        if (gone) truth.delete(name);
        else truth.set(name, object(name, version));
        if (!gone || existed) {
          pipe.push(() => (gone ? tested.remove(object(name, version)) : tested.upsert(object(name, version))));
        }
        while (pipe.length > lag) pipe.shift()?.();
        if (read) tested.replace('Deployment', 'ns', [...truth.values()], String(version));
      });
      for (const deliver of pipe) deliver();
      expect(versions(tested.objectsOf('ns'))).toEqual(versions(truth.values()));
    }),
  );
});

function versions(objects: Iterable<KubernetesObject>): string[] {
  return [...objects].map((found) => `${found.metadata.name}@${found.metadata.resourceVersion}`).sort();
}
