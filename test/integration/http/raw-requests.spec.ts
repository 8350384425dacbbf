import { type RawAnswer, sendRaw } from './raw-connection.js';
import { type RunningApp, startApp } from './start-app.js';

const end = ['Connection: close', '', ''];
const smuggled = ['GET /v1/things/import HTTP/1.1', 'Host: a', ...end];

/** Requests as bytes, and what they are answered; every answer is one problem with an id. */
const refused: readonly [what: string, request: readonly string[], status: number, code: string][] = [
  ['no HTTP', ['hello', '', ''], 400, 'malformed_request'],
  ['TLS to a plain port', ['\x16\x03\x01\x02\x00\x01\x00', ''], 400, 'malformed_request'],
  ['HTTP/2 without asking', ['PRI * HTTP/2.0', '', 'SM', '', ''], 400, 'malformed_request'],
  ['an unknown method', ['BREW /v1/things HTTP/1.1', 'Host: a', ...end], 400, 'malformed_request'],
  ['a header without a colon', ['GET /v1/things HTTP/1.1', 'Host a', ...end], 400, 'malformed_request'],
  ['a space before the colon', ['GET /v1/things HTTP/1.1', 'Host : a', ...end], 400, 'malformed_request'],
  ['a folded header', ['GET /v1/things HTTP/1.1', 'Host: a', 'X-A: b', ' c', ...end], 400, 'malformed_request'],
  ['a NUL in a header', ['GET /v1/things HTTP/1.1', 'Host: a\0b', ...end], 400, 'malformed_request'],
  ['no Host', ['GET /v1/things HTTP/1.1', ...end], 400, 'invalid_host'],
  ['two Hosts', ['GET /v1/things HTTP/1.1', 'Host: a', 'Host: b', ...end], 400, 'invalid_host'],
  ['two lengths', post('Content-Length: 2', 'Content-Length: 3'), 400, 'malformed_request'],
  ['two equal lengths', post('Content-Length: 2', 'Content-Length: 2'), 400, 'malformed_request'],
  ['a list of lengths', post('Content-Length: 2, 2'), 400, 'malformed_request'],
  ['a negative length', post('Content-Length: -1'), 400, 'malformed_request'],
  ['a length that is none', post('Content-Length: 0x2'), 400, 'malformed_request'],
  ['a length and chunks', post('Content-Length: 4', 'Transfer-Encoding: chunked'), 400, 'malformed_request'],
  ['chunks and a length', post('Transfer-Encoding: chunked', 'Content-Length: 4'), 400, 'malformed_request'],
  ['an encoding after chunks', post('Transfer-Encoding: chunked, identity'), 400, 'malformed_request'],
  ['an encoding that is no chunks', post('Transfer-Encoding: xchunked'), 400, 'malformed_request'],
  ['a chunk that is none', [...post('Transfer-Encoding: chunked'), 'zz', '{}', '0', '', ''], 400, 'malformed_request'],
  [
    'headers of 17 kB',
    ['GET /v1/things HTTP/1.1', 'Host: a', `X-A: ${'a'.repeat(17_000)}`, ...end],
    431,
    'headers_too_large',
  ],
  ['a path of 17 kB', [`GET /${'a'.repeat(17_000)} HTTP/1.1`, 'Host: a', ...end], 431, 'headers_too_large'],
  ['101 headers', ['GET /v1/things HTTP/1.1', 'Host: a', ...many(99), ...end], 431, 'headers_too_large'],
  ['TRACE', ['TRACE /v1/things HTTP/1.1', 'Host: a', 'X-Secret: canary', ...end], 405, 'method_not_allowed'],
  ['a method of WebDAV', ['PROPFIND /v1/things HTTP/1.1', 'Host: a', ...end], 405, 'method_not_allowed'],
  ['OPTIONS *', ['OPTIONS * HTTP/1.1', 'Host: a', ...end], 404, 'route_not_found'],
  ['a path that is no URL', ['GET /%zz HTTP/1.1', 'Host: a', ...end], 400, 'invalid_url'],
  ['no such path', ['GET /nowhere HTTP/1.1', 'Host: a', ...end], 404, 'route_not_found'],
  ['a path upwards', ['GET /docs/../../etc/passwd HTTP/1.1', 'Host: a', ...end], 400, 'bad_request'],
  ['a file upwards, escaped', ['GET /docs/%2e%2e%2fpackage.json HTTP/1.1', 'Host: a', ...end], 404, 'route_not_found'],
  ['a packed body', post('Content-Length: 2', 'Content-Encoding: gzip'), 415, 'unsupported_content_encoding'],
  ['a body packed twice', post('Content-Length: 2', 'Content-Encoding: br, gzip'), 415, 'unsupported_content_encoding'],
];

