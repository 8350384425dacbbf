import { setTimeout as delay } from 'node:timers/promises';
import type { StreamableFile } from '@nestjs/common';
import { Controller } from '@nestjs/common';
import { z } from 'zod';
import { TenantryError } from '../../../src/platform/errors.js';
import { assertIfMatch, etagOfVersion, ifMatch } from '../../../src/platform/http/etag.js';
import { page, pageQuery, toPage } from '../../../src/platform/http/pagination.js';
import { type AnswerOf, type InputOf, answer, defineRoute } from '../../../src/platform/http/route.js';
import { Route } from '../../../src/platform/http/route.decorator.js';
import { booleanText, dnsLabel, displayText, integerText, jsonObject } from '../../../src/platform/http/schemas.js';
import { EventStreams, eventStream, lastEventId } from '../../../src/platform/http/sse.js';
import { currentContext } from '../../../src/platform/request-context.js';

const newThing = z
  .strictObject({
    name: dnsLabel(20),
    title: displayText(50),
    size: z.number().int().min(1).max(10).default(1),
    chart: z.strictObject({ path: z.string() }).optional(),
    metadata: jsonObject(2_000).optional(),
  })
  .meta({ id: 'NewThing' });

const thing = z
  .object({ name: z.string(), title: z.string(), size: z.number(), etag: z.string() })
  .meta({ id: 'Thing' });
type Thing = z.infer<typeof thing>;

const params = z.strictObject({ name: dnsLabel(20) });

export const createThing = defineRoute({
  name: 'createThing',
  method: 'POST',
  path: '/v1/things',
  tag: 'things',
  summary: 'Make a thing',
  access: { scope: 'instances:read', of: 'own' },
  query: z.strictObject({ dry_run: booleanText.optional() }),
  body: newThing,
  answers: { 201: { description: 'The thing.', schema: thing, headers: { Location: 'Where it is.' } } },
  problems: { conflict: ['name_taken'] },
});

export const listThings = defineRoute({
  name: 'listThings',
  method: 'GET',
  path: '/v1/things',
  tag: 'things',
  summary: 'List things',
  access: { scope: 'instances:read', of: 'own' },
  query: z.strictObject({ ...pageQuery(z.tuple([z.string()])), color: z.enum(['red', 'blue']).optional() }),
  answers: { 200: { description: 'A page of things.', schema: page(thing) } },
});

export const putThing = defineRoute({
  name: 'putThing',
  method: 'PUT',
  path: '/v1/things/{name}',
  tag: 'things',
  summary: 'Make or change a thing',
  access: { scope: 'instances:read', of: 'own' },
  params,
  headers: z.object(ifMatch),
  body: newThing.omit({ name: true }),
  answers: {
    200: { description: 'Nothing differed.', schema: thing },
    202: { description: 'It changes.', schema: thing },
  },
});

export const deleteThing = defineRoute({
  name: 'deleteThing',
  method: 'DELETE',
  path: '/v1/things/{name}',
  tag: 'things',
  summary: 'Delete a thing',
  access: { scope: 'instances:read', of: 'own' },
  params,
  answers: { 204: { description: 'It is gone.' } },
});

export const pokeThing = defineRoute({
  name: 'pokeThing',
  method: 'POST',
  path: '/v1/things/{name}/poke',
  tag: 'things',
  summary: 'Do something to a thing that needs nothing said',
  access: { scope: 'instances:read', of: 'own' },
  params,
  answers: { 200: { description: 'Poked.', schema: z.object({ request_id: z.string(), trace_id: z.string() }) } },
});

export const importThings = defineRoute({
  name: 'importThings',
  method: 'POST',
  path: '/v1/things/import',
  tag: 'things',
  summary: 'Make many things',
  access: { scope: 'instances:read', of: 'own' },
  body: z.array(z.strictObject({ name: z.string() })),
  bodyLimit: 2_000_000,
  bodyTypes: ['application/json', 'application/things+json'],
  answers: { 200: { description: 'How many.', schema: z.object({ count: z.number() }) } },
});

export const secretOfFailure = 'hunter2-should-never-leak';

const failed = (...args: ConstructorParameters<typeof TenantryError>) => Promise.reject(new TenantryError(...args));

