import type { ServerResponse } from 'node:http';

import { ClusterApi } from '../../../src/kubernetes/cluster-api.client.js';
import { ObjectClient } from '../../../src/kubernetes/object.client.js';
import { ReleaseClient } from '../../../src/kubernetes/release.client.js';
import { ResourceDiscovery } from '../../../src/kubernetes/resource-discovery.client.js';
import { ApiStandIn, json, type SeenRequest } from './api-stand-in.js';

let server: ApiStandIn;
let api: ClusterApi;
let objects: ObjectClient;

beforeEach(async () => {
  server = await ApiStandIn.start();
  api = new ClusterApi(() => server.kubeconfigPath);
  objects = new ObjectClient(api, new ResourceDiscovery(api));
});

afterEach(async () => {
  api.close();
  await server.stop();
});

const verbs = ['list', 'get', 'delete'];
const core = {
  resources: [
    { name: 'secrets', kind: 'Secret', namespaced: true, verbs },
    { name: 'pods', kind: 'Pod', namespaced: true, verbs },
    { name: 'pods/log', kind: 'Pod', namespaced: true, verbs: ['get'] },
    { name: 'events', kind: 'Event', namespaced: true, verbs },
    { name: 'bindings', kind: 'Binding', namespaced: true, verbs: ['create'] },
    { name: 'namespaces', kind: 'Namespace', namespaced: false, verbs },
  ],
};
const metrics = { resources: [{ name: 'pods', kind: 'PodMetrics', namespaced: true, verbs: ['list', 'get'] }] };
const things = { resources: [{ name: 'things', kind: 'Thing', namespaced: true, verbs }] };
const group = (groupVersion: string): object => ({ preferredVersion: { groupVersion } });

const discovery: Record<string, unknown> = {
  '/prefix/api': { versions: ['v1'] },
  '/prefix/api/v1': core,
  '/prefix/apis': { groups: [group('metrics.k8s.io/v1beta1'), group('example.com/v1')] },
  '/prefix/apis/metrics.k8s.io/v1beta1': metrics,
  '/prefix/apis/example.com/v1': things,
};

/** Answers discovery as above, and everything else as the test says. */
function serve(answer: (seen: SeenRequest, response: ServerResponse) => void): void {
  server.answer = (seen, response) => {
    const found = discovery[seen.path];
    if (found === undefined) answer(seen, response);
    else json(response, found);
  };
}

const secret = (name: string): object => ({ metadata: { name, namespace: 'ns' }, data: { x: 'aHVudGVyMg==' } });
const secrets = { apiVersion: 'v1', kind: 'Secret', namespace: 'ns' };
const asked = (path: string): SeenRequest[] => server.requests.filter((seen) => seen.path === path);

