import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import fc from 'fast-check';

import { AppendLog } from './append-log.js';
import type { KubeObject } from './kube-object.js';
import { ObjectStore, type StoreEvent } from './object-store.js';
import { draft } from './testing/draft.js';

interface Operation {
  do: 'create' | 'update' | 'status' | 'finalize' | 'free' | 'delete';
  namespace: string;
  name: string;
  value: number;
}

const operations: fc.Arbitrary<Operation[]> = fc.array(
  fc.record({
    do: fc.constantFrom<Operation['do']>('create', 'update', 'status', 'finalize', 'free', 'delete'),
    namespace: fc.constantFrom('n1', 'n2'),
    name: fc.constantFrom('a', 'b', 'c'),
    value: fc.integer({ min: 0, max: 3 }),
  }),
  { maxLength: 60 },
);

const KEY = 'apps/deployments';

function perform(store: ObjectStore, { do: what, namespace, name, value }: Operation): void {
  const found = store.get(KEY, namespace, name);
  if (what === 'create') {
    if (found === undefined)
      store.create(KEY, draft('apps/v1', 'Deployment', { namespace, name }, { spec: { replicas: value } }));
    return;
  }
  if (found === undefined) return;
  const withFinalizers = (finalizers: string[]) => ({ ...found, metadata: { ...found.metadata, finalizers } });
  if (what === 'update') store.update(KEY, { ...found, spec: { replicas: value } });
  if (what === 'status')
    store.updateStatus(KEY, namespace, name, (object) => ({ ...object, status: { replicas: value } }));
  if (what === 'finalize' && found.metadata.deletionTimestamp === undefined) store.update(KEY, withFinalizers(['x/y']));
  if (what === 'free') store.update(KEY, withFinalizers([]));
  if (what === 'delete') store.delete(KEY, namespace, name);
}

function idOf({ metadata }: KubeObject): string {
  return `${metadata.namespace}/${metadata.name}`;
}

/** The state that somebody has who only saw events. */
function replayed(events: readonly StoreEvent[]): Map<string, KubeObject> {
  const state = new Map<string, KubeObject>();
  for (const { type, object } of events) {
    if (type === 'DELETED') state.delete(idOf(object));
    else state.set(idOf(object), object);
  }
  return state;
}

describe('whatever is written', () => {
  it('events alone give the state', () => {
    fc.assert(
      fc.property(operations, (all) => {
        const store = new ObjectStore();
        const events: StoreEvent[] = [];
        store.subscribe((event) => events.push(event));
        for (const operation of all) perform(store, operation);
        expect([...replayed(events).values()].sort((a, b) => (idOf(a) < idOf(b) ? -1 : 1))).toEqual(store.list(KEY));
      }),
    );
  });

  it('versions only grow, and each event has its own', () => {
    fc.assert(
      fc.property(operations, (all) => {
        const store = new ObjectStore();
        const versions: number[] = [];
        store.subscribe(({ object }) => versions.push(Number(object.metadata.resourceVersion)));
        for (const operation of all) perform(store, operation);
        expect(versions).toEqual([...new Set(versions)].sort((a, b) => a - b));
        expect(store.resourceVersion).toBe(String(versions.at(-1) ?? 0));
      }),
    );
  });

  it('an event says what was before, and generations count changes of the spec alone', () => {
    fc.assert(
      fc.property(operations, (all) => {
        const store = new ObjectStore();
        const last = new Map<string, KubeObject>();
        store.subscribe(({ type, object, previous }) => {
          expect(previous).toBe(type === 'ADDED' ? undefined : last.get(idOf(object)));
          if (type === 'MODIFIED' && previous?.metadata.deletionTimestamp === object.metadata.deletionTimestamp) {
            const changed = JSON.stringify(previous?.['spec']) !== JSON.stringify(object['spec']);
            expect((object.metadata.generation ?? 0) - (previous?.metadata.generation ?? 0)).toBe(changed ? 1 : 0);
          }
          if (type === 'DELETED') last.delete(idOf(object));
          else last.set(idOf(object), object);
        });
        for (const operation of all) perform(store, operation);
      }),
    );
  });

  it('lists are sorted, and a namespace is a part of the whole', () => {
    fc.assert(
      fc.property(operations, (all) => {
        const store = new ObjectStore();
        for (const operation of all) {
          perform(store, operation);
          const ids = store.list(KEY).map(idOf);
          expect(ids).toEqual(ids.toSorted());
          expect([...store.list(KEY, 'n1'), ...store.list(KEY, 'n2')].map(idOf)).toEqual(ids);
        }
      }),
    );
  });

  it('nothing that was answered ever changes', () => {
    fc.assert(
      fc.property(operations, (all) => {
        const store = new ObjectStore();
        const seen: { object: KubeObject; text: string }[] = [];
        store.subscribe(({ object }) => seen.push({ object, text: JSON.stringify(object) }));
        for (const operation of all) perform(store, operation);
        for (const { object, text } of seen) expect(JSON.stringify(object)).toBe(text);
      }),
    );
  });

  it('a restart brings all of it back, however often', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(operations, { minLength: 1, maxLength: 3 }), async (lives) => {
        const directory = await mkdtemp(join(tmpdir(), 'store-'));
        let expected: KubeObject[] = [];
        for (const life of lives) {
          const store = new ObjectStore();
          const log = await AppendLog.open(store, join(directory, 'log'), (object) =>
            Buffer.from(JSON.stringify(object)),
          );
          expect(store.list(KEY)).toEqual(expected);
          for (const operation of life) perform(store, operation);
          expected = store.list(KEY);
          await log.close();
        }
        await rm(directory, { recursive: true });
      }),
      { numRuns: 15 },
    );
  });
});