function post(...headers: string[]): string[] {
  const about = ['Host: a', 'Connection: close', 'Content-Type: application/json'];
  return ['POST /v1/things HTTP/1.1', ...about, ...headers, '', '{}', ''];
}

function many(count: number): string[] {
  return Array.from({ length: count }, (_, n) => `X-${n}: a`);
}

describe('requests that no HTTP client would send', () => {
  let running: RunningApp;
  beforeAll(async () => {
    running = await startApp();
  });
  afterAll(() => running.app.close());

  async function onlyAnswer(...lines: string[]): Promise<RawAnswer> {
    const answers = await sendRaw(running.url, ...lines);
    expect(answers).toHaveLength(1);
    return answers[0] ?? { status: 0, headers: {}, body: '', json: {} };
  }

  it.each(refused)('%s', async (_, request, status, code) => {
    const answer = await onlyAnswer(...request);
    expect(answer.json).toMatchObject({ status, code, errors: [] });
    expect(answer.status).toBe(status);
    expect(answer.headers).toMatchObject({
      'content-type': 'application/problem+json',
      'x-content-type-options': 'nosniff',
      'x-request-id': answer.json['request_id'],
    });
    expect(answer.headers).not.toHaveProperty('server');
    expect(answer.headers).not.toHaveProperty('x-powered-by');
    expect(answer.body).not.toMatch(/canary|\.[jt]s\b|node_modules|HPE_/);
  });

  it.each([
    [
      'after a length and chunks',
      [...post('Content-Length: 4', 'Transfer-Encoding: chunked').slice(0, -2), '0', '', ...smuggled],
    ],
    ['after two lengths', [...post('Content-Length: 0', 'Content-Length: 120').slice(0, -2), ...smuggled]],
    [
      'after an encoding that is no chunks',
      [...post('Transfer-Encoding: xchunked').slice(0, -2), '0', '', ...smuggled],
    ],
    ['after a chunk that is none', [...post('Transfer-Encoding: chunked').slice(0, -2), '0 0', '', ...smuggled]],
  ])('a second request that hides %s is never served', async (_, lines) => {
    const answer = await onlyAnswer(...lines);
    expect(answer.json).toMatchObject({ code: 'malformed_request' });
    expect(answer.headers['connection']).toBe('close');
  });

  it('a target that names a host is served as what it names here, whatever the host', async () => {
    const answer = await onlyAnswer('GET http://elsewhere.example/v1/things HTTP/1.1', 'Host: a', ...end);
    expect(answer).toMatchObject({ status: 200, json: { next_cursor: null } });
  });

  it('CONNECT opens nothing', async () => {
    expect(await sendRaw(running.url, 'CONNECT 127.0.0.1:22 HTTP/1.1', 'Host: a', '', '')).toEqual([]);
  });

  it('an upgrade that nobody offers is a request like any other', async () => {
    const upgrade = ['Upgrade: websocket', 'Connection: Upgrade, close', '', ''];
    expect(await onlyAnswer('GET /livez HTTP/1.1', 'Host: a', ...upgrade)).toMatchObject({ status: 200 });
  });

  it('an expectation that nobody knows is ignored', async () => {
    const answer = await onlyAnswer('GET /livez HTTP/1.1', 'Host: a', 'Expect: wonders', ...end);
    expect(answer.status).toBe(200);
  });

  it('HTTP/1.0 needs no Host', async () => {
    expect(await onlyAnswer('GET /livez HTTP/1.0', '', '')).toMatchObject({ status: 200 });
  });

  it('every answer that Node alone would have made is in the log, by its id', async () => {
    const answer = await onlyAnswer('hello', '', '');
    expect(running.log.filter(({ request_id }) => request_id === answer.json['request_id'])).toMatchObject([
      { msg: 'no request could be read', code: 'HPE_INVALID_METHOD', status: 400, remote: '127.0.0.1' },
    ]);
  });
});

describe('a body that is too large', () => {
  let running: RunningApp;
  beforeAll(async () => {
    running = await startApp();
  });
  afterAll(() => running.app.close());

  it('by its length is refused before it is sent', async () => {
    const [answer] = await sendRaw(running.url, ...post('Content-Length: 1048577').slice(0, -2), '');
    expect(answer?.json).toMatchObject({ status: 413, code: 'body_too_large' });
  });

  it('by its chunks is refused once it is, and the rest is not waited for', async () => {
    const chunk = `${(65_536).toString(16)}\r\n${' '.repeat(65_536)}\r\n`;
    const lines = post('Transfer-Encoding: chunked').slice(0, -2);
    const [answer] = await sendRaw(running.url, ...lines, chunk.repeat(17));
    expect(answer?.json).toMatchObject({ status: 413, code: 'body_too_large' });
  });
});
