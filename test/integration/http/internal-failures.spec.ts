import { Controller, Get, Module } from '@nestjs/common';
import { EventEmitter } from 'node:events';
import { z } from 'zod';
import { defineRoute } from '../../../src/platform/http/route.js';
import { Route } from '../../../src/platform/http/route.decorator.js';
import { type RunningApp, startApp } from './start-app.js';

const secret = 'canary-of-failures';

class OddError extends Error {
  readonly password = secret;
  override get message(): string {
    throw new Error(secret);
  }
}

/** Every kind of failure that nobody foresaw, by the name of its path. */
const failures: Readonly<Record<string, () => unknown>> = {
  error: () => {
    throw new Error(secret);
  },
  'type-error': () => Reflect.get(Object(undefined), secret).call(),
  rejection: () => Promise.reject(new Error(secret)),
  'error-with-cause': () => {
    throw new Error('outer', { cause: new Error(secret) });
  },
  'aggregate-error': () => Promise.any([Promise.reject(new Error(secret)), Promise.reject(secret)]),
  'odd-error': () => Promise.reject(Object.create(OddError.prototype)),
  'error-that-looks-like-http': () =>
    Promise.reject(Object.assign(new Error(secret), { statusCode: 200, status: 200 })),
  'error-that-looks-like-fastify': () =>
    Promise.reject(Object.assign(new Error(secret), { code: secret, statusCode: 418 })),
  text: () => Promise.reject(secret),
  nothing: () => Promise.reject(undefined),
  object: () => Promise.reject({ message: secret, stack: secret }),
  overflow: () => {
    const deeper = (): number => deeper() + 1;
    return deeper();
  },
  circle: () => {
    const circle: Record<string, unknown> = { secret };
    circle['self'] = circle;
    return circle;
  },
  bigint: () => ({ secret, big: 1n }),
  'getter-that-throws': () => ({
    get it() {
      throw new Error(secret);
    },
  }),
  'emitter-error': () =>
    new Promise((_, reject) => {
      const emitter = new EventEmitter().once('error', reject);
      emitter.emit('error', new Error(secret));
    }),
};

const fail = defineRoute({
  name: 'fail',
  method: 'GET',
  path: '/v1/unforeseen/{kind}',
  access: 'public',
  tag: 'failures',
  summary: 'Fail',
  params: z.strictObject({ kind: z.string() }),
  answers: { 200: { description: 'Never.', schema: z.unknown() } },
});

@Controller()
class FailuresController {
  @Route(fail)
  async fail({ params: { kind } }: { params: { kind: string } }): Promise<unknown> {
    return failures[kind]?.();
  }

  @Get('/v1/plain-failure')
  plain(): never {
    throw new Error(secret);
  }
}

@Module({ controllers: [FailuresController] })
class FailuresModule {}

describe.each([
  ['as in production', false],
  ['as in tests, where answers are checked', true],
])('a failure that nobody foresaw, %s', (_, checkAnswers) => {
  let running: RunningApp;
  beforeAll(async () => {
    running = await startApp({ imports: [FailuresModule], checkAnswers });
  });
  afterAll(() => running.app.close());

  it.each([...Object.keys(failures).map((kind) => `/v1/unforeseen/${kind}`), '/v1/plain-failure'])(
    '%s tells the id that finds it in the log, and nothing of itself',
    async (path) => {
      const { status, headers, text, json } = await running.send('GET', path);
      expect(status).toBe(500);
      expect(json).toEqual({
        type: 'https://tenantry.dev/problems/internal',
        title: 'Internal',
        status: 500,
        detail: 'Something failed on our side. The request id finds it in the logs.',
        code: 'internal',
        request_id: headers.get('x-request-id'),
        errors: [],
      });
      expect(text).not.toMatch(/canary|\bat \S+:\d+|node_modules|\.[jt]s:/);
      const logged = running.log.filter(
        ({ request_id, level }) => request_id === json['request_id'] && level === 'error',
      );
      expect(logged).toHaveLength(1);
    },
  );

  it('leaves the service as it was', async () => {
    expect((await running.send('GET', '/v1/things')).status).toBe(200);
  });
});
