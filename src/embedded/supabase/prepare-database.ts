import postgres from 'postgres';
import type { LiteDatabase } from './lite-database.js';
import { applyMigrations, findMigrations, readMigrations } from './migrations.js';
import { platformSchema } from './platform-schema.js';
import type { ServerAddress } from './postgres-server.js';

/** A connection as the superuser, past the gateway. */
export function connectAsOwner(address: ServerAddress, database: string): postgres.Sql {
  return postgres({ ...address, database, max: 1, onnotice: () => undefined });
}

/**
 * Brings a database to what the service needs: what hosted Supabase has from birth, then the migrations that are still missing.
 * @returns the versions of the migrations applied now.
 */
export async function prepareDatabase(
  sql: postgres.Sql,
  lite: LiteDatabase,
  migrations?: string,
): Promise<readonly string[]> {
  await sql.unsafe(platformSchema);
  await lite.makeSystemSchemas();
  const applied = await applyMigrations(sql, await readMigrations(migrations ?? (await findMigrations())));
  await lite.reloadSchema();
  return applied;
}
