import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { EventReader } from './event-reader.js';
import type { RunningApp } from './start-app.js';
import { startApp, until } from './start-app.js';
import { ThingsController } from './things.controller.js';

describe('shutting down', () => {
  let running: RunningApp;
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  afterEach(() => running.app.close());
  afterAll(() => agent.destroy());

  /** A request on the one connection that the agent keeps. */
  const sendOnKept = (path: string) =>
    new Promise<number | undefined>((resolve, reject) => {
      request(running.url + path, { agent }, (response) => {
        response.resume();
        response.on('end', () => resolve(response.statusCode));
      })
        .on('error', reject)
        .end();
    });

  const slowBegan = () => until(() => running.app.get(ThingsController).failing.includes('slow'));

  it('lets running requests end, and takes no new connection', async () => {
    running = await startApp();
    const slow = running.send('GET', '/v1/failures/slow');
    await slowBegan();
    const closed = running.app.close();
    await expect(fetch(`${running.url}/livez`)).rejects.toThrow('fetch failed');
    expect((await slow).status).toBe(200);
    await closed;
  });

  it('refuses new requests on connections that still serve, with a problem', async () => {
    running = await startApp();
    const { hostname, port } = new URL(running.url);
    let answers = '';
    const socket = connect(Number(port), hostname).on('data', (chunk) => (answers += chunk.toString()));
    socket.write('GET /v1/failures/slow HTTP/1.1\r\nHost: x\r\n\r\n');
    await slowBegan();
    const closed = running.app.close();
    socket.write('GET /v1/things HTTP/1.1\r\nHost: x\r\n\r\n');
    await closed;
    await until(() => socket.destroyed);
    const [first = '', second = ''] = answers.split(/(?=HTTP\/1\.1 503)/);
    expect(first).toMatch(/^HTTP\/1\.1 200 [^]*"ok":"ok"/);
    expect(second).toMatch(/^connection: close/im);
    expect(second).toMatch(/^retry-after: 1/im);
    expect(second).toContain('"code":"shutting_down"');
  });

  it('ends event streams at once, whole', async () => {
    running = await startApp({ drainSeconds: 30 });
    const readers = await Promise.all(
      Array.from({ length: 5 }, () => EventReader.open(`${running.url}/v1/things/endless/events`)),
    );
    await until(() => readers.every(({ data }) => data.length === 3));
    const start = performance.now();
    await running.app.close();
    // Far from the half minute that a drain may take.
    expect(performance.now() - start).toBeLessThan(10_000);
    await until(() => readers.every(({ ended }) => ended !== 'no'));
    expect(readers.map(({ ended }) => ended)).toEqual(Array(5).fill('whole'));
  });

  it('cuts what has not ended in time', async () => {
    running = await startApp({ drainSeconds: 0.1 });
    const slow = running.send('GET', '/v1/failures/slow').catch(() => 'cut');
    await slowBegan();
    await running.app.close();
    expect(await slow).toBe('cut');
  });

  it('is not held up by idle connections', async () => {
    running = await startApp({ drainSeconds: 30 });
    expect(await sendOnKept('/livez')).toBe(200);
    const start = performance.now();
    await running.app.close();
    expect(performance.now() - start).toBeLessThan(10_000);
  });

  it('can be asked for twice', async () => {
    running = await startApp();
    await Promise.all([running.app.close(), running.app.close()]);
    await expect(running.app.close()).resolves.toBeUndefined();
  });
});
