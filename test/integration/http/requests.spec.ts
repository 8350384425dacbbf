import type { RunningApp } from './start-app.js';
import { startApp } from './start-app.js';

const uuid7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe('what every request gets', () => {
  let running: RunningApp;
  beforeAll(async () => {
    running = await startApp();
  });
  afterAll(() => running.app.close());

  const lineOf = (requestId: unknown) =>
    running.log.find((line) => line['msg'] === 'request' && line['request_id'] === requestId);

  it('an answer with status, headers and etag', async () => {
    const { status, headers, json } = await running.send('POST', '/v1/things', { name: 'a', title: 'A' });
    expect(status).toBe(201);
    expect(json).toEqual({ name: 'a', title: 'A', size: 1, etag: 'v1' });
    expect(headers.get('location')).toBe('/v1/things/a');
    expect(headers.get('etag')).toBe('"v1"');
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(headers.get('cache-control')).toBe('no-store');
  });

  it('the status that the handler chose', async () => {
    expect((await running.send('PUT', '/v1/things/a', { title: 'A' })).status).toBe(200);
    expect((await running.send('PUT', '/v1/things/a', { title: 'A', size: 2 })).status).toBe(202);
  });

  it('no body with 204', async () => {
    const { status, text, headers } = await running.send('DELETE', '/v1/things/a');
    expect([status, text, headers.get('content-type')]).toEqual([204, '', null]);
  });

  it('the head alone, when it asks for that', async () => {
    const { status, text } = await running.send('HEAD', '/v1/things');
    expect([status, text]).toEqual([200, '']);
  });

  it('no parameter that comes twice', async () => {
    const { status, json } = await running.send('GET', '/v1/things?limit=1&limit=2&color=red&color=blue');
    expect(status).toBe(400);
    expect(json['errors']).toMatchObject([{ pointer: '?limit' }, { pointer: '?color' }]);
  });

  it('pages that lead from one to the next', async () => {
    const first = await running.send('GET', '/v1/things?limit=2&color=red');
    expect(first.json['data']).toMatchObject([{ name: 'a' }, { name: 'b' }]);
    const second = await running.send('GET', `/v1/things?limit=2&cursor=${String(first.json['next_cursor'])}`);
    expect(second.json['data']).toMatchObject([{ name: 'c' }, { name: 'd' }]);
    const last = await running.send('GET', `/v1/things?limit=2&cursor=${String(second.json['next_cursor'])}`);
    expect(last.json).toMatchObject({ data: [{ name: 'e' }], next_cursor: null });
  });

  it('its own request id back, in the answer and in the log', async () => {
    const { headers, json } = await running.send('POST', '/v1/things/a/poke', {}, { 'x-request-id': 'mine-1_2.3' });
    expect(headers.get('x-request-id')).toBe('mine-1_2.3');
    expect(json['request_id']).toBe('mine-1_2.3');
    expect(lineOf('mine-1_2.3')).toMatchObject({ method: 'POST', path: '/v1/things/a/poke', status: 200 });
  });

  it.each(['has space', 'x'.repeat(129), '{"a":1}', 'semi;colon'])(
    'a new request id instead of %j',
    async (requestId) => {
      const { headers } = await running.send('GET', '/livez', undefined, { 'x-request-id': requestId });
      expect(headers.get('x-request-id')).toMatch(uuid7);
    },
  );

  it.each([
    ['with a body', {}],
    ['without one', undefined],
  ])('a context that lasts through reading and waiting, %s', async (_, body) => {
    const { headers, json } = await running.send('POST', '/v1/things/a/poke', body);
    expect(json['request_id']).toBe(headers.get('x-request-id'));
    expect(json['trace_id']).toMatch(/^[0-9a-f]{32}$/);
  });

  it('contexts that do not mix', async () => {
    const ids = Array.from({ length: 50 }, (_, index) => `mix-${index}`);
    const replies = await Promise.all(
      ids.map((id) => running.send('POST', '/v1/things/a/poke', {}, { 'x-request-id': id })),
    );
    expect(replies.map(({ json }) => json['request_id'])).toEqual(ids);
  });

  it('the trace that it began', async () => {
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    const { json } = await running.send('POST', '/v1/things/a/poke', undefined, {
      traceparent: `00-${traceId}-00f067aa0ba902b7-01`,
    });
    expect(json['trace_id']).toBe(traceId);
    expect(lineOf(json['request_id'])).toMatchObject({ trace_id: traceId });
  });

  it('one line in the log, without its query, headers or body', async () => {
    const { headers } = await running.send('POST', '/v1/things?dry_run=hunter2', '{"hunter2": 1}', {
      authorization: 'Bearer hunter2',
      cookie: 'hunter2',
    });
    const id = headers.get('x-request-id');
    expect(running.log.filter((line) => line['request_id'] === id)).toHaveLength(1);
    expect(lineOf(id)).toMatchObject({
      level: 'info',
      method: 'POST',
      path: '/v1/things',
      route: '/v1/things',
      status: 400,
      duration_ms: expect.any(Number),
      remote: '127.0.0.1',
    });
    expect(JSON.stringify(running.log)).not.toContain('hunter2');
  });

  it('quiet from probes', async () => {
    const { headers } = await running.send('GET', '/livez');
    expect(lineOf(headers.get('x-request-id'))).toMatchObject({ level: 'debug' });
  });

  it.each(['/v1/things', '/docs', '/v1/nothing', '/livez'])('headers that protect, on %s', async (path) => {
    const { headers } = await running.send('GET', path);
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('x-frame-options')).toBe('DENY');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('x-powered-by')).toBeNull();
    expect(headers.get('server')).toBeNull();
  });

  it('no trust in what claims to be forwarded', async () => {
    const { headers } = await running.send('GET', '/v1/things', undefined, { 'x-forwarded-for': '6.6.6.6' });
    expect(lineOf(headers.get('x-request-id'))).toMatchObject({ remote: '127.0.0.1' });
  });

  it('no endless patience with slow senders', () => {
    expect(running.app.getHttpServer()).toMatchObject({
      headersTimeout: 10_000,
      requestTimeout: 30_000,
      keepAliveTimeout: 72_000,
    });
  });

  it('no say over other origins', async () => {
    const { headers } = await running.send('GET', '/v1/things', undefined, { origin: 'https://elsewhere.example' });
    expect(headers.get('access-control-allow-origin')).toBeNull();
  });
});
