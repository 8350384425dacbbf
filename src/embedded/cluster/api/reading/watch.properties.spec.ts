import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';

import fc from 'fast-check';

import type { KubeObject } from '../../store/kube-object.js';
import { ObjectStore } from '../../store/object-store.js';
import { draft } from '../../store/testing/draft.js';
import { EventHistory } from './event-history.js';
import { ListSnapshots } from './list-snapshots.js';
import { readList } from './list.js';
import { selectorOf } from './query.js';
import { watchAnswer } from './watch.js';
import { WatchHub } from './watch-hub.js';

const KEY = '/configmaps';

interface Operation {
  do: 'put' | 'delete';
  namespace: string;
  name: string;
  team: string;
  value: number;
}

const operation: fc.Arbitrary<Operation> = fc.record({
  do: fc.constantFrom<Operation['do']>('put', 'put', 'put', 'delete'),
  namespace: fc.constantFrom('n1', 'n2'),
  name: fc.constantFrom('a', 'b', 'c', 'd'),
  team: fc.constantFrom('x', 'y'),
  value: fc.integer({ min: 0, max: 9 }),
});

const scenario = fc.record({
  before: fc.array(operation, { maxLength: 20 }),
  between: fc.array(operation, { maxLength: 20 }),
  after: fc.array(operation, { maxLength: 20 }),
  query: fc.constantFrom(
    '',
    'labelSelector=team%3Dx',
    'fieldSelector=metadata.name%21%3Da',
    'labelSelector=team+in+(x,y)',
  ),
  namespace: fc.constantFrom(undefined, 'n1'),
});

function perform(store: ObjectStore, { do: what, namespace, name, team, value }: Operation): void {
  const found = store.get(KEY, namespace, name);
  if (what === 'delete') store.delete(KEY, namespace, name);
  else if (found === undefined)
    store.create(
      KEY,
      draft('v1', 'ConfigMap', { namespace, name, labels: { team } }, { data: { value: String(value) } }),
    );
  else
    store.update(KEY, { ...found, metadata: { ...found.metadata, labels: { team } }, data: { value: String(value) } });
}

function idOf({ metadata }: KubeObject): string {
  return `${metadata.namespace}/${metadata.name}`;
}

/** Collects what is written to it, as a client does. */
class Client extends EventEmitter {
  readonly state = new Map<string, KubeObject>();
  marks = 0;
  writableLength = 0;

  constructor(initial: readonly KubeObject[]) {
    super();
    for (const object of initial) this.state.set(idOf(object), object);
  }

  writeHead(): void {}
  flushHeaders(): void {}
  end(): void {}

  write(bytes: Buffer): void {
    for (const line of bytes
      .toString()
      .split('\n')
      .filter((text) => text !== '')) {
      const { type, object } = JSON.parse(line) as { type: string; object: KubeObject };
      if (type === 'DELETED') this.state.delete(idOf(object));
      else if (type === 'BOOKMARK') this.marks += 1;
      else this.state.set(idOf(object), object);
    }
  }

  get known(): KubeObject[] {
    return [...this.state.values()].sort((a, b) => (idOf(a) < idOf(b) ? -1 : 1));
  }
}

interface Server {
  store: ObjectStore;
  watch(client: Client, query: string, namespace: string | undefined): void;
  list(query: string, namespace: string | undefined): ReturnType<typeof readList>;
  close(): void;
}

function serve(): Server {
  const store = new ObjectStore();
  const history = new EventHistory(store);
  const hub = new WatchHub(store);
  const snapshots = new ListSnapshots();
  return {
    store,
    list: (query, namespace) => readList(store, snapshots, KEY, namespace, new URLSearchParams(query)),
    watch(client, query, namespace) {
      const view = { key: KEY, namespace, apiVersion: 'v1', kind: 'ConfigMap' };
      const answer = watchAnswer(store, history, hub, view, new URLSearchParams(query));
      if ('stream' in answer) answer.stream(client as unknown as ServerResponse);
    },
    close() {
      hub.close();
      history.close();
    },
  };
}

/** What a fresh list would say. */
function truth({ store }: Server, query: string, namespace: string | undefined): KubeObject[] {
  const wanted = selectorOf(KEY, new URLSearchParams(query)) ?? (() => true);
  return store.list(KEY, namespace).filter((object) => wanted(object));
}

describe('whatever happens before, between and after', () => {
  it('a list and a watch from its version know what a fresh list says', () => {
    fc.assert(
      fc.property(scenario, ({ before, between, after, query, namespace }) => {
        const server = serve();
        for (const each of before) perform(server.store, each);
        const listed = server.list(query, namespace);
        const client = new Client(listed.items);
        for (const each of between) perform(server.store, each);
        server.watch(client, `${query}&watch=true&resourceVersion=${listed.metadata.resourceVersion}`, namespace);
        for (const each of after) perform(server.store, each);
        const expected = truth(server, query, namespace);
        server.close();
        if (listed.metadata.resourceVersion !== '0') expect(client.known).toEqual(expected);
      }),
    );
  });

  it('a watch list alone knows it too, and has its mark once', () => {
    fc.assert(
      fc.property(scenario, ({ before, after, query, namespace }) => {
        const server = serve();
        for (const each of before) perform(server.store, each);
        const client = new Client([]);
        const initial = 'watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
        server.watch(client, `${query}&${initial}`, namespace);
        for (const each of after) perform(server.store, each);
        expect(client.known).toEqual(truth(server, query, namespace));
        expect(client.marks).toBe(1);
        server.close();
      }),
    );
  });

  it('a list in pages is the list of its first page', () => {
    fc.assert(
      fc.property(scenario, fc.integer({ min: 1, max: 3 }), ({ before, between, query, namespace }, limit) => {
        const server = serve();
        for (const each of before) perform(server.store, each);
        const whole = server.list(query, namespace).items;
        const pages: KubeObject[] = [];
        let next = server.list(`${query}&limit=${limit}`, namespace);
        pages.push(...next.items);
        while (next.metadata.continue !== undefined) {
          const change = between.pop();
          if (change !== undefined) perform(server.store, change);
          next = server.list(`${query}&limit=${limit}&continue=${next.metadata.continue}`, namespace);
          pages.push(...next.items);
        }
        expect(pages).toEqual(whole);
        server.close();
      }),
    );
  });

  it('events that are withheld come in order when they are let through', () => {
    fc.assert(
      fc.property(scenario, ({ before, between, after, query, namespace }) => {
        const store = new ObjectStore();
        const hub = new WatchHub(store);
        const history = new EventHistory(store);
        const client = new Client([]);
        const view = { key: KEY, namespace, apiVersion: 'v1', kind: 'ConfigMap' };
        const answer = watchAnswer(store, history, hub, view, new URLSearchParams(`${query}&watch=true`));
        if ('stream' in answer) answer.stream(client as unknown as ServerResponse);
        for (const each of before) perform(store, each);
        const release = hub.withhold();
        const seen = client.known;
        for (const each of between) perform(store, each);
        expect(client.known).toEqual(seen);
        release();
        for (const each of after) perform(store, each);
        const wanted = selectorOf(KEY, new URLSearchParams(query)) ?? (() => true);
        expect(client.known).toEqual(store.list(KEY, namespace).filter((object) => wanted(object)));
        hub.close();
        history.close();
      }),
    );
  });
});
