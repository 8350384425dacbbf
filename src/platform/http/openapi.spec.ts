import { z } from 'zod';
import { describeRoutes } from './openapi.js';
import type { RouteDefinition } from './route.js';
import { eventStream } from './sse.js';

const info = { title: 'T', version: '1', description: 'd' };
const thing = z.strictObject({ n: z.number() }).meta({ id: 'OpenApiThing' });
const route: RouteDefinition = {
  name: 'putThing',
  method: 'PUT',
  path: '/v1/things/{name}',
  tag: 'things',
  summary: 'Put a thing',
  access: { scope: 'instances:read', of: 'own' },
  description: 'At length.',
  params: z.strictObject({ name: z.string().describe('Its name.') }),
  query: z.strictObject({ dry: z.string().optional() }),
  headers: z.object({ 'if-match': z.string().optional() }),
  body: thing,
  bodyTypes: ['application/json', 'application/x+json'],
  answers: {
    200: { description: 'The thing.', schema: thing, headers: { Location: 'Where.' } },
    204: { description: 'Gone.' },
  },
  problems: { conflict: ['name_taken', 'busy'], invalid: ['too_odd'] },
};

const operation = (other: Partial<RouteDefinition> = {}) => {
  const given = { ...route, ...other };
  return describeRoutes([given], info).paths[given.path]?.[given.method.toLowerCase()];
};

describe('the description of a route', () => {
  it('says what it is', () => {
    expect(operation()).toMatchObject({
      operationId: 'putThing',
      tags: ['things'],
      summary: 'Put a thing',
      description: 'At length.',
    });
  });

  it('tells in which types an answer may be streamed', () => {
    const stream = ['application/x-ndjson', 'text/csv'];
    expect(operation({ answers: { 200: { description: 'A file.', stream } } })).toMatchObject({
      responses: {
        200: {
          description: 'A file.',
          content: {
            'application/x-ndjson': { schema: { type: 'string' } },
            'text/csv': { schema: { type: 'string' } },
          },
        },
      },
    });
  });

  it('takes parameters from path, query and headers', () => {
    expect(operation()).toMatchObject({
      parameters: [
        { name: 'name', in: 'path', required: true, description: 'Its name.', schema: { type: 'string' } },
        { name: 'dry', in: 'query', required: false, schema: { type: 'string' } },
        { name: 'If-Match', in: 'header', required: false, schema: { type: 'string' } },
        { $ref: '#/components/parameters/IdempotencyKey' },
      ],
    });
  });

  it('a route that writes takes an idempotency key, and says what comes of it', () => {
    const key = { $ref: '#/components/parameters/IdempotencyKey' };
    expect(operation()).toMatchObject({
      responses: {
        200: { headers: { 'Idempotent-Replayed': { $ref: '#/components/headers/IdempotentReplayed' } } },
        422: { $ref: '#/components/responses/IdempotencyKeyReused' },
      },
    });
    for (const other of [{ method: 'GET' }, { access: 'public' }, { idempotency: 'none' }] as const) {
      const described = JSON.stringify(operation(other));
      expect(described).not.toContain(JSON.stringify(key));
      expect(described).not.toMatch(/Idempotent|idempotency_/);
    }
  });

  it('takes a body of every type it accepts', () => {
    const content = { schema: { $ref: '#/components/schemas/OpenApiThing' } };
    expect(operation()).toMatchObject({
      requestBody: { required: true, content: { 'application/json': content, 'application/x+json': content } },
    });
    expect(operation({ body: thing.optional() })).toMatchObject({ requestBody: { required: false } });
  });

  it('promises its answers, with their headers and the request id', () => {
    expect(operation()).toMatchObject({
      responses: {
        200: {
          description: 'The thing.',
          headers: { Location: { description: 'Where.' }, 'X-Request-Id': { $ref: '#/components/headers/RequestId' } },
          content: { 'application/json': { schema: { $ref: '#/components/schemas/OpenApiThing' } } },
        },
        204: { description: 'Gone.' },
      },
    });
  });

  it('names its own problems, joined with the shared ones of the same status', () => {
    expect(operation()).toMatchObject({
      responses: {
        400: { description: '`validation_failed`, `invalid_json`, `too_odd`' },
        401: { $ref: '#/components/responses/Unauthenticated' },
        409: {
          description: '`idempotency_in_progress`, `name_taken`, `busy`',
          content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
        },
        413: { $ref: '#/components/responses/BodyTooLarge' },
        415: { $ref: '#/components/responses/UnsupportedMediaType' },
        500: { $ref: '#/components/responses/Internal' },
        503: { $ref: '#/components/responses/Unavailable' },
      },
    });
  });

  it('its own answer of a status wins over the problem of that status', () => {
    expect(operation({ answers: { 503: { description: 'Not ready.', schema: thing } } })).toMatchObject({
      responses: { 503: { description: 'Not ready.', content: { 'application/json': {} } } },
    });
  });

  it('a public route asks for no caller', () => {
    const open = operation({ access: 'public' });
    expect(open).toMatchObject({ security: [] });
    expect(open).not.toHaveProperty('responses.401');
    expect(open).not.toHaveProperty('responses.403');
    expect(open).not.toHaveProperty('x-access');
  });

  it('another says which scope it needs, and what it is about', () => {
    expect(operation({ access: { scope: 'instances:read', of: 'instance', param: 'name' } })).toMatchObject({
      security: [{ bearer: ['instances:read'] }],
      'x-access': { of: 'instance', param: 'name' },
      responses: { 403: { $ref: '#/components/responses/Forbidden' } },
    });
  });

  it('a stream tells the shape of its events', () => {
    expect(operation({ answers: { 200: eventStream(thing, 'Events.') } })).toMatchObject({
      responses: {
        200: { content: { 'text/event-stream': { schema: { $ref: '#/components/schemas/OpenApiThing' } } } },
      },
    });
  });
});

describe('the document', () => {
  it('is the same whatever the order of the routes', () => {
    const other: RouteDefinition = { ...route, name: 'getThing', method: 'GET', tag: 'a' };
    const one = JSON.stringify(describeRoutes([route, other], info));
    expect(JSON.stringify(describeRoutes([other, route], info))).toBe(one);
  });

  it('gathers tags, components and the way to say who one is', () => {
    const document = describeRoutes([route], info);
    expect(document).toMatchObject({
      openapi: '3.1.0',
      info: { title: 'T', version: '1', license: { identifier: 'Apache-2.0' } },
      security: [{ bearer: [] }],
      tags: [{ name: 'things' }],
    });
    expect(Object.keys(document.components['schemas'] ?? {})).toEqual(['OpenApiThing', 'Problem']);
    expect(document.components['parameters']).toMatchObject({
      IdempotencyKey: {
        name: 'Idempotency-Key',
        in: 'header',
        required: false,
        description: expect.stringContaining('24 hours'),
        schema: { type: 'string', minLength: 1, maxLength: 255 },
      },
    });
    expect(document.components['securitySchemes']).toMatchObject({ bearer: { type: 'http', scheme: 'bearer' } });
  });

  it('has no reference that leads nowhere', () => {
    const document = describeRoutes([route], info);
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path]) => path ?? '');
    expect(references.length).toBeGreaterThan(5);
    for (const path of references) {
      expect(document).toHaveProperty(path.split('/'));
    }
  });
});
