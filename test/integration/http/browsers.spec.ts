import { type RunningApp, startApp } from './start-app.js';

const app = 'https://app.example.com';
const preflight = { origin: app, 'access-control-request-method': 'PUT' };

describe('pages of a listed origin', () => {
  let running: RunningApp;
  beforeAll(async () => {
    running = await startApp({ http: { corsOrigins: [app], hstsSeconds: 31_536_000 } });
  });
  afterAll(() => running.app.close());

  it('may send what a preflight asks for', async () => {
    const { status, headers, text } = await running.send('OPTIONS', '/v1/things/a', undefined, preflight);
    expect([status, text]).toEqual([204, '']);
    expect(headers.get('access-control-allow-origin')).toBe(app);
    expect(headers.get('access-control-allow-methods')).toBe('DELETE, PUT');
    expect(headers.get('access-control-allow-headers')).toContain('Authorization');
    expect(headers.get('access-control-max-age')).toBe('600');
    expect(headers.has('access-control-allow-credentials')).toBe(false);
    expect(headers.has('x-request-id')).toBe(true);
  });

  it.each([
    ['GET', '/v1/things', 200],
    ['GET', '/v1/failures/unknown', 500],
    ['GET', '/nowhere', 404],
    ['POST', '/v1/things', 400],
  ])('may read the answer to %s %s, whichever it is', async (method, path, status) => {
    const body = method === 'POST' ? '{' : undefined;
    const reply = await running.send(method, path, body, { origin: app });
    expect(reply.status).toBe(status);
    expect(reply.headers.get('access-control-allow-origin')).toBe(app);
    expect(reply.headers.get('access-control-expose-headers')).toContain('X-Request-Id');
    expect(reply.headers.get('vary')).toBe('Origin');
  });

  it('of another origin may not, and are served as if they were no browser', async () => {
    const other = { ...preflight, origin: 'https://evil.example.com' };
    const asked = await running.send('OPTIONS', '/v1/things/a', undefined, other);
    expect(asked.json).toMatchObject({ status: 405, code: 'method_not_allowed' });
    const reply = await running.send('GET', '/v1/things', undefined, other);
    for (const { headers } of [asked, reply]) {
      expect([...headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
      expect(headers.get('vary')).toBe('Origin');
    }
  });

  it('get no answer to a preflight for what is no route', async () => {
    expect((await running.send('OPTIONS', '/nowhere', undefined, preflight)).json).toMatchObject({ status: 404 });
  });

  it('are told to insist on https, since this service is told to say so', async () => {
    const { headers } = await running.send('GET', '/nowhere');
    expect(headers.get('strict-transport-security')).toBe('max-age=31536000; includeSubDomains');
  });
});

describe('without a list of origins', () => {
  it('no page may read anything, and nothing depends on the origin', async () => {
    const running = await startApp();
    const asked = await running.send('OPTIONS', '/v1/things/a', undefined, preflight);
    expect(asked.json).toMatchObject({ status: 405 });
    const { headers } = await running.send('GET', '/v1/things', undefined, preflight);
    expect([...headers.keys()].filter((name) => /^(access-control|vary|strict-)/.test(name))).toEqual([]);
    await running.app.close();
  });
});

describe('every answer', () => {
  let running: RunningApp;
  beforeAll(async () => {
    running = await startApp();
  });
  afterAll(() => running.app.close());

  it.each(['/v1/things', '/nowhere', '/docs', '/openapi.json', '/livez', '/v1/failures/unknown'])(
    'of %s is confined, and tells nothing of what made it',
    async (path) => {
      const { headers } = await running.send('GET', path);
      expect(headers.get('content-security-policy')).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('x-frame-options')).toBe('DENY');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
      for (const name of ['server', 'x-powered-by', 'set-cookie'])
        expect([name, headers.has(name)]).toEqual([name, false]);
    },
  );
});
