import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lockFile, removeAbandonedHomes, standsForFile } from './abandoned-homes.js';
import { DirectoryLock } from '../../platform/directory-lock.js';

describe('clusters that lie elsewhere than their data directories', () => {
  let state: string;

  beforeEach(async () => {
    state = await mkdtemp(join(tmpdir(), 'tenantry-test-'));
  });

  afterEach(async () => {
    await rm(state, { recursive: true });
  });

  const makeHome = async (name: string, standsFor?: string): Promise<string> => {
    const home = join(state, name);
    await mkdir(join(home, 'data'), { recursive: true });
    if (standsFor !== undefined) await writeFile(join(home, standsForFile), standsFor);
    return home;
  };

  it('go when the temporary directory that they stand for is gone', async () => {
    await makeHome('a', join(tmpdir(), 'tenantry-gone'));
    await removeAbandonedHomes(state);
    await expect(readdir(state)).resolves.toEqual([]);
  });

  it.each([
    ['the directory that they stand for is there', () => state],
    ['that directory was not a temporary one', () => '/srv/not-mounted-just-now/tenantry'],
    ['that directory only looks like a temporary one', () => `${tmpdir()}-of-mine/tenantry`],
    ['nobody knows what they stand for', () => undefined],
  ])('stay when %s', async (_, standsFor) => {
    await makeHome('a', standsFor());
    await removeAbandonedHomes(state);
    await expect(readdir(state)).resolves.toEqual(['a']);
  });

  it('stay while a process has them', async () => {
    const home = await makeHome('a', join(tmpdir(), 'tenantry-gone'));
    const lock = await DirectoryLock.take(join(home, lockFile));
    await removeAbandonedHomes(state);
    await expect(readdir(state)).resolves.toEqual(['a']);
    await lock.release();
    await removeAbandonedHomes(state);
    await expect(readdir(state)).resolves.toEqual([]);
  });
});
