import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type AccessKeys, newAccessKeys } from '../../src/embedded/supabase/access-keys.js';
import { LiteDatabase } from '../../src/embedded/supabase/lite-database.js';
import { PostgresServer, type ServerAddress } from '../../src/embedded/supabase/postgres-server.js';
import { connectAsOwner, prepareDatabase } from '../../src/embedded/supabase/prepare-database.js';
import { makeDataDirectory } from './data-directory.js';

/** What a jest worker must know to make itself a database; handed over in the environment. */
export interface TestServerHandle {
  readonly address: ServerAddress;
  readonly template: string;
  readonly keys: AccessKeys;
  /** A file with what the gateway knows of the template's schema. */
  readonly schemaFile: string;
}

export const handleVariable = 'TENANTRY_TEST_DATABASE';

export interface TestServer {
  readonly handle: TestServerHandle;
  stop(): Promise<void>;
}

// Nothing here outlives the run, so nothing is flushed to disk. Each test file holds about three connections.
const settings = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  max_connections: '200',
  autovacuum: 'off',
};

/** Starts the one server of a test run, with a migrated database to copy. */
export async function startTestServer(): Promise<TestServer> {
  const directory = await makeDataDirectory();
  const server = await PostgresServer.start({ directory: directory.path, settings, ephemeral: true });
  const handle = {
    address: server.address,
    template: 'tenantry_template',
    keys: newAccessKeys(),
    schemaFile: join(server.home.directory, 'schema.json'),
  };
  const stop = async (): Promise<void> => {
    await server.stop();
    await directory.remove();
  };
  try {
    await makeTemplate(handle);
    return { handle, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function makeTemplate({ address, template, keys, schemaFile }: TestServerHandle): Promise<void> {
  const owner = connectAsOwner(address, 'postgres');
  await owner.unsafe(`create database ${template}`);
  await owner.end({ timeout: 1 });
  const sql = connectAsOwner(address, template);
  const lite = await LiteDatabase.open({ address, database: template, keys, poolSize: 1 });
  try {
    await prepareDatabase(sql, lite);
    await writeFile(schemaFile, await lite.exportSchema());
  } finally {
    await lite.close();
    await sql.end({ timeout: 1 });
  }
}