describe('a long list', () => {
  const page = (names: string[], more: string): object => ({
    metadata: { resourceVersion: '7', continue: more },
    items: names.map(secret),
  });

  test('is read page by page', async () => {
    serve((seen, response) =>
      json(response, seen.query.get('continue') === 'second' ? page(['c'], '') : page(['a', 'b'], 'second')),
    );
    const found = await objects.listAt(secrets);
    expect(found.items.map((object) => object.metadata.name)).toEqual(['a', 'b', 'c']);
    expect(found).toMatchObject({ resourceVersion: '7', items: [{ apiVersion: 'v1', kind: 'Secret' }, {}, {}] });
    expect(asked('/prefix/api/v1/namespaces/ns/secrets')[0]?.query.get('limit')).toBe('500');
  });

  test('that grows too old between two pages is read from its start', async () => {
    let expired = false;
    serve((seen, response) => {
      if (seen.query.get('continue') === 'second' && !expired) {
        expired = true;
        json(response, { message: 'The provided continue parameter is too old', reason: 'Expired' }, 410);
        return;
      }
      json(response, seen.query.get('continue') === 'second' ? page(['c'], '') : page(['a', 'b'], 'second'));
    });
    expect((await objects.list(secrets)).map((object) => object.metadata.name)).toEqual(['a', 'b', 'c']);
  });

  test('of metadata alone holds no bodies, even from a server that sends them', async () => {
    serve((_seen, response) => json(response, page(['a'], '')));
    expect(await objects.list({ ...secrets, metadataOnly: true })).toEqual([
      { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a', namespace: 'ns' } },
    ]);
    expect(asked('/prefix/api/v1/namespaces/ns/secrets')[0]?.headers.accept).toMatch(/as=PartialObjectMetadataList/);
  });
});

describe('how a kind is addressed', () => {
  test('is asked once, however many ask', async () => {
    serve((_seen, response) => json(response, { metadata: {}, items: [] }));
    await Promise.all([1, 2, 3].map(() => objects.list(secrets)));
    await objects.list(secrets);
    expect(asked('/prefix/api/v1')).toHaveLength(1);
  });

  test('is asked again after a failure', async () => {
    server.answer = (_seen, response) => json(response, { message: 'starting' }, 503);
    await expect(objects.list(secrets)).rejects.toMatchObject({ code: 'cluster_unreachable' });
    serve((_seen, response) => json(response, { metadata: {}, items: [] }));
    expect(await objects.list(secrets)).toEqual([]);
  });

  test('is unknown for a kind and for a group that the cluster lacks', async () => {
    serve((_seen, response) => json(response, { message: 'not found' }, 404));
    await expect(objects.list({ apiVersion: 'v1', kind: 'Nothing' })).rejects.toMatchObject({ code: 'render_failed' });
    await expect(objects.list({ apiVersion: 'no.example.com/v1', kind: 'Thing' })).rejects.toMatchObject({
      code: 'render_failed',
    });
  });

  test('in a namespace needs that namespace', async () => {
    serve((_seen, response) => json(response, {}));
    await expect(objects.get({ apiVersion: 'v1', kind: 'Secret', name: 'a' })).rejects.toThrow(
      'Secret/a has no namespace',
    );
  });
});

test('what a namespace holds leaves out events, measurements, and kinds that went meanwhile', async () => {
  serve((seen, response) => {
    if (seen.path.endsWith('/things')) json(response, { message: 'gone' }, 404);
    else json(response, { metadata: {}, items: [secret(seen.path.split('/').at(-1) ?? '')] });
  });
  const found = await objects.contentsOf('ns');
  expect(found.map((object) => `${object.kind}/${object.metadata.name}`).sort()).toEqual([
    'Pod/pods',
    'Secret/secrets',
  ]);
});

test('what a namespace holds leaves out kinds that Tenantry may not list', async () => {
  serve((seen, response) => {
    if (seen.path.endsWith('/pods')) json(response, { message: 'pods is forbidden' }, 403);
    else json(response, { metadata: {}, items: [secret('kept')] });
  });
  const found = await objects.contentsOf('ns');
  expect(found.map((object) => object.kind)).not.toContain('Pod');
  expect(found.map((object) => object.metadata.name)).toContain('kept');
});

test('a container that has no log yet has an empty one; a server that fails is told', async () => {
  const options = { namespace: 'ns', pod: 'a', container: 'app', tailLines: 20, previous: true };
  serve((_seen, response) => json(response, { message: 'previous terminated container "app" not found' }, 400));
  expect(await objects.logs(options)).toBe('');
  serve((_seen, response) => void response.writeHead(200).end('line\n'));
  expect(await objects.logs(options)).toBe('line\n');
  expect(Object.fromEntries(server.requests.at(-1)?.query ?? [])).toMatchObject({
    container: 'app',
    tailLines: '20',
    previous: 'true',
  });
  serve((_seen, response) => json(response, { message: 'no kubelet' }, 500));
  await expect(objects.logs(options)).rejects.toMatchObject({ code: 'cluster_unreachable' });
});

describe('releases', () => {
  const record = (name: string, version: string, status: string): object => ({
    metadata: {
      name: `sh.helm.release.v1.${name}.v${version}`,
      namespace: 'ns',
      resourceVersion: version,
      labels: { owner: 'helm', name, version, status },
    },
  });

  test('are listed over the whole fleet by label, oldest revision first, without those that are not helm’s', async () => {
    const items = [record('main', '10', 'deployed'), record('main', '9', 'superseded'), secret('stray')];
    serve((_seen, response) => json(response, { metadata: {}, items }));
    const found = await new ReleaseClient(objects).fleet('tenantry.io/instance');
    expect(found.map((metadata) => metadata.revision)).toEqual([9, 10]);
    expect(asked('/prefix/api/v1/secrets')[0]?.query.get('labelSelector')).toBe('owner=helm,tenantry.io/instance');
  });

  test('that are gone when they are to be marked are left alone', async () => {
    serve((seen, response) => {
      if (seen.path.endsWith('/secrets'))
        json(response, { metadata: {}, items: [record('main', '1', 'pending-install')] });
      else json(response, { message: 'not found' }, 404);
    });
    const releases = new ReleaseClient(objects);
    const found = await releases.latest('ns', 'main');
    expect(found).toMatchObject({ status: 'pending-install' });
    if (found !== undefined) await releases.markFailed(found, 'why');
    expect(server.requests.filter((seen) => seen.method === 'PUT')).toEqual([]);
    expect(await releases.record('ns', 'main')).toBeUndefined();
  });
});
