import { z } from 'zod';
import { errorKinds } from '../errors.js';
import { idempotencyHeader, takesIdempotencyKey } from '../idempotency/idempotency-key.js';
import { headerName } from './faults.js';
import type { JsonSchema } from './openapi-schemas.js';
import { SchemaComponents } from './openapi-schemas.js';
import { statusOfKind } from './problem.js';
import type { Access } from './access.js';
import type { AnswerDefinition, RouteDefinition } from './route.js';

export interface OpenApiInfo {
  title: string;
  version: string;
  description: string;
}

export interface OpenApiDocument {
  [member: string]: unknown;
  openapi: '3.1.0';
  info: JsonSchema;
  paths: Record<string, Record<string, unknown>>;
  components: Record<string, JsonSchema>;
}

const problem = z
  .looseObject({
    type: z.url().describe('A URI that names the kind of problem; follows from `code`.'),
    title: z.string().describe('The kind of problem, for people.'),
    status: z.int(),
    detail: z.string().describe('What went wrong this time, for people.'),
    code: z.string().describe('Stable, snake_case: what programs decide by.'),
    request_id: z.string().describe('Finds the request in the logs.'),
    errors: z
      .array(
        z.object({
          pointer: z
            .string()
            .describe(
              '`/a/0` in the body (JSON pointer), `?limit` in the query, `{tenant}` in the path, `If-Match:` in headers.',
            ),
          message: z.string(),
        }),
      )
      .describe('Every fault of the input, all at once; empty where the input is not at fault.'),
  })
  .meta({ id: 'Problem', description: 'RFC 9457. Kinds of problems add members of their own.' });

/** Problems that routes share, by the name of their component. */
const sharedProblems = {
  InvalidInput: { status: 400, codes: ['validation_failed', 'invalid_json'] },
  Unauthenticated: { status: 401, codes: ['unauthenticated'] },
  QuotaExceeded: { status: 402, codes: ['quota_exceeded'] },
  Forbidden: { status: 403, codes: ['forbidden'] },
  IdempotencyInProgress: { status: 409, codes: ['idempotency_in_progress'] },
  BodyTooLarge: { status: 413, codes: ['body_too_large'] },
  UnsupportedMediaType: { status: 415, codes: ['unsupported_media_type'] },
  IdempotencyKeyReused: { status: 422, codes: ['idempotency_key_reused'] },
  RateLimited: { status: 429, codes: ['rate_limited'] },
  Internal: { status: 500, codes: ['internal'] },
  Unavailable: { status: 503, codes: ['shutting_down', 'database_unavailable'] },
} as const;
const sharedHeaders = {
  RequestId: { description: 'The id of this request, for logs and reports.', schema: { type: 'string' } },
  IdempotentReplayed: {
    description: '`true` when an earlier request with this idempotency key did what the answer tells of.',
    schema: { type: 'string', const: 'true' },
  },
  RateLimitPolicy: {
    description:
      'The limit that the request counted against: `"caller";q=6000;w=60` is 6,000 requests in 60 s. Absent where there is none.',
    schema: { type: 'string' },
  },
  RateLimit: {
    description: 'What is left of it, and the seconds until its window ends: `"caller";r=5999;t=42`.',
    schema: { type: 'string' },
  },
  RetryAfter: { description: 'Seconds to wait before the next try.', schema: { type: 'integer' } },
};

const securitySchemes = {
  bearer: {
    type: 'http',
    scheme: 'bearer',
    description: 'An API key, or the token of a Supabase user. The scope that a route needs stands with the route.',
  },
};

type SharedProblem = keyof typeof sharedProblems;

