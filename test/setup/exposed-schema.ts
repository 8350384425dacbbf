import type { TestDatabase } from './database.js';

/** A table or view that the gateway would serve. */
export interface Relation {
  readonly name: string;
  readonly kind: 'table' | 'view';
  readonly columns: readonly string[];
  /** One that an insert may name: not made by the database itself, here or in the table that a view shows. */
  readonly writable: string;
  /** Which of the columns `authenticated` may read. */
  readonly readable: readonly string[];
  /** Has a policy that keeps `anon` and `authenticated` out, whatever others permit. */
  readonly closed: boolean;
}

export interface RemoteFunction {
  readonly name: string;
  readonly parameters: readonly string[];
}

/** Everything of the schema that the gateway serves, as the catalog has it: what a migration adds is in here unasked. */
export async function exposedRelations(test: TestDatabase): Promise<Relation[]> {
  return test.sql<Relation & Record<string, unknown>>(`
    select c.relname as name, case when c.relkind in ('v', 'm') then 'view' else 'table' end as kind,
      array(select attname::text from pg_attribute where attrelid = c.oid and attnum > 0 and not attisdropped order by attnum) as columns,
      array(select attname::text from pg_attribute where attrelid = c.oid and attnum > 0 and not attisdropped
        and has_column_privilege('authenticated', c.oid, attnum, 'select') order by attnum) as readable,
      (select attname::text from pg_attribute where attrelid = c.oid and attnum > 0 and not attisdropped
        and attidentity = '' and attgenerated = ''
        and attname not in (select attname from pg_attribute where attidentity <> '' and c.relkind = 'v' and attrelid in (
          select d.refobjid from pg_depend d join pg_rewrite r on r.oid = d.objid where r.ev_class = c.oid and d.refclassid = 'pg_class'::regclass))
        order by attnum limit 1) as writable,
      exists (select from pg_policy p where p.polrelid = c.oid and not p.polpermissive and p.polcmd = '*'
        and pg_get_expr(p.polqual, c.oid) = 'false' and p.polwithcheck is null
        and array(select rolname::text from pg_roles where oid = any (p.polroles) order by 1) = array['anon', 'authenticated']) as closed
    from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'm', 'f') order by 1`);
}

export async function exposedFunctions(test: TestDatabase): Promise<RemoteFunction[]> {
  return test.sql<RemoteFunction & Record<string, unknown>>(`
    select proname as name, array(
      -- Without those that are columns of what it returns.
      select a.name from unnest(proargnames, coalesce(proargmodes, array_fill('i'::"char", array[coalesce(cardinality(proargnames), 0)]))) as a (name, mode)
      where a.mode in ('i', 'b', 'v')
    ) as parameters from pg_proc
    where pronamespace = 'public'::regnamespace and prokind in ('f', 'p') and prorettype <> 'trigger'::regtype order by 1`);
}
