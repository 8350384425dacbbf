import { z } from 'zod';
import { TenantryError } from '../errors.js';
import { parseInput } from './parse-input.js';
import { defineRoute } from './route.js';

const put = defineRoute({
  name: 'putThing',
  method: 'PUT',
  path: '/v1/things/{name}',
  tag: 'things',
  summary: 'Put',
  access: { scope: 'instances:read', of: 'own' },
  params: z.strictObject({ name: z.string().max(5) }),
  query: z.strictObject({ limit: z.coerce.number().default(50) }),
  headers: z.object({ 'if-match': z.string().max(5).optional() }),
  body: z.strictObject({ size: z.number() }),
  answers: { 200: { description: 'ok' } },
});

const bare = defineRoute({
  name: 'bare',
  method: 'POST',
  path: '/v1/bare',
  tag: 'things',
  summary: 'Takes nothing',
  access: { scope: 'instances:read', of: 'own' },
  answers: { 204: { description: 'ok' } },
});

const raw = { params: { name: 'a' }, query: {}, headers: { host: 'x' }, body: '{"size": 1}' };

function refusal(work: () => unknown): TenantryError {
  try {
    work();
  } catch (error) {
    if (error instanceof TenantryError) return error;
  }
  throw new Error('it was not refused');
}

describe('parsing a request', () => {
  it('gives every part, with defaults, and of the headers only those asked for', () => {
    expect(parseInput(put, raw)).toEqual({
      params: { name: 'a' },
      query: { limit: 50 },
      headers: {},
      body: { size: 1 },
    });
  });

  it('types what it gives', () => {
    const { query, body } = parseInput(put, raw);
    const sum: number = query.limit + body.size;
    expect(sum).toBe(51);
  });

  it('tells every fault of every part at once', () => {
    const error = refusal(() =>
      parseInput(put, {
        params: { name: 'too long' },
        query: { limit: 'x', other: '1' },
        headers: { 'if-match': '"much too long"' },
        body: '{"size": "1", "more": 2}',
      }),
    );
    expect(error).toMatchObject({ kind: 'invalid', code: 'validation_failed', message: 'The request has 6 faults.' });
    expect(error.faults.map(({ pointer }) => pointer)).toEqual([
      '{name}',
      '?limit',
      '?other',
      'If-Match:',
      '/size',
      '/more',
    ]);
  });

  it('tells the faults of the other parts beside a body that is not JSON', () => {
    const error = refusal(() => parseInput(put, { ...raw, query: { other: '1' }, body: '{' }));
    expect(error).toMatchObject({
      kind: 'invalid',
      code: 'invalid_json',
      members: { position: 1, line: 1, column: 2 },
    });
    expect(error.faults.map(({ pointer }) => pointer)).toEqual(['?other', '']);
  });

  it('tells the faults of the other parts beside a body that is refused', () => {
    const error = refusal(() => parseInput(put, { ...raw, query: { other: '1' }, body: '{"__proto__": 1}' }));
    expect(error.faults.map(({ pointer }) => pointer)).toEqual(['?other', '/__proto__']);
  });

  it.each([
    ['params', { params: { name: 'a\0' } }, '{name}'],
    ['query', { query: { limit: '\0' } }, '?limit'],
    ['headers', { headers: { 'if-match': '\ud800' } }, 'If-Match:'],
  ])('refuses text in %s that the database cannot hold', (_, part, pointer) => {
    expect(refusal(() => parseInput(put, { ...raw, ...part })).faults).toMatchObject([{ pointer }]);
  });

  it.each([undefined, null, '', ' '])('asks for a body where there is %j', (body) => {
    expect(refusal(() => parseInput(put, { ...raw, body })).faults).toEqual([{ pointer: '', message: 'is required' }]);
  });
});

describe('a route that takes nothing', () => {
  const nothing = { params: {}, query: {}, headers: {}, body: undefined };

  it.each([undefined, '', '{}'])('takes the body %j', (body) => {
    const none = { params: undefined, query: undefined, headers: undefined, body: undefined };
    expect(parseInput(bare, { ...nothing, body })).toEqual(none);
  });

  it.each([
    ['{"a": 1}', '/a'],
    ['[]', ''],
    ['1', ''],
  ])('refuses the body %s', (body, pointer) => {
    expect(refusal(() => parseInput(bare, { ...nothing, body })).faults).toMatchObject([{ pointer }]);
  });

  it('refuses any query', () => {
    expect(refusal(() => parseInput(bare, { ...nothing, query: { a: '1' } })).faults).toMatchObject([
      { pointer: '?a' },
    ]);
  });
});
