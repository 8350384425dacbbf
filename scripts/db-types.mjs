// npm run db:types: writes src/platform/database.types.ts from the migrations, on a database of its own.
import './load-sources.mjs';
import { writeFile } from 'node:fs/promises';

const { connectAsOwner } = await import('../src/embedded/supabase/prepare-database.ts');
const { generateDatabaseTypes, typesFile } = await import('../test/setup/database-types.ts');
const { startTestServer } = await import('../test/setup/test-server.ts');

const server = await startTestServer();
try {
  const sql = connectAsOwner(server.handle.address, server.handle.template);
  await writeFile(typesFile, await generateDatabaseTypes(sql));
  await sql.end({ timeout: 1 });
} finally {
  await server.stop();
}
