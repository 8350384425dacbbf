import { connect } from 'node:net';
import { z } from 'zod';
import type { JsonObject, RunningApp } from './start-app.js';
import { startApp } from './start-app.js';
import { secretOfFailure } from './things.controller.js';

const good = { name: 'a', title: 'A thing' };

const faultList = z.array(z.object({ pointer: z.string(), message: z.string() }));

function pointers(json: JsonObject): string[] {
  return faultList.parse(json['errors']).map(({ pointer }) => pointer);
}

/** A valid body of this many bytes. */
function bodyOf(length: number): string {
  return `{"name":"a","title":"t"${' '.repeat(length - 24)}}`;
}

describe('what a caller meets who did something wrong', () => {
  let running: RunningApp;
  beforeAll(async () => {
    running = await startApp();
  });
  afterAll(() => running.app.close());

  it('is a whole problem document', async () => {
    const { status, headers, json } = await running.send('POST', '/v1/things', { ...good, name: 'taken' });
    expect(status).toBe(409);
    expect(headers.get('content-type')).toBe('application/problem+json');
    expect(json).toEqual({
      type: 'https://tenantry.dev/problems/name_taken',
      title: 'Name taken',
      status: 409,
      detail: 'The name is taken.',
      code: 'name_taken',
      request_id: headers.get('x-request-id'),
      errors: [],
    });
  });

  it('tells every fault of body and query at once', async () => {
    const body = { name: 'A', size: 'b', chart: { path: 1, z: 1 }, 'a/b~': 1 };
    const { status, json } = await running.send('POST', '/v1/things?dry_run=maybe&x=1', body);
    expect(status).toBe(400);
    expect(json).toMatchObject({ code: 'validation_failed', detail: 'The request has 8 faults.' });
    expect(pointers(json)).toEqual([
      '?dry_run',
      '?x',
      '/name',
      '/title',
      '/size',
      '/chart/path',
      '/chart/z',
      '/a~1b~0',
    ]);
  });

  it('tells every fault of path, headers and body at once', async () => {
    const { json } = await running.send('PUT', '/v1/things/A%20b', { title: 1 }, { 'if-match': 'x'.repeat(2_000) });
    expect(pointers(json)).toEqual(['{name}', 'If-Match:', '/title']);
  });

  it.each([
    ['no body', undefined],
    ['an empty one', ''],
  ])('asks for a body: %s', async (_, body) => {
    const { status, json } = await running.send('POST', '/v1/things', body);
    expect(status).toBe(400);
    expect(json['errors']).toEqual([{ pointer: '', message: 'is required' }]);
  });

  it.each([
    ['null', 'null'],
    ['a number', '1'],
    ['a list', '[]'],
    ['text', '"a"'],
  ])('asks for an object where the body is %s', async (_, body) => {
    const { json } = await running.send('POST', '/v1/things', body);
    expect(pointers(json)).toEqual(['']);
    expect(json['code']).toBe('validation_failed');
  });

  it.each([
    ['size', 1.5],
    ['size', '1'],
    ['size', 11],
    ['size', null],
    ['title', ''],
    ['title', 'a\u0000b'],
    ['title', []],
    ['metadata', []],
    ['metadata', { big: 'x'.repeat(3_000) }],
    ['chart', { path: { path: 'x' } }],
    ['chart', 'charts/web'],
  ])('a wrong value of %s: %j', async (member, value) => {
    const { status, json } = await running.send('POST', '/v1/things', { ...good, [member]: value });
    expect(status).toBe(400);
    expect(pointers(json)).toEqual([expect.stringMatching(new RegExp(`^/${member}`))]);
  });

  it('tells where a body stops being JSON', async () => {
    const { status, json } = await running.send('POST', '/v1/things', '{"name": "a",\n "title": tru}');
    expect(status).toBe(400);
    expect(json).toMatchObject({ code: 'invalid_json', position: 24, line: 2, column: 11 });
    expect(json['errors']).toEqual([{ pointer: '', message: 'is not JSON at line 2, column 11' }]);
  });

  it('refuses nesting that would overflow somebody, in good time', async () => {
    const deep = `{"name":"a","title":"t","metadata":${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}}`;
    const { status, json } = await running.send('POST', '/v1/things', deep);
    expect(status).toBe(400);
    expect(json['errors']).toMatchObject([{ message: 'is nested deeper than 64 levels' }]);
  });

  it('refuses keys that pollute prototypes', async () => {
    const { status, json } = await running.send('POST', '/v1/things', '{"metadata": {"__proto__": {"admin": true}}}');
    expect(status).toBe(400);
    expect(pointers(json)).toEqual(['/metadata/__proto__']);
  });

  it('answers shortly however many faults there are', async () => {
    const many = Object.fromEntries(Array.from({ length: 50_000 }, (_, index) => [`k${index}`, 1]));
    const { json, text } = await running.send('POST', '/v1/things', many);
    expect(json['errors']).toHaveLength(100);
    expect(text.length).toBeLessThan(10_000);
  });

  it('refuses a body over 1 MiB, and takes one just below', async () => {
    expect(await running.send('POST', '/v1/things', bodyOf(1_048_576))).toMatchObject({ status: 201 });
    const { status, json } = await running.send('POST', '/v1/things', bodyOf(1_048_577));
    expect(status).toBe(413);
    expect(json).toMatchObject({ code: 'body_too_large', errors: [] });
  });

  it('lets a route take more', async () => {
    const things = Array.from({ length: 60_000 }, (_, index) => ({ name: `thing-${index}` }));
    const { status, json } = await running.send('POST', '/v1/things/import', things);
    expect(status).toBe(200);
    expect(json).toEqual({ count: 60_000 });
  });

  it.each([
    ['POST', '/v1/things', 'text/plain'],
    ['POST', '/v1/things', 'application/x-www-form-urlencoded'],
    ['POST', '/v1/things', 'application/xml'],
    ['POST', '/v1/things', 'application/jsonp'],
    ['POST', '/v1/things', 'application/things+json'],
    ['POST', '/v1/things/import', 'application/other+json'],
  ])('%s %s does not take %s', async (method, path, type) => {
    const { status, json } = await running.send(method, path, '[]', { 'content-type': type });
    expect(status).toBe(415);
    expect(json).toMatchObject({ code: 'unsupported_media_type', errors: [] });
  });

  it.each(['application/json; charset=utf-8', 'Application/JSON', 'application/things+json'])(
    'takes %s',
    async (type) => {
      const { status } = await running.send('POST', '/v1/things/import', '[]', { 'content-type': type });
      expect(status).toBe(200);
    },
  );

  it.each([
    ['GET', '/v1/nothing', 404, 'route_not_found'],
    ['POST', '/', 404, 'route_not_found'],
    ['GET', '/v1/things/', 404, 'route_not_found'],
    ['GET', '/docs/package.json', 404, 'route_not_found'],
    ['GET', '/docs/..%2f..%2fpackage.json', 404, 'route_not_found'],
    ['GET', '/v1/%zz', 400, 'invalid_url'],
    ['GET', `/v1/failures/${'x'.repeat(501)}`, 400, 'invalid_url'],
    ['PATCH', '/v1/things', 405, 'method_not_allowed'],
    ['DELETE', '/livez', 405, 'method_not_allowed'],
  ])('%s %s is %d %s', async (method, path, status, code) => {
    const reply = await running.send(method, path);
    expect(reply.status).toBe(status);
    expect(reply.headers.get('content-type')).toBe('application/problem+json');
    expect(reply.json).toMatchObject({ status, code, request_id: reply.headers.get('x-request-id') });
  });

  it('names the methods that a path takes', async () => {
    const { headers } = await running.send('PUT', '/v1/things');
    expect(headers.get('allow')).toBe('GET, HEAD, POST');
  });

  it.each(['secret', 'unknown', 'thrown_text', 'broken_promise', 'unpromised_member'])(
    'learns nothing of a fault of ours (%s), which the log knows',
    async (kind) => {
      const { status, json, text, headers } = await running.send('GET', `/v1/failures/${kind}`);
      expect(status).toBe(500);
      expect(json).toMatchObject({ code: 'internal', errors: [] });
      expect(text + JSON.stringify([...headers])).not.toContain(secretOfFailure);
      const logged = running.log.filter(
        (line) => line['level'] === 'error' && line['request_id'] === json['request_id'],
      );
      expect(logged).toHaveLength(1);
      const known = /promise/.test(kind) ? 'route failThing broke its promise' : secretOfFailure;
      expect(JSON.stringify(logged)).toContain(known);
    },
  );

  it('is told when to come back', async () => {
    const { status, headers, json } = await running.send('GET', '/v1/failures/limited');
    expect(status).toBe(429);
    expect(headers.get('retry-after')).toBe('3');
    expect(json).toMatchObject({ code: 'too_many', retry_after_seconds: 2.5 });
  });

  it('gets members that the error carries', async () => {
    const { json } = await running.send('GET', '/v1/failures/typed');
    expect(json).toMatchObject({ code: 'name_taken', thing: 'a' });
  });

  it('is refused where the version of a resource is another, and told which it is', async () => {
    const stale = await running.send('PUT', '/v1/things/a', { title: 'x' }, { 'if-match': '"v6"' });
    expect(stale).toMatchObject({ status: 412, json: { code: 'precondition_failed', etag: 'v7' } });
    const fresh = await running.send('PUT', '/v1/things/a', { title: 'x' }, { 'if-match': '"v7"' });
    expect(fresh.status).toBe(200);
  });

  it.each([
    ['not HTTP at all', 'nonsense\r\n\r\n'],
    ['a header too long', `GET / HTTP/1.1\r\nHost: x\r\nA: ${'a'.repeat(20_000)}\r\n\r\n`],
    ['two lengths', 'POST /v1/things HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}'],
  ])('%s ends the connection with 4xx and no secrets', async (_, text) => {
    const answer = await speak(running.url, text);
    expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /);
    expect((await running.send('GET', '/livez')).status).toBe(200);
  });
});

function speak(url: string, text: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(Number(port), hostname, () => socket.write(text));
    socket.on('data', (chunk) => (answer += chunk.toString()));
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
    socket.setTimeout(5_000, () => socket.destroy());
  });
}
