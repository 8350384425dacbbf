import { RawConnection } from './raw-connection.js';
import { type RunningApp, startApp } from './start-app.js';

/** So short that a test need not wait, in the order in which they must end a connection. */
const slowClients = { headersMs: 200, requestMs: 600, keepAliveMs: 300, silenceMs: 20_000, checkMs: 20 };

describe('a client that is slow', () => {
  let running: RunningApp;
  let connection: RawConnection;
  beforeAll(async () => {
    running = await startApp({ http: { slowClients } });
  });
  afterAll(() => running.app.close());
  beforeEach(() => {
    connection = new RawConnection(running.url);
  });
  afterEach(() => connection.destroy());

  it('with its headers is told so, and its connection ended', async () => {
    connection.write('GET /v1/things HTTP/1.1', 'Host: a', 'X-A: ');
    connection.drip('a', 10);
    const [answer] = await connection.allUntilClosed();
    expect(answer?.json).toMatchObject({ status: 408, code: 'request_timeout' });
    expect(answer?.headers['x-request-id']).toBe(answer?.json['request_id']);
  });

  it('with its body is told so, and its connection ended', async () => {
    const headers = ['Host: a', 'Content-Type: application/json', 'Content-Length: 1000', '', ''];
    connection.write('POST /v1/things HTTP/1.1', ...headers);
    connection.drip(' ', 10);
    const [answer] = await connection.allUntilClosed();
    expect(answer?.json).toMatchObject({ status: 408, code: 'request_timeout' });
  });

  it('with its chunks is told so, and its connection ended', async () => {
    const headers = ['Host: a', 'Content-Type: application/json', 'Transfer-Encoding: chunked', '', ''];
    connection.write('POST /v1/things HTTP/1.1', ...headers);
    connection.drip('1\r\n \r\n', 10);
    const [answer] = await connection.allUntilClosed();
    expect(answer?.json).toMatchObject({ status: 408, code: 'request_timeout' });
  });

  it('that sends nothing at all loses its connection', async () => {
    const [answer] = await connection.allUntilClosed();
    expect(answer?.json).toMatchObject({ status: 408 });
  });

  it('that was served, and sends nothing more, loses its connection without a word', async () => {
    connection.write('GET /livez HTTP/1.1', 'Host: a', '', '');
    expect((await connection.allUntilClosed()).map(({ status }) => status)).toEqual([200]);
  });

  it('does not keep others from being served', async () => {
    const slow = Array.from({ length: 50 }, () => new RawConnection(running.url));
    for (const one of slow) one.write('GET /v1/things HTTP/1.1', 'X-A: ');
    expect((await running.send('GET', '/v1/things')).status).toBe(200);
    await Promise.all(slow.map((one) => one.closed));
  });

  it('is not one whose request takes long to be answered', async () => {
    connection.write('GET /v1/failures/slow HTTP/1.1', 'Host: a', 'Connection: close', '', '');
    expect((await connection.allUntilClosed()).map(({ status }) => status)).toEqual([200]);
  });
});

describe('a connection on which nothing moves', () => {
  it('is ended', async () => {
    const running = await startApp({ http: { slowClients: { ...slowClients, silenceMs: 200 } } });
    const connection = new RawConnection(running.url);
    connection.write('GET /v1/failures/slow HTTP/1.1', 'Host: a', '', '');
    expect(await connection.allUntilClosed()).toEqual([]);
    await running.app.close();
  });
});
