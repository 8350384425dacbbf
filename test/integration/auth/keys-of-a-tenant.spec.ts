import { TenantsModule } from '../../../src/tenants/tenants.module.js';
import { createTestDatabase, type TestDatabase } from '../../setup/database.js';
import { Provisioning } from '../../setup/provisioning.js';
import { Replica } from './callers.js';

describe('the keys of a tenant', () => {
  let test: TestDatabase;
  let world: Provisioning;
  let replica: Replica;
  const keys = '/v1/api-keys';

  beforeAll(async () => {
    test = await createTestDatabase();
    world = await Provisioning.in(test);
    replica = await Replica.start(test.database, [TenantsModule]);
  });
  afterAll(async () => {
    await replica.stop();
    await test.drop();
  });

  it('are a hundred of a tenant that hold, however many ask at once; others in their place come to an end too', async () => {
    const slug = world.name('many-keys');
    const tenant = await world.tenant(slug);
    const first = await replica.makeKey({ tenant: slug, scopes: ['keys:read'] });
    await test.sql(
      `insert into public.api_keys (id, tenant_id, name, prefix, hash, scopes, created_by)
       select gen_random_uuid(), $1::uuid, 'filler', 'tnt', gen_random_uuid()::text, array['keys:read'], 'test' from generate_series(1, 94)`,
      [tenant as never],
    );
    const wanted = { name: 'one more', tenant: slug, scopes: ['keys:read'] };
    const made = await Promise.all(Array.from({ length: 10 }, () => replica.send('POST', keys, undefined, wanted)));
    const statuses = made.map(({ status }) => status).sort((a, b) => a - b);
    expect(statuses).toEqual([201, 201, 201, 201, 201, 409, 409, 409, 409, 409]);
    const refused = made.find(({ status }) => status === 409);
    expect(refused?.json).toMatchObject({ code: 'too_many_api_keys', limit: 100 });
    const rotate = (id: string, overlap_seconds: number) =>
      replica.send('POST', `${keys}/${id}/rotate`, undefined, { overlap_seconds });
    const rotated = await rotate(first.id, 60);
    expect(rotated.status).toBe(201);
    await test.sql(
      `insert into public.api_keys (id, tenant_id, name, prefix, hash, scopes, created_by)
       select gen_random_uuid(), $1::uuid, 'filler', 'tnt', gen_random_uuid()::text, array['keys:read'], 'test' from generate_series(1, 99)`,
      [tenant as never],
    );
    const last = String(rotated.json['id']);
    expect((await rotate(last, 60)).json).toMatchObject({ code: 'too_many_api_keys', limit: 200 });
    expect((await rotate(last, 0)).status).toBe(201);
    // Those that hold no longer make room, and an operator's own are not counted.
    await test.sql(`update public.api_keys set revoked_at = now() where tenant_id = $1 and name = 'filler'`, [
      tenant as never,
    ]);
    expect((await replica.send('POST', keys, undefined, wanted)).status).toBe(201);
  });
});
