import { Controller, Get, Module } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { z } from 'zod';
import { Owners } from '../../../src/auth/access/owners.service.js';
import { AuthGuard, CurrentPrincipal } from '../../../src/auth/auth.guard.js';
import { Authenticator } from '../../../src/auth/authenticator.service.js';
import { Callers } from '../../../src/auth/callers.service.js';
import { newOperatorKey } from '../../../src/auth/operator-key.js';
import type { Principal } from '../../../src/auth/principal.js';
import { RequestLimits } from '../../../src/auth/rate-limits/request-limits.service.js';
import { Refusals } from '../../../src/auth/refusals.service.js';
import { type AnswerOf, type InputOf, type RouteDefinition, defineRoute } from '../../../src/platform/http/route.js';
import { Route } from '../../../src/platform/http/route.decorator.js';
import { OwnerLookups } from '../../../src/platform/owner-lookups.js';
import { currentContext } from '../../../src/platform/request-context.js';
import { createTestDatabase, type TestDatabase } from '../../setup/database.js';
import { guards } from '../../setup/guards.js';
import type { RunningApp } from './start-app.js';
import { startApp } from './start-app.js';

const common = { method: 'GET', tag: 'me', summary: 'Who am I?' } as const;
const me = z.object({ id: z.string(), actor: z.string() });
const whoAmI = defineRoute({
  ...common,
  name: 'me',
  path: '/v1/me',
  access: { scope: 'tenants:read', of: 'own' },
  answers: { 200: { description: 'You.', schema: me } },
});
const open = defineRoute({
  ...common,
  name: 'open',
  path: '/v1/open',
  access: 'public',
  answers: { 200: { description: 'You.', schema: me } },
});

const plainly = { 200: { description: 'It.', schema: z.string() } };
// As JavaScript would write it: the types do not let one through.
const silent: RouteDefinition = { ...common, name: 'silent', path: '/v1/silent', access: 'public', answers: plainly };
Reflect.deleteProperty(silent, 'access');
const orphan = defineRoute({
  ...common,
  name: 'orphan',
  path: '/v1/orphans/{orphan}',
  params: z.strictObject({ orphan: z.string() }),
  access: { scope: 'instances:read', of: 'instance', param: 'orphan' },
  answers: plainly,
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
}

@Controller()
class PlainController {
  @Get('/v1/plain')
  plain(): string {
    return 'in';
  }
}

@Controller()
class SilentController {
  @Route(silent)
  silent(): undefined {
    return undefined;
  }
}

@Controller()
class OrphanController {
  @Route(orphan)
  orphan(): string {
    return 'in';
  }
}

@Module({ controllers: [MeController] })
class MeModule {}

describe('who is let in', () => {
  const key = newOperatorKey();
  let test: TestDatabase;
  let running: RunningApp;
  beforeAll(async () => {
    test = await createTestDatabase();
    running = await startApp({ imports: [...guards(test.database, key), MeModule] });
  });
  afterAll(async () => {
    await running.app.close();
    await test.drop();
  });

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

  it('wrong keys are in the trail when the answer is out, and callers without any are not', async () => {
    const told = async (): Promise<object[]> =>
      test.sql('select actor, address, resource_id, after from public.audit_log order by id');
    await test.sql('truncate public.denied_attempts');
    const before = await told();
    await running.send('GET', '/v1/me');
    expect(await told()).toEqual(before);
    await running.send('GET', '/v1/me', undefined, { authorization: `Bearer ${newOperatorKey()}` });
    expect((await told()).slice(before.length)).toEqual([
      { actor: 'anonymous', address: '127.0.0.1', resource_id: 'me', after: { count: 1, reason: 'unauthenticated' } },
    ]);
  });

  it('asking for the caller of a public route is a fault of ours', async () => {
    const { status, json } = await running.send('GET', '/v1/open', undefined, { authorization });
    expect([status, json['code']]).toEqual([500, 'internal']);
  });
});

describe('a route that does not say who may call it', () => {
  let test: TestDatabase;
  const key = newOperatorKey();
  beforeAll(async () => {
    test = await createTestDatabase();
  });
  afterAll(() => test.drop());

  it.each([
    ['written without a definition', PlainController, 'PlainController.plain does not declare its access'],
    ['defined without access', SilentController, 'SilentController.silent does not declare its access'],
    [
      'about a thing whose owner no room tells',
      OrphanController,
      'OrphanController.orphan is about a thing of kind instance',
    ],
  ])('%s lets no application start', async (_, controller, fault) => {
    @Module({ controllers: [controller] })
    class WrongModule {}
    await expect(startApp({ imports: [...guards(test.database, key), WrongModule] })).rejects.toThrow(fault);
  });

  it.each([PlainController, SilentController])('is refused to everybody all the same: %p', (controller) => {
    const guard = new AuthGuard(
      new Reflector(),
      never(Callers),
      never(Authenticator),
      never(Owners),
      new OwnerLookups(),
      never(Refusals),
      never(RequestLimits),
    );
    const [method = ''] = Object.getOwnPropertyNames(controller.prototype).filter((name) => name !== 'constructor');
    const handler: unknown = Reflect.get(controller.prototype, method);
    const context = new ExecutionContextHost([], controller, handler as () => void);
    expect(() => guard.canActivate(context)).toThrow(expect.objectContaining({ kind: 'forbidden' }));
  });
});

/** What must not be asked before the route has said who may call it. */
function never<Type extends object>(type: { prototype: Type }): Type {
  return Object.create(type.prototype);
}
