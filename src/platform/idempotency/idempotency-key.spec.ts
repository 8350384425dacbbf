import { z } from 'zod';
import { defineRoute } from '../http/route.js';
import { faultsOfKey, identityOf, keyOf, type SentRequest, takesIdempotencyKey } from './idempotency-key.js';

const base = {
  name: 'r',
  path: '/v1/things',
  tag: 't',
  summary: 's',
  access: { scope: 'admin:read', of: 'platform' },
  answers: { 204: { description: 'ok' } },
} as const;
const post = defineRoute({ ...base, method: 'POST', headers: z.object({ 'if-match': z.string().optional() }) });
const get = defineRoute({ ...base, method: 'GET' });
const open = defineRoute({ ...base, method: 'POST', access: 'public' });
const lookup = defineRoute({ ...base, method: 'POST', idempotency: 'none' });

describe('which routes take an idempotency key', () => {
  it.each([
    ['one that writes', post, true],
    ['one that reads', get, false],
    ['one without a caller, who could own it', open, false],
    ['one that says that it takes none', lookup, false],
  ])('%s: %p', (_, route, takes) => {
    expect(takesIdempotencyKey(route)).toBe(takes);
    expect(keyOf(route, { 'idempotency-key': 'k' })).toBe(takes ? 'k' : undefined);
  });

  it('a request without one has none', () => {
    expect(keyOf(post, {})).toBeUndefined();
    expect(faultsOfKey(post, {})).toEqual([]);
    expect(faultsOfKey(post, undefined)).toEqual([]);
  });
});

describe('the form of a key', () => {
  it.each([['k'], ['x'.repeat(255)], ['"8e03978e-40d5-43dd-bc93-6894a57f9324"'], ['a b'], ['{}~!'], ['0']])(
    'may be %j',
    (key) => {
      expect(faultsOfKey(post, { 'idempotency-key': key })).toEqual([]);
    },
  );

  it.each([
    ['nothing', ''],
    ['256 characters', 'x'.repeat(256)],
    ['a letter beyond ASCII', 'schlüssel'],
    ['a control character', 'a\tb'],
  ])('may not be %s', (_, key) => {
    expect(faultsOfKey(post, { 'idempotency-key': key })).toEqual([
      { pointer: 'Idempotency-Key:', message: expect.any(String) },
    ]);
  });

  it.each([[get], [open], [lookup]])('does not matter where none is taken', (route) => {
    expect(faultsOfKey(route, { 'idempotency-key': '' })).toEqual([]);
  });
});

describe('two requests', () => {
  const sent: SentRequest = {
    method: 'POST',
    url: '/v1/things?a=1',
    headers: { 'content-type': 'application/json', 'if-match': '"v1"', 'user-agent': 'x', 'x-request-id': '1' },
    body: '{"a": 1}',
  };
  const identity = (other: Partial<SentRequest> = {}) => identityOf(post, { ...sent, ...other });

  it.each<[string, Partial<SentRequest>]>([
    ['nothing', {}],
    ['headers that the route does not read', { headers: { ...sent.headers, 'user-agent': 'y', 'x-request-id': '2' } }],
  ])('are the same that differ in %s', (_, other) => {
    expect(identity(other)).toBe(identity());
  });

  it.each<[string, Partial<SentRequest>]>([
    ['method', { method: 'PUT' }],
    ['path', { url: '/v1/other?a=1' }],
    ['query', { url: '/v1/things?a=2' }],
    ['a header that the route reads', { headers: { ...sent.headers, 'if-match': '"v2"' } }],
    ['the lack of such a header', { headers: { 'content-type': 'application/json' } }],
    ['media type', { headers: { ...sent.headers, 'content-type': 'application/things+json' } }],
    ['body', { body: '{"a": 2}' }],
    ['the spelling of the body', { body: '{"a":1}' }],
    ['the lack of a body', { body: undefined }],
  ])('are others that differ in %s', (_, other) => {
    expect(identity(other)).not.toBe(identity());
  });
});
