import type { SupabaseClient } from '@supabase/supabase-js';
import { exposedFunctions, exposedRelations } from '../../setup/exposed-schema.js';
import { TwoTenants } from '../../setup/two-tenants.js';

const denied = { error: expect.objectContaining({ code: '42501' }), data: null };

describe('what users do not reach with their own tokens:', () => {
  let two: TwoTenants;

  beforeAll(async () => {
    two = await TwoTenants.make();
  });
  afterAll(() => two.test.drop());

  it('nothing to write, not even their own', async () => {
    const before = await two.world.everything();
    for (const { name, kind, writable: column } of await exposedRelations(two.test)) {
      for (const { who, client, status } of two.everyone) {
        const row = { [column]: null };
        const table = (): ReturnType<SupabaseClient['from']> => client.from(name);
        const writes = [
          table().insert(row),
          table().insert(row).select(column),
          table().upsert(row),
          table().update(row).not(column, 'is', null),
          table().update(row).not(column, 'is', null).select(column),
          table().delete().not(column, 'is', null),
          table().delete().not(column, 'is', null).select(column),
        ];
        for (const answer of await Promise.all(writes)) {
          // A view of more than plain rows cannot be written by anybody, and says so first.
          const nobodyCan = kind === 'view' && answer.error?.code === '55000';
          if (!nobodyCan) expect({ who, name, ...answer }).toMatchObject({ ...denied, status });
          expect(answer.data).toBeNull();
        }
      }
    }
    expect(await two.world.everything()).toEqual(before);
  });

  it('nothing to call', async () => {
    const functions = await exposedFunctions(two.test);
    const before = await two.world.everything();
    expect(functions.length).toBeGreaterThan(30);
    for (const { name, parameters } of functions) {
      const nulls = Object.fromEntries(parameters.map((parameter) => [parameter, null]));
      for (const { who, client, status } of two.everyone) {
        for (const answer of [await client.rpc(name, nulls), await client.rpc(name, nulls, { get: true })]) {
          expect({ who, name, ...answer }).toMatchObject({ ...denied, status });
        }
      }
    }
    expect(await two.world.everything()).toEqual(before);
  });

  it('nothing of other schemas', async () => {
    for (const [schema, table] of [
      ['private', 'my_tenant_ids'],
      ['auth', 'users'],
      ['supabase_migrations', 'schema_migrations'],
      ['pg_catalog', 'pg_class'],
      ['information_schema', 'tables'],
    ] as const) {
      for (const client of [two.anonymous, two.clients.owner]) {
        expect(await client.schema(schema).from(table).select('*')).toMatchObject({ error: { code: 'PGRST106' } });
        expect(await client.schema(schema).rpc(table)).toMatchObject({ error: { code: 'PGRST106' } });
      }
    }
  });
});
