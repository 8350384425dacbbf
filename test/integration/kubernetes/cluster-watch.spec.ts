import type { ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

import { ClusterApi } from '../../../src/kubernetes/cluster-api.client.js';
import { ClusterWatch } from '../../../src/kubernetes/cluster-watch.js';
import type { WatchTiming } from '../../../src/kubernetes/resource-watch.js';
import { SystemClock } from '../../../src/platform/clock.js';
import { ApiStandIn, json, type SeenRequest } from './api-stand-in.js';

const FAST: WatchTiming = { idleMs: 10_000, serverTimeoutSeconds: 300, backoffBaseMs: 10, backoffMaxMs: 50 };

let server: ApiStandIn;
let api: ClusterApi;
let watch: ClusterWatch;
let lists: Record<string, unknown[]>;
let version: number;
const open = new Map<string, ServerResponse>();
const faults: string[] = [];

beforeEach(async () => {
  server = await ApiStandIn.start();
  server.answer = cluster;
  api = new ClusterApi(() => server.kubeconfigPath);
  lists = {};
  version = 100;
  open.clear();
  faults.length = 0;
  use(FAST);
});

afterEach(async () => {
  await watch.stop();
  api.close();
  await server.stop();
});

function use(timing: WatchTiming): void {
  watch = new ClusterWatch(api, new SystemClock(), { timing, onFault: (what) => faults.push(what) });
}

function kindOf(seen: SeenRequest): string {
  return seen.path.split('/').at(-1) ?? '';
}

function cluster(seen: SeenRequest, response: ServerResponse): void {
  if (seen.path.endsWith('/namespaces/ns')) {
    json(response, { message: 'namespaces "ns" not found' }, 404);
    return;
  }
  if (seen.query.get('watch') !== 'true') {
    json(response, { metadata: { resourceVersion: String(version) }, items: lists[kindOf(seen)] ?? [] });
    return;
  }
  response.writeHead(200);
  response.flushHeaders();
  open.set(kindOf(seen), response);
}

function deployment(name: string, resourceVersion: number, namespace = 'ns'): Record<string, unknown> {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace, resourceVersion: String(resourceVersion), managedFields: [{ manager: 'helm' }] },
    spec: { replicas: 1 },
  };
}

function send(kind: string, type: string, object: unknown): void {
  open.get(kind)?.write(`${JSON.stringify({ type, object })}\n`);
}

async function until(wish: () => boolean): Promise<void> {
  for (let tries = 0; tries < 300 && !wish(); tries += 1) await delay(10);
  if (!wish()) throw new Error('did not come about');
}

function watchesOf(kind: string): SeenRequest[] {
  return server.requests.filter((request) => kindOf(request) === kind && request.query.get('watch') === 'true');
}

const names = (): string[] => watch.namespaceState('ns').objects.map((object) => object.metadata.name);

async function started(): Promise<void> {
  watch.start();
  await watch.synced;
  await until(() => open.size === 8);
}

test('lists every kind, then watches from there, with bookmarks, a server’s timeout and labels', async () => {
  lists['deployments'] = [deployment('web', 7)];
  await started();
  expect(names()).toEqual(['web']);
  const seen = server.requests.filter((request) => kindOf(request) === 'deployments');
  expect(seen.map((request) => request.query.get('labelSelector'))).toEqual([
    'app.kubernetes.io/managed-by=Helm',
    'app.kubernetes.io/managed-by=Helm',
  ]);
  expect(Object.fromEntries(seen[1]?.query ?? [])).toMatchObject({
    watch: 'true',
    allowWatchBookmarks: 'true',
    resourceVersion: '100',
  });
  expect(Number(seen[1]?.query.get('timeoutSeconds'))).toBeGreaterThanOrEqual(240);
  expect(watch.lastContactAt).toBeInstanceOf(Date);
});

test('asks for nothing but the metadata of releases', async () => {
  const release = { owner: 'helm', name: 'main', version: '1', status: 'deployed' };
  const metadata = { name: 'sh.helm.release.v1.main.v1', namespace: 'ns', resourceVersion: '9', labels: release };
  lists['secrets'] = [{ metadata, data: { release: 'secret' } }];
  await started();
  expect(watch.namespaceState('ns').releases).toMatchObject([{ name: 'main', revision: 1, status: 'deployed' }]);
  expect(server.requests.find((request) => kindOf(request) === 'secrets')?.headers.accept).toContain(
    'as=PartialObjectMetadataList',
  );
});

test('tells each change once, in order', async () => {
  await started();
  const told: string[] = [];
  watch.subscribe((namespace, change) => told.push(`${namespace} ${change.type} ${change.object.metadata.name}`));
  send('deployments', 'ADDED', deployment('web', 101));
  send('deployments', 'MODIFIED', deployment('web', 102));
  send('deployments', 'MODIFIED', deployment('web', 102));
  send('deployments', 'DELETED', deployment('web', 103));
  await until(() => told.length >= 3);
  expect(told).toEqual(['ns added web', 'ns modified web', 'ns deleted web']);
});

test('a listener that throws harms nobody else', async () => {
  await started();
  const told: string[] = [];
  watch.subscribe(() => {
    throw new Error('mine');
  });
  const end = watch.subscribe((namespace) => told.push(namespace));
  send('deployments', 'ADDED', deployment('web', 101));
  await until(() => told.length === 1);
  expect(faults).toEqual(['a listener of the cluster watch threw']);
  end();
  send('deployments', 'DELETED', deployment('web', 102));
  await until(() => names().length === 0);
  expect(told).toHaveLength(1);
});

