import { corsHeaders, preflightHeaders } from './cors.js';

const app = 'https://app.example.com';
const listed = [app, 'http://localhost:5173'];

describe('what an answer says of origins', () => {
  it('is nothing where none is listed', () => {
    expect(corsHeaders([], app)).toEqual({});
  });

  it.each(listed)('names %s, which is listed, and no credentials', (origin) => {
    const headers = corsHeaders(listed, origin);
    expect(headers).toMatchObject({ vary: 'Origin', 'access-control-allow-origin': origin });
    expect(headers['access-control-expose-headers']).toContain('RateLimit-Policy, Retry-After');
    expect(headers).not.toHaveProperty('access-control-allow-credentials');
  });

  it.each([
    undefined,
    'null',
    '*',
    'https://example.com',
    'https://app.example.com.evil.com',
    'https://evil-app.example.com',
    'http://app.example.com',
    'https://app.example.com:8443',
    'https://app.example.com/',
    'HTTPS://APP.EXAMPLE.COM',
  ])('names nobody for %s', (origin) => {
    expect(corsHeaders(listed, origin)).toEqual({ vary: 'Origin' });
  });
});

describe('what a preflight is answered', () => {
  const asked = { method: 'OPTIONS', origin: app, requested: 'PUT' };

  it('is the methods of the path, and the headers that requests may carry', () => {
    expect(preflightHeaders(listed, asked, ['GET', 'PUT'])).toEqual({
      vary: 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers',
      'access-control-allow-methods': 'GET, PUT',
      'access-control-allow-headers':
        'Authorization, Content-Type, Idempotency-Key, If-Match, Last-Event-ID, Traceparent, X-Request-Id',
      'access-control-max-age': '600',
    });
  });

  it.each([
    ['another method', { ...asked, method: 'GET' }, ['GET']],
    ['no origin', { ...asked, origin: undefined }, ['GET']],
    ['an origin that is not listed', { ...asked, origin: 'https://evil.com' }, ['GET']],
    ['no method asked for', { ...asked, requested: undefined }, ['GET']],
    ['a path that is no route', asked, []],
  ])('is not for %s', (_, preflight, methods) => {
    expect(preflightHeaders(listed, preflight, methods)).toBeUndefined();
  });
});
