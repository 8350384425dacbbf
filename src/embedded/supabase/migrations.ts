import { access, readFile, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isNativeError } from 'node:util/types';
import postgres from 'postgres';

export interface Migration {
  /** The digits before the first underscore, as the supabase CLI reads them. */
  readonly version: string;
  readonly name: string;
  readonly sql: string;
}

/** `supabase/migrations` of this package, found from `src` as well as from `dist`. */
export async function findMigrations(from = dirname(fileURLToPath(import.meta.url))): Promise<string> {
  for (let directory = from; ; directory = dirname(directory)) {
    const found = join(directory, 'supabase', 'migrations');
    if (await exists(found)) return found;
    if (dirname(directory) === directory) throw new Error(`no supabase/migrations above ${from}`);
  }
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** The migrations of a directory in the order of their versions. Other files are left alone, as the CLI does. */
export async function readMigrations(directory: string): Promise<Migration[]> {
  const names = (await readdir(directory)).filter((name) => /^\d+_.*\.sql$/.test(name)).sort();
  const migrations = await Promise.all(names.map((file) => readMigration(directory, file)));
  const twice = migrations.find(({ version }, index) => migrations[index + 1]?.version === version);
  if (twice) throw new Error(`two migrations have the version ${twice.version}`);
  return migrations;
}

async function readMigration(directory: string, file: string): Promise<Migration> {
  const [, version = '', name = ''] = /^(\d+)_(.*)\.sql$/.exec(file) ?? [];
  return { version, name, sql: await readFile(join(directory, file), 'utf8') };
}

// The supabase CLI's own record, so that either of the two goes on where the other stopped.
const recordSchema = `
  select pg_advisory_xact_lock(hashtextextended('supabase_migrations', 0));
  create schema if not exists supabase_migrations;
  create table if not exists supabase_migrations.schema_migrations (version text not null primary key, statements text[], name text);
  alter table supabase_migrations.schema_migrations add column if not exists statements text[];
  alter table supabase_migrations.schema_migrations add column if not exists name text;
`;

/** Those that the database has not seen, in order. Changes nothing. */
export async function missingMigrations(sql: postgres.Sql, migrations: readonly Migration[]): Promise<Migration[]> {
  const [record] = await sql`select to_regclass('supabase_migrations.schema_migrations') is not null as exists`;
  if (!record?.['exists']) return [...migrations];
  const seen = await sql<{ version: string }[]>`select version from supabase_migrations.schema_migrations`;
  const known = new Set(seen.map(({ version }) => version));
  return migrations.filter(({ version }) => !known.has(version));
}

/**
 * Applies the migrations that the database has not seen, in order, each with its record in one transaction. Safe from several
 * processes at once.
 * @returns the versions applied now.
 * @throws when one fails, with its name and line; what came before it stays.
 */
export async function applyMigrations(sql: postgres.Sql, migrations: readonly Migration[]): Promise<string[]> {
  const missing = await missingMigrations(sql, migrations);
  if (missing.length > 0) await sql.unsafe(recordSchema);
  const applied: string[] = [];
  for (const migration of missing) {
    if (await applyOnce(sql, migration)) applied.push(migration.version);
  }
  return applied;
}

async function applyOnce(sql: postgres.Sql, migration: Migration): Promise<boolean> {
  const { version, name } = migration;
  try {
    return await sql.begin(async (transaction) => {
      await transaction`select pg_advisory_xact_lock(hashtextextended('supabase_migrations', 0))`;
      const [seen] = await transaction`select from supabase_migrations.schema_migrations where version = ${version}`;
      if (seen) return false;
      await transaction.unsafe(migration.sql);
      await transaction`
        insert into supabase_migrations.schema_migrations (version, name, statements) values (${version}, ${name}, ${[migration.sql]})`;
      return true;
    });
  } catch (cause) {
    const reason = isNativeError(cause) ? cause.message : String(cause);
    throw new Error(`migration ${version}_${name}: ${reason}${lineOf(cause, migration.sql)}`, { cause });
  }
}

// Postgres counts characters from 1 in the text it was sent.
function lineOf(cause: unknown, sql: string): string {
  const position = cause instanceof postgres.PostgresError ? Number(cause.position) : NaN;
  return Number.isInteger(position) ? ` (line ${sql.slice(0, position).split('\n').length})` : '';
}
