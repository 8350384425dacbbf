import { readFile } from 'node:fs/promises';
import { generateTypescript, sortGeneratorMetadata } from '@supabase/postgrest-typegen/generation';
import { introspect } from '@supabase/postgrest-typegen/introspection';
import type postgres from 'postgres';
import { format, resolveConfig } from 'prettier';

export const typesFile = new URL('../../src/platform/database.types.ts', import.meta.url);

const header = '// Generated from supabase/migrations by `npm run db:types`; a test fails when the two differ.\n\n';

/** The text of `src/platform/database.types.ts` for the schema `public` of a migrated database. */
export async function generateDatabaseTypes(sql: postgres.Sql): Promise<string> {
  const queryable = { query: async (text: string) => ({ rows: [...(await sql.unsafe(text))] }) };
  const metadata = await introspect(queryable, { includedSchemas: ['public'] });
  const options = { ...(await resolveConfig(typesFile)), parser: 'typescript' };
  const types = await generateTypescript(sortGeneratorMetadata(metadata), {
    postgrestVersion: '13',
    format: async (code) => format(code, options),
  });
  // What follows are aliases that nobody here uses.
  return `${header}${types.slice(0, types.indexOf('type DatabaseWithoutInternals')).trim()}\n`;
}

export function readDatabaseTypes(): Promise<string> {
  return readFile(typesFile, 'utf8');
}
