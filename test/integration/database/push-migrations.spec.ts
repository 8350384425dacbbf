import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { findMigrations, readMigrations } from '../../../src/embedded/supabase/migrations.js';
import { connectAsOwner } from '../../../src/embedded/supabase/prepare-database.js';
import { createEmptyDatabase, type EmptyDatabase } from '../../setup/database.js';
import { hostedSchema } from '../../setup/hosted-schema.js';

const run = promisify(execFile);
const program = fileURLToPath(new URL('../../../scripts/db-push.mjs', import.meta.url));

describe('npm run db:push', () => {
  let empty: EmptyDatabase;
  let url: string;

  beforeEach(async () => {
    empty = await createEmptyDatabase();
    const sql = connectAsOwner(empty.address, empty.name);
    await sql.unsafe(hostedSchema);
    await sql.end({ timeout: 1 });
    url = `postgres://postgres:s3cr3t@${encodeURIComponent(empty.address.host)}:${empty.address.port}/${empty.name}`;
  });

  afterEach(async () => {
    await empty.drop();
  });

  const push = async (...parameters: string[]): Promise<string[]> => {
    const env = { ...process.env, NODE_OPTIONS: '', SUPABASE_DB_URL: url };
    const { stdout, stderr } = await run(process.execPath, [program, ...parameters], { env });
    expect(stderr).toBe('');
    expect(stdout).not.toContain('s3cr3t');
    return stdout.trim().split('\n');
  };

  it('says what it would do, does it, and then has nothing to do', async () => {
    const all = (await readMigrations(await findMigrations())).map(({ version, name }) => `${version}_${name}`);
    const where = `${empty.address.host}/${empty.name}`;
    const total = `${where}: ${all.length} of ${all.length} migrations`;
    await expect(push('--dry-run')).resolves.toEqual([...all.map((name) => `would apply ${name}`), total]);
    await expect(push()).resolves.toEqual([...all.map((name) => `applied ${name}`), total]);
    await expect(push()).resolves.toEqual([`${where} is up to date`]);
  });
});
