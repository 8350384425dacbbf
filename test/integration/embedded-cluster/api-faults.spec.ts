import { setTimeout as sleep } from 'node:timers/promises';

import { EmbeddedCluster } from '../../../src/embedded/cluster/embedded-cluster.js';
import { type Requests, requestsTo } from './api-requests.js';

const SECRETS = '/api/v1/namespaces/default/secrets';

let cluster: EmbeddedCluster;
let api: Requests;

beforeAll(async () => {
  cluster = await EmbeddedCluster.start();
  api = await requestsTo(cluster);
});

afterEach(() => cluster.faults.clear());

afterAll(() => cluster.stop());

describe('faults at the API', () => {
  it('delay answers until they are lifted', async () => {
    const lift = cluster.faults.latency(2_000);
    const start = performance.now();
    await api.get(SECRETS);
    expect(performance.now() - start).toBeGreaterThan(1_900);
    lift();
    const again = performance.now();
    await api.get(SECRETS);
    expect(performance.now() - again).toBeLessThan(1_500);
  });

  it.each([
    [500, 'InternalError'],
    [429, 'TooManyRequests'],
    [409, 'Conflict'],
  ] as const)('answer %d so many times', async (code, reason) => {
    cluster.faults.status(code, { times: 2 });
    expect(await api.get(SECRETS)).toMatchObject({ code, body: { kind: 'Status', reason } });
    expect(await api.get(SECRETS)).toMatchObject({ code });
    expect(await api.get(SECRETS)).toMatchObject({ code: 200 });
  });

  it('tell a client that asks too much when to come again', async () => {
    cluster.faults.status(429, { times: 1 });
    expect((await api.get(SECRETS)).headers['retry-after']).toBe('1');
  });

  it('meet only the requests they are for', async () => {
    cluster.faults.status(500, { method: 'POST', path: /secrets$/ });
    expect((await api.get(SECRETS)).code).toBe(200);
    expect((await api.post(SECRETS.replace('secrets', 'configmaps'), { metadata: { name: 'c' } })).code).toBe(201);
    expect((await api.post(SECRETS, { metadata: { name: 's' } })).code).toBe(500);
  });

  it('drop connections without an answer', async () => {
    cluster.faults.drop({ times: 1 });
    await expect(api.get(SECRETS)).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect((await api.get(SECRETS)).code).toBe(200);
  });

  it('hang without an answer', async () => {
    cluster.faults.hang({ path: '/hanging-', times: 1 });
    const hanging = api.get('/api/v1/namespaces/hanging-here').then(
      () => 'answered',
      () => 'cut off',
    );
    expect(await Promise.race([hanging, sleep(300, 'hangs')])).toBe('hangs');
    await cluster.pause();
    await cluster.resume();
    expect(await hanging).toBe('cut off');
  });

  it('withhold watch events, which come when they are let through', async () => {
    const version = (await api.get(SECRETS)).body.metadata?.resourceVersion;
    const watched = await api.watch(`${SECRETS}?watch=true&resourceVersion=${version}`);
    const release = cluster.faults.withholdWatch();
    await api.post(SECRETS, { metadata: { name: 'unseen' } });
    const seen = watched.take(1);
    expect(await Promise.race([seen, sleep(200, 'nothing')])).toBe('nothing');
    release();
    expect(await seen).toEqual(['ADDED unseen']);
    watched.close();
  });
});

describe('a server that goes and comes back', () => {
  it('refuses connections meanwhile, ends watches, and has the same address and state', async () => {
    const { url } = cluster;
    const watched = await api.watch(`${SECRETS}?watch=true&labelSelector=none`);
    await cluster.pause();
    await expect(api.get(SECRETS)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    expect(await watched.next()).toBeUndefined();
    await cluster.pause();
    await cluster.resume();
    await cluster.resume();
    expect(cluster.url).toBe(url);
    expect((await api.get(`${SECRETS}/unseen`)).code).toBe(200);
  });
});
