import { lstat, readdir, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { DirectoryLock } from '../../platform/directory-lock.js';

/** In the home of a cluster that does not lie in its data directory: the path of that data directory. */
export const standsForFile = 'stands-for';

/** In the home of every cluster, while a process has it. */
export const lockFile = 'owner';

/**
 * Removes the clusters of temporary data directories that are gone: a demonstration or a test under mkdtemp, which makes directories of
 * mode 0700, removes its directory and does not know of the cluster elsewhere. What stood for any other directory is
 * kept, as a disk may only be away for a while.
 */
export async function removeAbandonedHomes(stateDirectory: string): Promise<void> {
  const temporary = `${await realpath(tmpdir())}${sep}`;
  for (const name of await readdir(stateDirectory)) {
    const home = join(stateDirectory, name);
    const wanted = await readFile(join(home, standsForFile), 'utf8').catch(() => '');
    if (!wanted.startsWith(temporary) || (await exists(wanted))) continue;
    if (await DirectoryLock.isHeld(join(home, lockFile))) continue;
    await rm(home, { recursive: true, force: true });
  }
}

function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
