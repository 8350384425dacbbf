import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type postgres from 'postgres';
import { LiteDatabase } from '../../src/embedded/supabase/lite-database.js';
import type { ServerAddress } from '../../src/embedded/supabase/postgres-server.js';
import { connectAsOwner } from '../../src/embedded/supabase/prepare-database.js';
import { handleVariable, type TestServerHandle } from './test-server.js';

export interface TestDatabase {
  readonly database: LiteDatabase;
  /** Runs a statement as the superuser, past the gateway: for what a test arranges and asserts. Changes of the schema are seen at once. */
  sql<Row extends object = Record<string, unknown>>(
    query: string,
    parameters?: postgres.ParameterOrJSON<never>[],
  ): Promise<Row[]>;
  /** Closes the connections and removes the database. */
  drop(): Promise<void>;
}

export interface EmptyDatabase {
  readonly address: ServerAddress;
  readonly name: string;
  drop(): Promise<void>;
}

/** A database of its own without anything in it but what Postgres puts there; the roles of Supabase are the server's. */
export function createEmptyDatabase(): Promise<EmptyDatabase> {
  return copyDatabase('template1');
}

async function copyDatabase(source: string): Promise<EmptyDatabase> {
  const { address } = readTestServer();
  const name = `test_${randomBytes(6).toString('hex')}`;
  const server = connectAsOwner(address, 'postgres');
  await server.unsafe(`create database ${name} template ${source} strategy file_copy`);
  return {
    address,
    name,
    async drop() {
      await server.unsafe(`drop database if exists ${name} with (force)`);
      await server.end({ timeout: 1 });
    },
  };
}

/** A database of its own with all migrations applied: a copy of the run's template. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const { address, template } = readTestServer();
  const copy = await copyDatabase(template);
  const { name } = copy;
  const database = await openDatabase(name);
  const owner = connectAsOwner(address, name);
  return {
    database,
    async sql<Row extends object>(query: string, parameters: postgres.ParameterOrJSON<never>[] = []) {
      const rows = await owner.unsafe<Row[]>(query, parameters);
      if (/\b(create|alter|drop|grant|revoke)\b/i.test(query)) await database.reloadSchema();
      return [...rows];
    },
    async drop() {
      await database.close();
      await owner.end({ timeout: 1 });
      await copy.drop();
    },
  };
}

async function openDatabase(name: string): Promise<LiteDatabase> {
  const { address, keys, schemaFile } = readTestServer();
  return LiteDatabase.open({
    address,
    database: name,
    keys,
    poolSize: 8,
    schema: await readFile(schemaFile, 'utf8'),
  });
}

/** A gateway and connections of its own to a test's database, as another replica has them; to be closed. */
export async function openReplica(test: TestDatabase): Promise<LiteDatabase> {
  return openDatabase((await readTestDatabase(test)).name);
}

/** Where a test's database is, for a connection of one's own. */
export async function readTestDatabase(test: TestDatabase): Promise<{ address: ServerAddress; name: string }> {
  const [row] = await test.sql<{ name: string }>('select current_database() as name');
  return { address: readTestServer().address, name: row?.name ?? '' };
}

/** The server of this run. */
export function readTestServer(): TestServerHandle {
  const handle = process.env[handleVariable];
  if (!handle) {
    throw new Error(
      'no test server: jest needs globalSetup test/setup/start-test-server.mjs and globalTeardown test/setup/stop-test-server.mjs',
    );
  }
  const parsed: TestServerHandle = JSON.parse(handle);
  return parsed;
}
