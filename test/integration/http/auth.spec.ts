import { Controller, Get, Global, Module } from '@nestjs/common';
import { z } from 'zod';
import { CurrentPrincipal } from '../../../src/auth/auth.guard.js';
import { AuthModule } from '../../../src/auth/auth.module.js';
import { newOperatorKey } from '../../../src/auth/operator-key.js';
import type { Principal } from '../../../src/auth/principal.js';
import { RateLimitsConfig } from '../../../src/auth/rate-limits/rate-limits.config.js';
import { Database } from '../../../src/platform/database.js';
import { HostedDatabase } from '../../../src/platform/hosted-database.js';
import { type AnswerOf, type InputOf, defineRoute } from '../../../src/platform/http/route.js';
import { Route } from '../../../src/platform/http/route.decorator.js';
import { currentContext } from '../../../src/platform/request-context.js';
import type { RunningApp } from './start-app.js';
import { startApp } from './start-app.js';

const common = { method: 'GET', tag: 'me', summary: 'Who am I?' } as const;
const me = z.object({ id: z.string(), actor: z.string() });
const whoAmI = defineRoute({
  ...common,
  name: 'me',
  path: '/v1/me',
  answers: { 200: { description: 'You.', schema: me } },
});
const open = defineRoute({
  ...common,
  name: 'open',
  path: '/v1/open',
  access: 'public',
  answers: { 200: { description: 'You.', schema: me } },
});

@Controller()
class MeController {
  @Route(whoAmI)
  me(_: InputOf<typeof whoAmI>, @CurrentPrincipal() who: Principal): AnswerOf<typeof whoAmI> {
    return { id: who.id, actor: currentContext()?.actor ?? 'nobody' };
  }

  @Route(open)
  open(_: InputOf<typeof open>, @CurrentPrincipal() who: Principal): AnswerOf<typeof open> {
    return { id: who.id, actor: '' };
  }

  @Get('/v1/plain')
  plain(): string {
    return 'in';
  }
}

@Module({ controllers: [MeController] })
class MeModule {}

/** One that is never asked: nothing is limited here. */
const noDatabase = {
  provide: Database,
  useValue: new HostedDatabase({ url: 'http://127.0.0.1:1', secretKey: 'none' }),
};

@Global()
@Module({ providers: [noDatabase], exports: [noDatabase] })
class NoDatabaseModule {}

describe('who is let in', () => {
  const key = newOperatorKey();
  const limits = new RateLimitsConfig({
    TENANTRY_RATE_LIMIT_PER_MINUTE: 0,
    TENANTRY_RATE_LIMIT_OPERATOR_PER_MINUTE: 0,
    TENANTRY_RATE_LIMIT_PER_ADDRESS_PER_MINUTE: 0,
    TENANTRY_RATE_LIMIT_FAILED_AUTH_PER_MINUTE: 0,
  });
  let running: RunningApp;
  beforeAll(async () => {
    running = await startApp({ imports: [NoDatabaseModule, AuthModule.forRoot(key, limits), MeModule] });
  });
  afterAll(() => running.app.close());

  const authorization = `Bearer ${key}`;

  it('the operator, known to handlers and to the log', async () => {
    const { status, json, headers } = await running.send('GET', '/v1/me', undefined, { authorization });
    expect(status).toBe(200);
    expect(json).toEqual({ id: 'operator', actor: 'operator' });
    const id = headers.get('x-request-id');
    expect(running.log.find((line) => line['request_id'] === id)).toMatchObject({ msg: 'request', actor: 'operator' });
  });

  it.each([
    ['nobody', {}],
    ['somebody with another key', { authorization: `Bearer ${newOperatorKey()}` }],
    ['somebody with a password', { authorization: 'Basic b3BlcmF0b3I6b3BlcmF0b3I=' }],
    ['the operator with a key in the wrong place', { 'x-api-key': key }],
  ])('not %s', async (_, headers: Record<string, string>) => {
    const reply = await running.send('GET', '/v1/me', undefined, headers);
    expect(reply.status).toBe(401);
    expect(reply.headers.get('www-authenticate')).toBe('Bearer realm="tenantry"');
    expect(reply.json).toMatchObject({ code: 'unauthenticated', errors: [], request_id: expect.any(String) });
  });

  it('not by a key in the query', async () => {
    expect((await running.send('GET', `/v1/me?access_token=${key}`)).status).toBe(401);
  });

  it.each(['/livez', '/readyz', '/metrics', '/openapi.json', '/docs', '/docs/start.js', '/docs/swagger-ui.css'])(
    'anybody to %s',
    async (path) => {
      expect((await running.send('GET', path)).status).toBe(200);
    },
  );

  it('nobody to a route that was written without a definition', async () => {
    expect((await running.send('GET', '/v1/plain')).status).toBe(401);
    const { status, text } = await running.send('GET', '/v1/plain', undefined, { authorization });
    expect([status, text]).toEqual([200, 'in']);
  });

  it('learns nothing about the input before saying who', async () => {
    for (const body of ['{"broken', '{"name": 1}', { name: 'taken', title: 't' }]) {
      const { status, json } = await running.send('POST', '/v1/things?x=1', body);
      expect([status, json['code']]).toEqual([401, 'unauthenticated']);
    }
  });

  it('paths that nobody serves are told as such', async () => {
    expect((await running.send('GET', '/v1/nothing')).status).toBe(404);
  });

  it('wrong keys are logged, the keys themselves never', async () => {
    const wrong = newOperatorKey();
    const { headers } = await running.send('GET', '/v1/me', undefined, { authorization: `Bearer ${wrong}` });
    const id = headers.get('x-request-id');
    const warned = running.log.filter((line) => line['level'] === 'warn' && line['request_id'] === id);
    expect(warned).toMatchObject([{ msg: 'a caller was refused', remote: '127.0.0.1', context: 'RequestLimits' }]);
    const text = JSON.stringify(running.log);
    expect(text).not.toContain(wrong);
    expect(text).not.toContain(key);
  });

  it('asking for the caller of a public route is a fault of ours', async () => {
    const { status, json } = await running.send('GET', '/v1/open', undefined, { authorization });
    expect([status, json['code']]).toEqual([500, 'internal']);
  });
});
