import type postgres from 'postgres';
import { applyMigrations, findMigrations, readMigrations } from '../../../src/embedded/supabase/migrations.js';
import { connectAsOwner } from '../../../src/embedded/supabase/prepare-database.js';
import { newId } from '../../../src/platform/ids.js';
import { createEmptyDatabase, type EmptyDatabase } from '../../setup/database.js';
import { hostedSchema } from '../../setup/hosted-schema.js';

describe('policies where who asks is told as hosted Supabase tells it', () => {
  const [own, foreign, user] = [newId(), newId(), newId()];
  let empty: EmptyDatabase;
  let sql: postgres.Sql;

  beforeAll(async () => {
    empty = await createEmptyDatabase();
    sql = connectAsOwner(empty.address, empty.name);
    await sql.unsafe(hostedSchema);
    await applyMigrations(sql, await readMigrations(await findMigrations()));
    await sql`insert into public.tenants (id, slug, name) values (${own}, 'own', 'Own'), (${foreign}, 'foreign', 'Foreign')`;
    await sql`insert into public.tenant_members (tenant_id, user_id, role) values (${own}, ${user}, 'viewer')`;
    await sql`insert into public.blueprints (id, name, version, spec, digest) values (${newId()}, 'app', 1, '{}', '')`;
  });
  afterAll(async () => {
    await sql.end({ timeout: 1 });
    await empty.drop();
  });

  /** Runs a statement as PostgREST does. */
  const as = (role: string, claims: object, statement: string): Promise<readonly object[]> =>
    sql.begin(async (request) => {
      await request`select set_config('role', ${role}, true), set_config('request.jwt.claims', ${JSON.stringify(claims)}, true)`;
      return [...(await request.unsafe(statement))];
    });
  const signedIn = { sub: user, role: 'authenticated', aud: 'authenticated' };

  it('show the own tenants, and nothing to anybody else', async () => {
    const read = 'select slug from public.tenants';
    expect(await as('authenticated', signedIn, read)).toEqual([{ slug: 'own' }]);
    expect(await as('authenticated', { ...signedIn, sub: newId() }, read)).toEqual([]);
    expect(await as('authenticated', {}, read)).toEqual([]);
    await expect(as('anon', signedIn, read)).rejects.toMatchObject({ code: '42501' });
    expect(await as('service_role', {}, `${read} order by slug`)).toEqual([{ slug: 'foreign' }, { slug: 'own' }]);
  });

  it.each([
    'select private.my_tenant_ids()',
    'select * from public.tenants',
    'select count(seq) from public.operations',
    'select public.ping()',
    'insert into public.tenant_members (tenant_id, user_id, role) select id, id, $$owner$$ from public.tenants',
    'update public.tenant_members set role = $$owner$$',
    'delete from public.tenant_members',
    'truncate public.tenant_members cascade',
    'select 1 from public.tenants for update',
    'create table public.mine ()',
  ])('refuse a user: %s', async (statement) => {
    await expect(as('authenticated', signedIn, statement)).rejects.toMatchObject({ code: '42501' });
  });

  it('keep what is closed closed, although a later migration grants it', async () => {
    const all = (
      await sql`
      select c.relname as name from pg_class c join pg_policy p on p.polrelid = c.oid
      where p.polname = 'nobody' and not p.polpermissive`
    ).map(({ name }: { name?: string }) => name ?? '');
    expect(all).toContain('audit_log');
    for (const name of all) {
      await sql.unsafe(`grant select, insert on public.${name} to anon, authenticated`);
      await sql.unsafe(`create policy careless on public.${name} for all to public using (true) with check (true)`);
      for (const role of ['anon', 'authenticated']) {
        expect(await as(role, signedIn, `select * from public.${name}`)).toEqual([]);
      }
    }
    const insert = "insert into public.schedules (name, slot) values ('mine', now())";
    await expect(as('authenticated', signedIn, insert)).rejects.toMatchObject({ code: '42501' });
  });

  it('ask for the own tenants once a statement, and find their rows by index', async () => {
    await sql`insert into public.tenants (id, slug, name) select gen_random_uuid(), 'many-' || n, 'Many' from generate_series(1, 3000) n`;
    await sql`
      insert into public.instances (id, tenant_id, name, cluster, namespace, release, blueprint, blueprint_version, desired_state, status)
      select gen_random_uuid(), id, 'shop', 'c', 't-' || slug, 'shop', 'app', 1, 'running', 'running' from public.tenants`;
    await sql`insert into public.tasks (id, queue, subject, state) select id, 'q', id::text, 'done' from public.instances`;
    await sql`
      insert into public.operations (id, instance_id, tenant_id, kind, status, requested_by)
      select id, id, tenant_id, 'create', 'succeeded', 'operator' from public.instances`;
    await sql`insert into public.tenant_members (tenant_id, user_id, role) select id, gen_random_uuid(), 'owner' from public.tenants`;
    await sql`analyze`;
    for (const [table, index] of [
      ['tenants', 'tenants_pkey'],
      ['tenant_members', 'tenant_members_pkey'],
      ['instances', 'instances_tenant_id_name_key'],
      ['operations', 'operations_tenant'],
    ] as const) {
      const column = table === 'tenants' ? 'id' : 'tenant_id';
      const rows = await as(
        'authenticated',
        signedIn,
        `explain (analyze, costs off, timing off) select ${column} from public.${table}`,
      );
      const plan = rows.map((row) => Object.values(row).join()).join('\n');
      expect(plan).toContain(index);
      expect(plan).not.toContain('Seq Scan');
      expect(plan).toMatch(/InitPlan[^]*ProjectSet \(actual rows=[\d.]+ loops=1\)/);
    }
    const whose = 'select tenant_id from public.tenant_members where user_id = $$' + newId() + '$$';
    const plan = (await sql.unsafe(`explain (costs off) ${whose}`)).map((row) => Object.values(row).join()).join('\n');
    expect(plan).toContain('Index Only Scan using tenant_members_user');
  });
});
