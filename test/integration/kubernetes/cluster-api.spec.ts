import { setTimeout as delay } from 'node:timers/promises';

import { ClusterApi, type StreamOptions } from '../../../src/kubernetes/cluster-api.client.js';
import { ApiStandIn, json } from './api-stand-in.js';

let server: ApiStandIn;
let api: ClusterApi;

beforeEach(async () => {
  server = await ApiStandIn.start();
  api = new ClusterApi(() => server.kubeconfigPath);
});

afterEach(async () => {
  api.close();
  await server.stop();
});

describe('a request', () => {
  test('goes under the server’s own prefix, signed, with its query and body', async () => {
    server.answer = (_seen, response) => json(response, { ok: true });
    const query = { labelSelector: 'a=b,c', dryRun: undefined, force: true };
    const body = { kind: 'Namespace' };
    expect(
      await api.json({ method: 'PATCH', path: '/api/v1/namespaces/a', query, body, contentType: 'application/x' }),
    ).toEqual({
      ok: true,
    });
    expect(server.requests[0]).toMatchObject({
      method: 'PATCH',
      path: '/prefix/api/v1/namespaces/a',
      body: '{"kind":"Namespace"}',
      headers: { authorization: 'Bearer hunter2', 'content-type': 'application/x', accept: 'application/json' },
    });
    expect(Object.fromEntries(server.requests[0]?.query ?? [])).toEqual({ labelSelector: 'a=b,c', force: 'true' });
  });

  test('uses a connection that is kept', async () => {
    server.answer = (_seen, response) => json(response, {});
    for (let round = 0; round < 20; round += 1) await api.json({ method: 'GET', path: '/version' });
    expect(server.connections).toBe(1);
  });

  test('with an empty answer is undefined', async () => {
    server.answer = (_seen, response) => void response.writeHead(200).end();
    expect(await api.json({ method: 'DELETE', path: '/x' })).toBeUndefined();
  });

  test('that is refused rejects with the server’s words', async () => {
    server.answer = (_seen, response) => json(response, { message: 'pods "a" not found', reason: 'NotFound' }, 404);
    await expect(api.json({ method: 'GET', path: '/x' })).rejects.toMatchObject({
      message: 'pods "a" not found',
      members: { status: 404, reason: 'NotFound' },
    });
  });

  test('whose answer is no JSON although it failed is still told', async () => {
    server.answer = (_seen, response) => void response.writeHead(502).end('<html>bad gateway</html>');
    await expect(api.json({ method: 'GET', path: '/x' })).rejects.toMatchObject({ code: 'cluster_unreachable' });
  });
});

describe('a server that does not answer', () => {
  test('is unreachable after the time is over, and nothing is said of the token', async () => {
    server.answer = () => undefined;
    const failure = api.json({ method: 'GET', path: '/x', timeoutMs: 100 });
    await expect(failure).rejects.toMatchObject({ code: 'cluster_unreachable', kind: 'unavailable' });
    await expect(failure).rejects.not.toMatchObject({ message: expect.stringContaining('hunter2') });
  });

  test('in the middle of its answer is unreachable', async () => {
    server.answer = (_seen, response) => {
      response.writeHead(200, { 'Content-Length': '100' });
      response.write('{"a":');
      setTimeout(() => server.cut(), 20);
    };
    await expect(api.json({ method: 'GET', path: '/x' })).rejects.toMatchObject({ code: 'cluster_unreachable' });
  });

  test('because it is gone is unreachable', async () => {
    const path = server.kubeconfigPath;
    const first = await api.json({ method: 'GET', path: '/x' }).catch(() => 'asked');
    expect(first).toBe('asked');
    expect(path).toBeDefined();
    await server.stop();
    await expect(api.json({ method: 'POST', path: '/x' })).rejects.toMatchObject({ code: 'cluster_unreachable' });
  });

  test('is given up with the caller’s own reason when the caller stops', async () => {
    server.answer = () => undefined;
    const stop = new AbortController();
    const running = api.json({ method: 'GET', path: '/x', signal: stop.signal });
    const why = new Error('enough');
    setTimeout(() => stop.abort(why), 20);
    await expect(running).rejects.toBe(why);
  });
});

function cutSecond(): void {
  let count = 0;
  server.answer = (_seen, response) => {
    count += 1;
    if (count === 2) response.socket?.resetAndDestroy();
    else json(response, { count });
  };
}

describe('a kept connection that the server closes under a request', () => {
  test('is made again for a request that may be repeated', async () => {
    cutSecond();
    await api.json({ method: 'GET', path: '/x' });
    expect(await api.json({ method: 'GET', path: '/x' })).toEqual({ count: 3 });
  });

  test('is not made again for a POST', async () => {
    cutSecond();
    await api.json({ method: 'GET', path: '/x' });
    await expect(api.json({ method: 'POST', path: '/x', body: {} })).rejects.toMatchObject({
      code: 'cluster_unreachable',
    });
    expect(server.requests).toHaveLength(2);
  });
});

function collect(lines: string[], idleMs = 10_000): StreamOptions {
  return { onOpen: () => lines.push('open'), onLine: (line) => lines.push(line), idleMs };
}

describe('a stream', () => {
  test('gives whole lines, however they are cut, until the server ends it', async () => {
    server.answer = async (_seen, response) => {
      response.writeHead(200);
      const bytes = Buffer.from('{"a":"ä"}\n{"b":2}\n\n{"c":3}\n');
      for (const byte of bytes) {
        response.write(Buffer.of(byte));
        if (byte === 0xc3) await delay(10);
      }
      response.end();
    };
    const lines: string[] = [];
    await api.stream({ method: 'GET', path: '/watch' }, collect(lines));
    expect(lines).toEqual(['open', '{"a":"ä"}', '{"b":2}', '{"c":3}']);
  });

  test('is given up after silence, and not while it speaks', async () => {
    server.answer = async (_seen, response) => {
      response.writeHead(200);
      for (let round = 0; round < 5; round += 1) {
        response.write('{}\n');
        await delay(60);
      }
    };
    const lines: string[] = [];
    await expect(api.stream({ method: 'GET', path: '/watch' }, collect(lines, 150))).rejects.toMatchObject({
      code: 'cluster_unreachable',
      message: expect.stringContaining('silent for 150 ms'),
    });
    expect(lines).toHaveLength(6);
  });

  test('that is refused rejects with the server’s words', async () => {
    server.answer = (_seen, response) => json(response, { message: 'too old', reason: 'Expired' }, 410);
    const lines: string[] = [];
    await expect(api.stream({ method: 'GET', path: '/watch' }, collect(lines))).rejects.toMatchObject({
      members: { status: 410 },
    });
    expect(lines).toEqual([]);
  });
});
