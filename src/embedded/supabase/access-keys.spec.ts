import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keepAccessKeys, newAccessKeys } from './access-keys.js';

describe('the access keys', () => {
  let directory: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tenantry-test-'));
  });

  afterEach(async () => {
    await rm(directory, { recursive: true });
  });

  it('look like those of Supabase, and are never the same', () => {
    const [one, other] = [newAccessKeys(), newAccessKeys()];
    expect(one.publishableKey).toMatch(/^sb_publishable_[\w-]{32}$/);
    expect(one.secretKey).toMatch(/^sb_secret_[\w-]{32}$/);
    expect(one.jwtSecret.length).toBeGreaterThanOrEqual(32);
    expect(new Set([...Object.values(one), ...Object.values(other)]).size).toBe(6);
  });

  it('are made once and kept, for the owner alone', async () => {
    const first = await keepAccessKeys(join(directory, 'deep', 'down'));
    await expect(keepAccessKeys(join(directory, 'deep', 'down'))).resolves.toEqual(first);
    const kept = join(directory, 'deep', 'down', 'keys.json');
    expect((await stat(kept)).mode & 0o777).toBe(0o600);
    await expect(readdir(join(directory, 'deep', 'down'))).resolves.toEqual(['keys.json']);
  });

  it.each([
    ['is no JSON', 'x', 'JSON'],
    ['lacks a key', '{"secretKey":"sb_secret_aaaaaaaaaaaaaaaaaaaa"}', 'publishableKey'],
    ['has an empty secret', JSON.stringify({ ...newAccessKeys(), jwtSecret: '' }), 'jwtSecret'],
  ])('are not made anew over a file that %s', async (_, content, complaint) => {
    await writeFile(join(directory, 'keys.json'), content);
    await expect(keepAccessKeys(directory)).rejects.toThrow(complaint);
  });
});
