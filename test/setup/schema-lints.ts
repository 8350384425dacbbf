// The faults that Supabase's own advisor looks for in a project's database, in queries of ours: each gives one `finding` a row. Those that
// need the statistics of a database in use (unused indexes, bloat) are left to it.

const served = "c.relnamespace = 'public'::regnamespace";

const policies = `pg_policy p join pg_class c on c.oid = p.polrelid`;

const conditions = `coalesce(pg_get_expr(p.polqual, p.polrelid), '') || ' ' || coalesce(pg_get_expr(p.polwithcheck, p.polrelid), '')`;

const tablesWhere = (condition: string): string => `
  select c.oid::regclass::text as finding from pg_class c where ${served} and c.relkind in ('r', 'p') and ${condition} order by 1`;

const policiesWhere = (condition: string): string => `
  select format('%s: %s', c.oid::regclass, p.polname) as finding from ${policies} where ${served} and ${condition} order by 1`;

const viewsWhere = (condition: string): string => `
  select c.oid::regclass::text as finding from pg_class c where ${served} and ${condition} order by 1`;

const functionsWhere = (condition: string): string => `
  select f.oid::regprocedure::text as finding from pg_proc f
  where f.pronamespace in ('public'::regnamespace, 'private'::regnamespace) and ${condition} order by 1`;

const severalPermissive = `
  select format('%s: %s may %s by %s', c.oid::regclass, r.rolname, k.command, string_agg(p.polname, ', ' order by p.polname)) as finding
  from ${policies},
    (values ('anon'), ('authenticated')) r(rolname),
    (values ('r', 'select'), ('a', 'insert'), ('w', 'update'), ('d', 'delete')) k(code, command)
  where ${served} and p.polpermissive and p.polcmd in (k.code::"char", '*')
    and (p.polroles = array[0::oid] or (select oid from pg_roles o where o.rolname = r.rolname) = any (p.polroles))
  group by c.oid, r.rolname, k.command having count(*) > 1 order by 1`;

// An index serves a foreign key when the key's columns are its first ones, in any order.
const uncoveredForeignKeys = `
  select format('%s: %s', k.conrelid::regclass, k.conname) as finding
  from pg_constraint k
  where k.contype = 'f' and k.connamespace = 'public'::regnamespace and not exists (
    select from pg_index i where i.indrelid = k.conrelid and i.indpred is null
      and (i.indkey::int2[])[0:cardinality(k.conkey) - 1] @> k.conkey)
  order by 1`;

const redundantIndexes = `
  select format('%s: %s', indrelid::regclass, string_agg(indexrelid::regclass::text, ', ' order by indexrelid::regclass::text)) as finding
  from pg_index i join pg_class c on c.oid = i.indrelid where ${served}
  group by indrelid, indkey::text, indclass::text, indcollation::text, indoption::text, pg_get_expr(indexprs, indrelid), pg_get_expr(indpred, indrelid)
  having count(*) > 1 order by 1`;

// A bare call stands for itself in the text; one that is made once a statement stands behind a select.
const rowByRow = String.raw`regexp_replace(${conditions}, '\(\s*select\s+(auth\.(uid|jwt|role|email)|current_setting)\(', '', 'gi')
  ~* '(auth\.(uid|jwt|role|email)|current_setting)\('`;

export const lints = {
  'a table without row-level security': tablesWhere('not c.relrowsecurity'),
  'policies on a table where row-level security is off': tablesWhere(
    'not c.relrowsecurity and exists (select from pg_policy where polrelid = c.oid)',
  ),
  'row-level security without a policy': tablesWhere(
    'c.relrowsecurity and not exists (select from pg_policy where polrelid = c.oid)',
  ),
  'several permissive policies for one role and command': severalPermissive,
  'a policy that is always true': policiesWhere(
    "p.polpermissive and 'true' in (pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid))",
  ),
  'a policy that asks who is asking row by row': policiesWhere(rowByRow),
  'a policy that believes what users say of themselves': policiesWhere(`${conditions} like '%user_metadata%'`),
  "a view with its owner's rights": viewsWhere(
    "c.relkind = 'v' and not coalesce(c.reloptions @> '{security_invoker=true}', false)",
  ),
  'a view of the users of Supabase Auth': viewsWhere(`c.relkind in ('v', 'm') and exists (
    select from pg_rewrite w join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = w.oid
    where w.ev_class = c.oid and d.refobjid = to_regclass('auth.users'))`),
  'a materialized view or foreign table, which no policy can guard': viewsWhere("c.relkind in ('m', 'f')"),
  'a function that takes its search path from the caller': functionsWhere(
    "not exists (select from unnest(f.proconfig) setting where setting like 'search_path=%')",
  ),
  // The service role may call such a one: what appends to the trail can do what the service role itself must not.
  "a function with its owner's rights that the gateway serves to users": functionsWhere(
    "f.prosecdef and f.pronamespace = 'public'::regnamespace and (has_function_privilege('anon', f.oid, 'execute') or has_function_privilege('authenticated', f.oid, 'execute'))",
  ),
  'a foreign key without an index': uncoveredForeignKeys,
  'two indexes of which one would do': redundantIndexes,
  'a table without a primary key': tablesWhere(
    "not exists (select from pg_constraint where conrelid = c.oid and contype = 'p')",
  ),
  'an extension in a schema that is served': `select extname::text as finding from pg_extension where extnamespace = 'public'::regnamespace`,
  // pg_upgrade refuses them, for what they name has another oid afterwards.
  'a type that upgrades of Postgres stumble over': `
    select format('%s: %s', c.oid::regclass, a.attname) as finding from pg_attribute a join pg_class c on c.oid = a.attrelid
    where ${served} and c.relkind in ('r', 'p') and a.attnum > 0 and a.atttypid::regtype::text in ('regcollation', 'regconfig',
      'regdictionary', 'regnamespace', 'regoper', 'regoperator', 'regproc', 'regprocedure') order by 1`,
} as const;
