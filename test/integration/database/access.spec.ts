import { createTestDatabase, type TestDatabase } from '../../setup/database.js';

// Whoever is not the service role may call these, and no others: "name(argument types)": why.
const openFunctions: Readonly<Record<string, string>> = {};

const tablesWithoutRowSecurity = `
  select c.relname as name from pg_class c
  where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relrowsecurity order by 1`;

const viewsWithTheirOwnersRights = `
  select c.relname as name from pg_class c
  where c.relnamespace = 'public'::regnamespace and c.relkind in ('v', 'm')
    and not coalesce(c.reloptions @> '{security_invoker=true}', false) order by 1`;

const reachableTables = `
  select r.rolname || ' may ' || lower(p.privilege) || ' ' || c.relname as name
  from pg_class c, (values ('anon'), ('authenticated')) r(rolname),
    (values ('SELECT'), ('INSERT'), ('UPDATE'), ('DELETE'), ('TRUNCATE'), ('REFERENCES'), ('TRIGGER')) p(privilege)
  where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'm')
    and has_table_privilege(r.rolname, c.oid, p.privilege)
    and not exists (select from pg_policy where polrelid = c.oid and r.rolname = any (array(select rolname from pg_roles where oid = any (polroles))))
  order by 1`;

const reachableFunctions = `
  select distinct p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')' as name
  from pg_proc p, (values ('anon'), ('authenticated'), ('public')) r(rolname)
  where p.pronamespace = 'public'::regnamespace and has_function_privilege(r.rolname, p.oid, 'execute') order by 1`;

const functionsWithALooseSearchPath = `
  select p.proname as name from pg_proc p
  where p.pronamespace = 'public'::regnamespace
    and not exists (select from unnest(p.proconfig) setting where setting like 'search_path=%') order by 1`;

const unreachableForTheService = `
  select p.proname as name from pg_proc p
  where p.pronamespace = 'public'::regnamespace and not has_function_privilege('service_role', p.oid, 'execute')
  union all
  select c.relname from pg_class c
  where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'm')
    and not has_table_privilege('service_role', c.oid, 'select')
  order by 1`;

async function namesIn(test: TestDatabase, query: string): Promise<string[]> {
  const rows = await test.sql<{ name: string }>(query);
  return rows.map(({ name }) => name);
}

describe('access to what the migrations make', () => {
  let test: TestDatabase;

  beforeAll(async () => {
    test = await createTestDatabase();
  });

  afterAll(async () => {
    await test.drop();
  });

  it.each([
    ['every table has row-level security on', tablesWithoutRowSecurity],
    ['every view has the rights of whoever asks', viewsWithTheirOwnersRights],
    ['no table is open to anon or authenticated without a policy for them', reachableTables],
    ['every function names its schemas itself', functionsWithALooseSearchPath],
    ['everything is open to the service role', unreachableForTheService],
  ])('%s', async (_, query) => {
    await expect(namesIn(test, query)).resolves.toEqual([]);
  });

  it('no function is open to anon, authenticated or everybody, but for those named above', async () => {
    await expect(namesIn(test, reachableFunctions)).resolves.toEqual(Object.keys(openFunctions).sort());
  });
});

describe('a later migration that says nothing of access', () => {
  let test: TestDatabase;

  beforeEach(async () => {
    test = await createTestDatabase();
    await test.sql(`
      create table public.careless (id integer primary key);
      create view public.careless_view as select * from public.careless;
      create sequence public.careless_sequence;
      create function public.careless_function() returns integer language sql as $$ select 1 $$;
    `);
  });

  afterEach(async () => {
    await test.drop();
  });

  it('opens nothing to anon or authenticated', async () => {
    await expect(namesIn(test, reachableTables)).resolves.toEqual([]);
    await expect(namesIn(test, reachableFunctions)).resolves.not.toContain('careless_function()');
    const [row] = await test.sql(`
      select has_sequence_privilege('anon', 'public.careless_sequence', 'usage, select, update') as anon,
        has_sequence_privilege('service_role', 'public.careless_sequence', 'usage') as service_role`);
    expect(row).toEqual({ anon: false, service_role: true });
  });

  it.each([
    ['a table without row-level security', tablesWithoutRowSecurity, 'careless'],
    ["a view with its owner's rights", viewsWithTheirOwnersRights, 'careless_view'],
    ['a function with a loose search path', functionsWithALooseSearchPath, 'careless_function'],
  ])('is caught with %s', async (_, query, name) => {
    await expect(namesIn(test, query)).resolves.toEqual([name]);
  });

  it('is caught when it opens a function', async () => {
    await test.sql('grant execute on function public.careless_function() to anon');
    await expect(namesIn(test, reachableFunctions)).resolves.toContain('careless_function()');
  });
});
