import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findMigrations, readMigrations } from './migrations.js';

describe('the migrations', () => {
  let root: string;
  let directory: string;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'tenantry-test-'));
    directory = join(root, 'supabase', 'migrations');
    await mkdir(directory, { recursive: true });
  });

  afterEach(async () => {
    await rm(root, { recursive: true });
  });

  it('are found above whatever directory the code was built to', async () => {
    await mkdir(join(root, 'dist', 'embedded', 'supabase'), { recursive: true });
    await expect(findMigrations(join(root, 'dist', 'embedded', 'supabase'))).resolves.toBe(directory);
  });

  it('are those of this package when nothing else is said', async () => {
    await expect(readMigrations(await findMigrations())).resolves.toContainEqual(
      expect.objectContaining({ version: '20261120000000', name: 'foundations' }),
    );
  });

  it('are missed when they are not there', async () => {
    await rm(join(root, 'supabase'), { recursive: true });
    await expect(findMigrations(join(root))).rejects.toThrow('no supabase/migrations above');
  });

  it('come in the order of their versions, and nothing else with them', async () => {
    for (const [name, content] of Object.entries({
      '20260102000000_second_step.sql': 'select 2',
      '20260101000000_first.sql': 'select 1',
      'README.md': 'no',
      'notes.sql': 'no',
    })) {
      await writeFile(join(directory, name), content);
    }
    await expect(readMigrations(directory)).resolves.toEqual([
      { version: '20260101000000', name: 'first', sql: 'select 1' },
      { version: '20260102000000', name: 'second_step', sql: 'select 2' },
    ]);
  });

  it('are refused when two claim the same version', async () => {
    await writeFile(join(directory, '20260101000000_a.sql'), '');
    await writeFile(join(directory, '20260101000000_b.sql'), '');
    await expect(readMigrations(directory)).rejects.toThrow('two migrations have the version 20260101000000');
  });
});