/** The OpenAPI 3.1 document of some routes. The same routes give the same document, whatever their order. */
export function describeRoutes(routes: readonly RouteDefinition[], info: OpenApiInfo): OpenApiDocument {
  const schemas = new SchemaComponents();
  const problemRef = schemas.add(problem, 'output');
  const paths: OpenApiDocument['paths'] = {};
  for (const route of routes.toSorted((a, b) => a.path.localeCompare(b.path) || a.method.localeCompare(b.method))) {
    const operations = (paths[route.path] ??= {});
    operations[route.method.toLowerCase()] = schemas.resolve(operationOf(route, schemas, problemRef));
  }
  const shared = Object.entries(sharedProblems).map(([name, { codes }]) => [
    name,
    problemResponse(codes, problemRef, name === 'RateLimited' ? refusedHeaders : {}),
  ]);
  return {
    openapi: '3.1.0',
    info: { ...info, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    servers: [{ url: '/' }],
    security: [{ bearer: [] }],
    tags: [...new Set(routes.map(({ tag }) => tag))].sort((a, b) => a.localeCompare(b)).map((name) => ({ name })),
    paths,
    components: {
      schemas: jsonObject(schemas.resolve(schemas.all())),
      responses: jsonObject(schemas.resolve(Object.fromEntries(shared))),
      parameters: { IdempotencyKey: idempotencyParameter(schemas) },
      headers: sharedHeaders,
      securitySchemes,
    },
  };
}

function operationOf(route: RouteDefinition, schemas: SchemaComponents, problemRef: JsonSchema): JsonSchema {
  const parameters = parametersOf(route, schemas);
  return {
    operationId: route.name,
    tags: [route.tag],
    summary: route.summary,
    ...(route.description === undefined ? {} : { description: route.description }),
    ...accessOf(route.access),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(route.body ? { requestBody: requestBodyOf(route.body, route, schemas) } : {}),
    responses: { ...problemsOf(route, problemRef), ...answersOf(route, schemas) },
  };
}

/** The scope where OpenAPI 3.1 wants what a caller needs, and what the route is about as an extension. */
function accessOf(access: Access): JsonSchema {
  if (access === 'public') return { security: [] };
  const { scope, ...about } = access;
  return { security: [{ bearer: [scope] }], 'x-access': about };
}

function parametersOf(route: RouteDefinition, schemas: SchemaComponents): JsonSchema[] {
  const parts = [
    { in: 'path', schema: route.params },
    { in: 'query', schema: route.query },
    { in: 'header', schema: route.headers },
  ];
  const own = parts.flatMap(({ in: place, schema }) =>
    schema ? schemas.addMembers(schema, 'input').map((member) => parameterOf(place, member)) : [],
  );
  return takesIdempotencyKey(route) ? [...own, { $ref: '#/components/parameters/IdempotencyKey' }] : own;
}

function parameterOf(place: string, member: ReturnType<SchemaComponents['addMembers']>[number]): JsonSchema {
  const { description, ...schema } = member.schema;
  const text = typeof description === 'string' ? { description } : {};
  const name = place === 'header' ? headerName(member.name) : member.name;
  // As `foldObjects` reads it: `name[key]=value`.
  const style = place === 'query' && schema['type'] === 'object' ? { style: 'deepObject', explode: true } : {};
  return { name, in: place, required: member.required, ...style, ...text, schema };
}

function idempotencyParameter(schemas: SchemaComponents): JsonSchema {
  const [member] = schemas.addMembers(idempotencyHeader, 'input');
  return member ? parameterOf('header', member) : {};
}

function requestBodyOf(body: z.ZodType, route: RouteDefinition, schemas: SchemaComponents): JsonSchema {
  const schema = schemas.add(body, 'input');
  const types = route.bodyTypes ?? ['application/json'];
  const required = !body.safeParse(undefined).success;
  return { required, content: Object.fromEntries(types.map((type) => [type, { schema }])) };
}

function answersOf(route: RouteDefinition, schemas: SchemaComponents): JsonSchema {
  const entries = Object.entries(route.answers);
  return Object.fromEntries(entries.map(([status, answer]) => [status, responseOf(route, answer, schemas)] as const));
}

function isLimited(route: RouteDefinition): boolean {
  return route.limits !== 'none';
}

function responseOf(route: RouteDefinition, answer: AnswerDefinition, schemas: SchemaComponents): JsonSchema {
  const headers = Object.entries(answer.headers ?? {}).map(([name, description]) => [
    name,
    { description, schema: { type: 'string' } },
  ]);
  return {
    description: answer.description,
    headers: {
      ...Object.fromEntries(headers),
      ...(takesIdempotencyKey(route) ? replayedHeader : {}),
      ...(isLimited(route) ? limitHeaders : {}),
      ...requestIdHeader,
    },
    ...contentOf(answer, schemas),
  };
}

function contentOf({ schema, contentType, stream }: AnswerDefinition, schemas: SchemaComponents): JsonSchema {
  if (!schema && !stream) return {};
  return {
    content: {
      ...(schema ? { [contentType ?? 'application/json']: { schema: schemas.add(schema, 'output') } } : {}),
      ...Object.fromEntries((stream ?? []).map((type) => [type, type === 'application/pdf' ? {} : plainText])),
    },
  };
}

// What is no text has no schema in OpenAPI 3.1.
const plainText = { schema: { type: 'string' } };
const replayedHeader = { 'Idempotent-Replayed': { $ref: '#/components/headers/IdempotentReplayed' } };
const requestIdHeader = { 'X-Request-Id': { $ref: '#/components/headers/RequestId' } };
const limitHeaders = {
  'RateLimit-Policy': { $ref: '#/components/headers/RateLimitPolicy' },
  RateLimit: { $ref: '#/components/headers/RateLimit' },
};
const refusedHeaders = { ...limitHeaders, 'Retry-After': { $ref: '#/components/headers/RetryAfter' } };

/** The route's own problems joined with the shared ones; a status that has only shared codes refers to the component. */
function problemsOf(route: RouteDefinition, problemRef: JsonSchema): JsonSchema {
  const own = new Map<number, string[]>();
  for (const kind of errorKinds) {
    const codes = route.problems?.[kind];
    if (codes) own.set(statusOfKind(kind), [...codes]);
  }
  const shared = sharedProblemsOf(route);
  const byStatus = new Map(shared.map((name) => [sharedProblems[name].status as number, name]));
  const statuses = [...new Set([...own.keys(), ...byStatus.keys()])];
  return Object.fromEntries(
    statuses.map((status) => {
      const name = byStatus.get(status);
      const codes = own.get(status);
      if (name && !codes) return [status, { $ref: `#/components/responses/${name}` }];
      return [status, problemResponse([...(name ? sharedProblems[name].codes : []), ...(codes ?? [])], problemRef)];
    }),
  );
}

function sharedProblemsOf(route: RouteDefinition): SharedProblem[] {
  const takesBody = route.method !== 'GET' && route.method !== 'DELETE';
  return [
    'InvalidInput',
    ...(route.access === 'public' ? [] : (['Unauthenticated', 'Forbidden'] as const)),
    ...(mayExceedQuota(route) ? (['QuotaExceeded'] as const) : []),
    ...(takesIdempotencyKey(route) ? (['IdempotencyInProgress', 'IdempotencyKeyReused'] as const) : []),
    ...(takesBody ? (['BodyTooLarge', 'UnsupportedMediaType'] as const) : []),
    ...(isLimited(route) ? (['RateLimited'] as const) : []),
    'Internal',
    'Unavailable',
  ];
}

/** Calls of tenants' callers are counted, but for those that report usage. */
function mayExceedQuota({ access }: RouteDefinition): boolean {
  return access !== 'public' && access.of !== 'platform' && access.staleSeconds === undefined;
}

function problemResponse(codes: readonly string[], schema: JsonSchema, headers: JsonSchema = {}): JsonSchema {
  return {
    description: codes.map((code) => `\`${code}\``).join(', '),
    headers: { ...headers, ...requestIdHeader },
    content: { 'application/problem+json': { schema } },
  };
}

function jsonObject(value: unknown): JsonSchema {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
