import { Controller, Module } from '@nestjs/common';
import { z } from 'zod';
import type { Access } from '../../src/platform/http/access.js';
import { type AnswerOf, defineRoute, type InputOf } from '../../src/platform/http/route.js';
import { Route } from '../../src/platform/http/route.decorator.js';
import { TenantsModule } from '../../src/tenants/tenants.module.js';
import { TenantsService } from '../../src/tenants/tenants.service.js';
import { operatorKey as operatorOfReplica, Replica } from '../integration/auth/callers.js';
import { createTestDatabase, type TestDatabase } from '../setup/database.js';
import { operatorKey, startTestService, type TestService } from '../setup/test-service.js';
import { Matrix } from './access/matrix.js';
import { publishedRoutes } from './access/routes.js';
import { makeWorld } from './access/world.js';

describe('every published route, with every kind of caller', () => {
  let service: TestService;

  beforeAll(async () => {
    // Nobody works on operations: what the matrix asks for stays asked for.
    service = await startTestService({ TENANTRY_ROLES: 'api' });
  });
  afterAll(() => service.stop());

  it('lets in whom it declares, and shows nobody anything foreign', async () => {
    const world = await makeWorld(service.url, service.database, operatorKey);
    const routes = await publishedRoutes(service.url);
    const before = await world.foreignRows();
    const matrix = new Matrix(service.url, world);
    await matrix.run(routes);
    expect(matrix.violations).toEqual([]);
    expect(await world.foreignRows()).toBe(before);
    expect(routes.length).toBeGreaterThan(40);
    expect(matrix.calls).toBeGreaterThan(routes.length * 15);
    expect(matrix.foreign).toBeGreaterThan(60);
  });
});

const one = z.object({ id: z.string(), slug: z.string() });

function plant(name: string, method: 'GET' | 'POST', access: Access, tail = '') {
  return defineRoute({
    name,
    method,
    path: `/v1/planted/{tenant}/${name}${tail}`,
    tag: 'planted',
    summary: 'Planted',
    access,
    params: z.strictObject({ tenant: z.string() }),
    answers: { 200: { description: 'One.', schema: one } },
  });
}

const openRoute = plant('open', 'GET', 'public');
const ownerless = plant('ownerless', 'GET', { scope: 'tenants:read', of: 'own' });
const reading = plant('reading', 'POST', { scope: 'tenants:read', of: 'tenant', param: 'tenant' });
const unknownThing = defineRoute({
  ...plant('thing', 'GET', { scope: 'tenants:read', of: 'tenant', param: 'tenant' }),
  path: '/v1/planted/{tenant}/things/{thing}',
  params: z.strictObject({ tenant: z.string(), thing: z.string() }),
});
const unknownBody = defineRoute({
  ...plant('body', 'POST', { scope: 'instances:write', of: 'tenant', param: 'tenant' }),
  body: z.strictObject({ colour: z.string() }),
});

/** Routes as somebody in a hurry may write them. */
@Controller()
class PlantedController {
  constructor(private readonly tenants: TenantsService) {}

  @Route(openRoute)
  open({ params }: InputOf<typeof openRoute>): Promise<AnswerOf<typeof openRoute>> {
    return this.read(params.tenant);
  }

  @Route(ownerless)
  ownerless({ params }: InputOf<typeof ownerless>): Promise<AnswerOf<typeof ownerless>> {
    return this.read(params.tenant);
  }

  @Route(reading)
  reading({ params }: InputOf<typeof reading>): Promise<AnswerOf<typeof reading>> {
    return this.read(params.tenant);
  }

  @Route(unknownThing)
  thing({ params }: InputOf<typeof unknownThing>): Promise<AnswerOf<typeof unknownThing>> {
    return this.read(params.tenant);
  }

  @Route(unknownBody)
  body({ params }: InputOf<typeof unknownBody>): Promise<AnswerOf<typeof unknownBody>> {
    return this.read(params.tenant);
  }

  private async read(tenant: string): Promise<z.infer<typeof one>> {
    const { id, slug } = await this.tenants.get(tenant, 'all');
    return { id, slug };
  }
}

@Module({ imports: [TenantsModule], controllers: [PlantedController] })
class PlantedModule {}

describe('the matrix itself', () => {
  let test: TestDatabase;
  let replica: Replica;

  beforeAll(async () => {
    test = await createTestDatabase();
    replica = await Replica.start(test.database, [PlantedModule]);
  });
  afterAll(async () => {
    await replica.stop();
    await test.drop();
  });

  it('sees a route that was opened by mistake, and one that it cannot try', async () => {
    const { url } = replica.running;
    const world = await makeWorld(url, test, operatorOfReplica);
    const matrix = new Matrix(url, world);
    await matrix.run((await publishedRoutes(url)).filter(({ path }) => path.startsWith('/v1/planted')));
    const seen = matrix.violations.join('\n');
    for (const violation of [
      'open: is public, and not known to be',
      'ownerless: has {tenant} in its path, and does not hang on whose that is',
      'ownerless: viewer on foreign met 200, not 404',
      `ownerless: tells viewer of what is foreign: ${world.things.foreign.tenant}`,
      'ownerless: owner can tell what is foreign by slug from what is not there',
      'reading: changes something with tenants:read',
      'thing: the matrix does not know what {thing} can be',
      'body: the matrix does not know what to send',
    ]) {
      expect(seen).toContain(violation);
    }
  });
});