const failures = {
  typed: () => failed('conflict', 'name_taken', 'The name is taken.', { members: { thing: 'a' } }),
  secret: () => failed('internal', 'internal', secretOfFailure, { members: { secretOfFailure } }),
  unknown: () => Promise.reject(new Error(secretOfFailure)),
  thrown_text: () => Promise.reject(secretOfFailure),
  limited: () => failed('limited', 'too_many', 'Slow down.', { members: { retry_after_seconds: 2.5 } }),
  unavailable: () => failed('unavailable', 'away', 'The database is away.'),
  broken_promise: () => Promise.resolve({ ok: 'longer than promised' }),
  unpromised_member: () => Promise.resolve({ ok: 'ok', secretOfFailure }),
  slow: () => delay(1_000, { ok: 'ok' }),
} satisfies Record<string, () => Promise<{ ok: string }>>;
const kinds = z.enum([
  'typed',
  'secret',
  'unknown',
  'thrown_text',
  'limited',
  'unavailable',
  'broken_promise',
  'unpromised_member',
  'slow',
]);

export const failThing = defineRoute({
  name: 'failThing',
  method: 'GET',
  path: '/v1/failures/{kind}',
  tag: 'things',
  summary: 'Fail in a way of your choice',
  access: { scope: 'instances:read', of: 'own' },
  params: z.strictObject({ kind: kinds }),
  answers: { 200: { description: 'Not failed.', schema: z.object({ ok: z.string().max(2) }) } },
  problems: { conflict: ['name_taken'], limited: ['too_many'], unavailable: ['away'] },
});

export const watchThings = defineRoute({
  name: 'watchThings',
  method: 'GET',
  path: '/v1/things/{name}/events',
  tag: 'things',
  summary: 'What happens to a thing, as it happens',
  access: { scope: 'instances:read', of: 'own' },
  params,
  query: z.strictObject({ count: integerText(0, 100).default(3) }),
  headers: z.object(lastEventId),
  answers: { 200: eventStream(z.object({ n: z.number() }), 'Counts up.') },
});

@Controller()
export class ThingsController {
  /** Names of streams whose source noticed that nobody listens any more. */
  readonly endedStreams: string[] = [];

  /** What was begun, so that tests can act while it runs. */
  readonly failing: string[] = [];

  constructor(private readonly streams: EventStreams) {}

  @Route(createThing)
  create({ body }: InputOf<typeof createThing>): AnswerOf<typeof createThing> {
    if (body.name === 'taken') throw new TenantryError('conflict', 'name_taken', 'The name is taken.');
    const made: Thing = { name: body.name, title: body.title, size: body.size, etag: etagOfVersion(1) };
    return answer(201, made, { location: `/v1/things/${body.name}` });
  }

  @Route(listThings)
  list({ query }: InputOf<typeof listThings>): AnswerOf<typeof listThings> {
    const all = ['a', 'b', 'c', 'd', 'e'].map((name) => ({ name, title: name, size: 1, etag: 'v1' }));
    const from = query.cursor === undefined ? 0 : all.findIndex(({ name }) => name === query.cursor?.[0]) + 1;
    return toPage(
      all.slice(from, from + query.limit + 1),
      query.limit,
      ({ name }) => [name],
      (row) => row,
    );
  }

  @Route(putThing)
  put({ params: { name }, headers, body }: InputOf<typeof putThing>): AnswerOf<typeof putThing> {
    assertIfMatch(headers['if-match'], etagOfVersion(7));
    return answer(body.size === 1 ? 200 : 202, { name, title: body.title, size: body.size, etag: etagOfVersion(8) });
  }

  @Route(deleteThing)
  delete(): AnswerOf<typeof deleteThing> {
    return undefined;
  }

  @Route(pokeThing)
  async poke(): Promise<AnswerOf<typeof pokeThing>> {
    await delay(1);
    const context = currentContext();
    return { request_id: context?.requestId ?? 'lost', trace_id: context?.traceId ?? 'lost' };
  }

  @Route(importThings)
  import({ body }: InputOf<typeof importThings>): AnswerOf<typeof importThings> {
    return { count: body.length };
  }

  @Route(failThing)
  async fail({ params: { kind } }: InputOf<typeof failThing>): Promise<AnswerOf<typeof failThing>> {
    this.failing.push(kind);
    return failures[kind]();
  }

  @Route(watchThings)
  watch({ params: { name }, query, headers }: InputOf<typeof watchThings>): StreamableFile {
    const after = Number(headers['last-event-id'] ?? 0);
    const ended = this.endedStreams;
    return this.streams.stream(
      async function* (signal) {
        try {
          for (let n = after + 1; n <= query.count; n++) yield { id: String(n), type: 'tick', data: { n } };
          if (name === 'endless') await delay(60_000, undefined, { signal }).catch(() => undefined);
          if (name === 'breaks') throw new Error(secretOfFailure);
        } finally {
          ended.push(name);
        }
      },
      { heartbeatMs: 50 },
    );
  }
}
