import { createTestDatabase, type TestDatabase } from '../../setup/database.js';
import { lints } from '../../setup/schema-lints.js';

/** What makes each lint find something: the statement, and what is found. */
const planted: Readonly<Record<keyof typeof lints, readonly [string, string]>> = {
  'a table without row-level security': ['create table public.bad (id integer primary key)', 'bad'],
  'policies on a table where row-level security is off': [
    'create table public.bad (id integer primary key); create policy p on public.bad using (false)',
    'bad',
  ],
  'row-level security without a policy': [
    'create table public.bad (id integer primary key); alter table public.bad enable row level security',
    'bad',
  ],
  'several permissive policies for one role and command': [
    `create policy p on public.tenants for select to authenticated using (false);
     create policy q on public.tenants for all to public using (false)`,
    'tenants: authenticated may select by members_read, p, q',
  ],
  'a policy that is always true': [
    'create policy p on public.tasks for insert to authenticated with check (true)',
    'tasks: p',
  ],
  'a policy that asks who is asking row by row': [
    'create policy p on public.tasks for select to authenticated using (auth.uid()::text = subject)',
    'tasks: p',
  ],
  'a policy that believes what users say of themselves': [
    "create policy p on public.tasks for select to authenticated using ((select auth.jwt()) -> 'user_metadata' ? 'admin')",
    'tasks: p',
  ],
  "a view with its owner's rights": ['create view public.bad as select id from public.tenants', 'bad'],
  'a view of the users of Supabase Auth': [
    'create view public.bad with (security_invoker = true) as select id from auth.users',
    'bad',
  ],
  'a materialized view or foreign table, which no policy can guard': [
    'create materialized view public.bad as select 1 as one',
    'bad',
  ],
  'a function that takes its search path from the caller': [
    'create function public.bad() returns integer language sql return 1',
    'bad()',
  ],
  "a function with its owner's rights that the gateway serves to users": [
    "create function public.bad() returns integer language sql security definer set search_path = '' return 1; grant execute on function public.bad() to authenticated",
    'bad()',
  ],
  'a foreign key without an index': [
    'create table public.bad (id integer primary key, tenant_id uuid references public.tenants (id))',
    'bad: bad_tenant_id_fkey',
  ],
  'two indexes of which one would do': [
    'create index again on public.tasks (lease_until) where state = $$running$$',
    'tasks: again, tasks_lease',
  ],
  'a table without a primary key': ['create table public.bad (id integer)', 'bad'],
  'an extension in a schema that is served': ['create extension citext schema public', 'citext'],
  'a type that upgrades of Postgres stumble over': [
    'create table public.bad (id integer primary key, at regproc)',
    'bad: at',
  ],
};

describe('the migrated schema', () => {
  let test: TestDatabase;

  beforeEach(async () => {
    test = await createTestDatabase();
  });
  afterEach(() => test.drop());

  const findings = async (query: string): Promise<string[]> =>
    (await test.sql<{ finding: string }>(query)).map(({ finding }) => finding);

  it('has nothing of what makes a database on Supabase unsafe or slow', async () => {
    const found = await Promise.all(
      Object.entries(lints).map(async ([name, query]): Promise<[string, string[]]> => [name, await findings(query)]),
    );
    expect(found.filter(([, list]) => list.length > 0)).toEqual([]);
    expect(found).toHaveLength(Object.keys(planted).length);
  });

  it.each(Object.keys(planted))('would be caught with %s', async (name) => {
    const [statement, finding] = Object.entries(planted).find(([each]) => each === name)?.[1] ?? ['', ''];
    await test.sql(statement);
    expect(await findings(Object.entries(lints).find(([each]) => each === name)?.[1] ?? '')).toContain(finding);
  });
});
