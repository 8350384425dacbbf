import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface DataDirectory {
  readonly path: string;
  remove(): Promise<void>;
}

/**
 * A directory for what a test keeps. As root, Postgres runs as another user, who must be able to enter it: a directory of mode 0700, as
 * mkdtemp makes, would send the database to the system's state directory, where nobody removes it.
 */
export async function makeDataDirectory(): Promise<DataDirectory> {
  const path = await mkdtemp(join(tmpdir(), 'tenantry-test-'));
  await chmod(path, 0o711);
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}
