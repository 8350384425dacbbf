import { EmbeddedCluster } from '../../../src/embedded/cluster/embedded-cluster.js';
import { type Requests, requestsTo, type Watched } from './api-requests.js';

const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';
const WATCH_LIST = 'watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';

let cluster: EmbeddedCluster;
let api: Requests;
let namespaces = 0;
let path: string;
const open: Watched[] = [];

beforeAll(async () => {
  cluster = await EmbeddedCluster.start();
  api = await requestsTo(cluster);
});

beforeEach(async () => {
  namespaces += 1;
  path = `/api/v1/namespaces/w${namespaces}/secrets`;
  await api.post('/api/v1/namespaces', { metadata: { name: `w${namespaces}` } });
});

afterEach(() => {
  for (const watched of open.splice(0)) watched.close();
});

afterAll(() => cluster.stop());

async function create(name: string, labels: Record<string, string> = {}): Promise<string> {
  const { body } = await api.post(path, { metadata: { name, labels } });
  return body.metadata?.resourceVersion ?? '';
}

async function watch(query: string, headers: Record<string, string> = {}): Promise<Watched> {
  const watched = await api.watch(`${path}?${query}`, { headers });
  open.push(watched);
  return watched;
}

describe('a watch', () => {
  it('from a version replays what came after it, and goes on', async () => {
    const version = await create('a');
    await create('b');
    const watched = await watch(`watch=true&resourceVersion=${version}`);
    expect(await watched.take(1)).toEqual(['ADDED b']);
    await api.patch(`${path}/a`, { stringData: { x: '1' } });
    await api.delete(`${path}/b`);
    expect(await watched.take(2)).toEqual(['MODIFIED a', 'DELETED b']);
  });

  it.each(['watch=true', 'watch=true&resourceVersion=0'])('with %s begins with what is there', async (query) => {
    await create('a');
    await create('b');
    const watched = await watch(query);
    expect(await watched.take(2)).toEqual(['ADDED a', 'ADDED b']);
  });

  it('sees only its own namespace and type', async () => {
    const version = await create('a');
    const watched = await watch(`watch=true&resourceVersion=${version}`);
    await api.post('/api/v1/namespaces/default/secrets', { metadata: { name: `other-${namespaces}` } });
    await api.post(path.replace('secrets', 'configmaps'), { metadata: { name: 'c' } });
    await create('b');
    expect(await watched.take(1)).toEqual(['ADDED b']);
  });

  it('with a selector sees things come into it and leave it', async () => {
    const version = await create('a', { team: 'x' });
    const watched = await watch(`watch=true&resourceVersion=${version}&labelSelector=team%3Dx`);
    await create('b', { team: 'y' });
    await api.patch(`${path}/b`, { metadata: { labels: { team: 'x' } } });
    await api.patch(`${path}/a`, { metadata: { labels: { team: 'y' } } });
    expect(await watched.take(2)).toEqual(['ADDED b', 'DELETED a']);
  });

  it('of a version that is forgotten says so in the stream, as 410', async () => {
    const watched = await watch('watch=true&resourceVersion=1');
    const event = await watched.next();
    expect(event).toMatchObject({ type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired' } });
    expect(event?.object.message).toMatch(/^too old resource version: 1 \(\d+\)$/);
    expect(await watched.next()).toBeUndefined();
  });

  it('of a version of the future is refused', async () => {
    const answer = await api.get(`${path}?watch=true&resourceVersion=99999999`);
    expect(answer).toMatchObject({
      code: 504,
      body: { reason: 'Timeout', details: { causes: [{ reason: 'ResourceVersionTooLarge' }] } },
    });
  });

  it('ends at its timeout, with a last bookmark for those who want one', async () => {
    const version = await create('a');
    const watched = await watch(`watch=true&resourceVersion=${version}&timeoutSeconds=1&allowWatchBookmarks=true`);
    expect(await watched.take(2)).toEqual(['BOOKMARK']);
  });

  it('can show tables', async () => {
    const version = await create('a');
    const watched = await watch(`watch=true&resourceVersion=${version}`, { accept: TABLE });
    await create('b');
    expect(await watched.next()).toMatchObject({
      type: 'ADDED',
      object: { kind: 'Table', rows: [{ object: { metadata: { name: 'b' } } }] },
    });
  });

  it('shows another version of a type in that version', async () => {
    const scalers = path.replace('/api/v1', '/apis/autoscaling/v1').replace('secrets', 'horizontalpodautoscalers');
    const watched = await api.watch(`${scalers}?watch=true`);
    open.push(watched);
    await api.post(scalers, {
      metadata: { name: 'h' },
      spec: { maxReplicas: 2, targetCPUUtilizationPercentage: 70, scaleTargetRef: { kind: 'Deployment', name: 'd' } },
    });
    expect(await watched.next()).toMatchObject({
      object: { apiVersion: 'autoscaling/v1', spec: { targetCPUUtilizationPercentage: 70 } },
    });
  });

  it('leaves nothing behind when its client goes', async () => {
    const watched = await watch('watch=true');
    watched.close();
    await create('later');
    expect((await api.get(path)).code).toBe(200);
  });
});

describe('a watch list', () => {
  it('sends what is there, marks the end of it, and goes on', async () => {
    await create('a');
    const watched = await watch(WATCH_LIST);
    expect(await watched.take(1)).toEqual(['ADDED a']);
    const mark = await watched.next();
    expect(mark).toMatchObject({
      type: 'BOOKMARK',
      object: { kind: 'Secret', apiVersion: 'v1', metadata: { annotations: { 'k8s.io/initial-events-end': 'true' } } },
    });
    await create('b');
    expect(await watched.take(1)).toEqual(['ADDED b']);
  });

  it('of nothing is only the mark', async () => {
    expect(await (await watch(WATCH_LIST)).take(1)).toEqual(['BOOKMARK']);
  });

  it.each([
    [
      'without NotOlderThan',
      'watch=1&sendInitialEvents=true',
      'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan',
    ],
    [
      'as a plain watch',
      'watch=1&resourceVersionMatch=NotOlderThan&resourceVersion=1',
      'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided',
    ],
  ])('%s is refused, so that clients fall back', async (_what, query, message) => {
    const answer = await api.get(`${path}?${query}`);
    expect(answer.code).toBe(422);
    expect(answer.body.message).toContain(message);
  });
});