describe('a watch that ends', () => {
  test('goes on from the last version it heard, bookmarks too', async () => {
    await started();
    send('deployments', 'BOOKMARK', { kind: 'Deployment', metadata: { resourceVersion: '555' } });
    await delay(20);
    open.get('deployments')?.end();
    await until(() => watchesOf('deployments').length === 2);
    expect(watchesOf('deployments')[1]?.query.get('resourceVersion')).toBe('555');
  });

  test('because its version is too old is listed anew, and what went meanwhile is told', async () => {
    lists['deployments'] = [deployment('old', 7), deployment('kept', 8)];
    await started();
    lists['deployments'] = [deployment('kept', 8), deployment('new', 150)];
    version = 200;
    send('deployments', 'ERROR', { kind: 'Status', code: 410, reason: 'Expired' });
    open.get('deployments')?.end();
    await until(() => names().includes('new'));
    expect(names().sort()).toEqual(['kept', 'new']);
    expect(faults).toEqual([]);
  });

  test('by silence is made anew', async () => {
    await watch.stop();
    use({ ...FAST, idleMs: 150 });
    await started();
    await until(() => watchesOf('deployments').length >= 3);
    expect(faults.length).toBeGreaterThan(0);
  });

  test('at once, again and again, does not spin', async () => {
    server.answer = (seen, response) => {
      if (seen.query.get('watch') === 'true') response.writeHead(200).end();
      else cluster(seen, response);
    };
    watch.start();
    await watch.synced;
    await delay(300);
    expect(watchesOf('deployments').length).toBeLessThan(15);
    expect(watch.faults.get('Deployment')).toBe('the watch ended at once');
  });
});

test('an API server that is away is tried again, and then everything is as it is', async () => {
  server.answer = (_seen, response) => json(response, { message: 'starting' }, 503);
  watch.start();
  await until(() => faults.length > 10);
  expect(watch.isSynced).toBe(false);
  expect(watch.faults.get('Deployment')).toBe('starting');
  lists['deployments'] = [deployment('web', 7)];
  server.answer = cluster;
  await watch.synced;
  expect(names()).toEqual(['web']);
  await until(() => watch.faults.size === 0);
});

describe('waiting', () => {
  test('ends with the change that fulfils it', async () => {
    await started();
    const waiting = watch.waitFor('ns', (state) => state.objects.length === 2, { timeoutMs: 5_000 });
    send('deployments', 'ADDED', deployment('elsewhere', 101, 'other'));
    send('deployments', 'ADDED', deployment('a', 102));
    send('deployments', 'ADDED', deployment('b', 103));
    expect(await waiting).toMatchObject({ met: true, state: { namespace: 'ns' } });
  });

  test('ends at once when it is so already', async () => {
    await started();
    expect(await watch.waitFor('ns', () => true, { timeoutMs: 1 })).toMatchObject({ met: true });
  });

  test('ends when the time is over, with what is known', async () => {
    lists['deployments'] = [deployment('web', 7)];
    await started();
    const waited = await watch.waitFor('ns', () => false, { timeoutMs: 30 });
    expect(waited.met).toBe(false);
    expect(waited.state.objects).toHaveLength(1);
  });

  test('ends with the caller’s reason when the caller stops, and with the wish’s own error', async () => {
    await started();
    const why = new Error('enough');
    const stop = new AbortController();
    const waiting = watch.waitFor('ns', () => false, { timeoutMs: 5_000, signal: stop.signal });
    stop.abort(why);
    await expect(waiting).rejects.toBe(why);
    let asked = 0;
    const failing = watch.waitFor(
      'ns',
      () => {
        asked += 1;
        if (asked > 1) throw new Error('bad wish');
        return false;
      },
      { timeoutMs: 5_000 },
    );
    send('deployments', 'ADDED', deployment('a', 102));
    await expect(failing).rejects.toThrow('bad wish');
  });
});

test('a direct read is taken up, and an older watch event does not undo it', async () => {
  lists['deployments'] = [deployment('web', 7)];
  await started();
  lists['deployments'] = [deployment('web', 120)];
  lists['pods'] = [{ metadata: { name: 'web-1', namespace: 'ns' } }];
  version = 130;
  const read = await watch.readNamespace('ns');
  expect(read).toMatchObject({ phase: 'absent', pods: [{ kind: 'Pod', metadata: { name: 'web-1' } }] });
  send('deployments', 'MODIFIED', deployment('web', 110));
  send('deployments', 'ADDED', deployment('later', 140));
  await until(() => names().includes('later'));
  expect(watch.namespaceState('ns').objects.find((object) => object.metadata.name === 'web')?.metadata).toMatchObject({
    resourceVersion: '120',
  });
});

test('keeps nothing of field managers', async () => {
  lists['deployments'] = [deployment('web', 7)];
  await started();
  expect(JSON.stringify(watch.namespaceState('ns'))).not.toContain('managedFields');
});

test('stopping before the first list tells whoever waits, and ends every connection', async () => {
  server.answer = () => undefined;
  watch.start();
  const waiting = watch.synced;
  await watch.stop();
  await expect(waiting).rejects.toThrow('stopped');
});
