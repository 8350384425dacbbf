import { randomUUID } from 'node:crypto';
import { chmod, link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AuthConfig } from './auth.config.js';
import { isMadeOperatorKey, newOperatorKey } from './operator-key.js';

/** Where the operator key came from. A `made` one is to be shown once: nobody has seen it yet. */
export interface FoundOperatorKey {
  key: string;
  origin: 'configured' | 'kept' | 'made';
  /** The file that keeps it, readable by the owner alone; absent for a configured one. */
  path?: string;
}

/**
 * The operator key: the configured one, or the one that the data directory keeps, or a new one that it keeps from now on.
 * Processes that start at the same time agree on one.
 * @throws Error when the file is there but holds no key: overwriting it would lock somebody out.
 */
export async function findOperatorKey(config: AuthConfig, dataDirectory: string): Promise<FoundOperatorKey> {
  if (config.adminKey !== undefined) return { key: config.adminKey, origin: 'configured' };
  const path = join(dataDirectory, 'operator-key');
  const kept = await readKey(path);
  if (kept !== undefined) return { key: kept, origin: 'kept', path };
  return makeKey(dataDirectory, path);
}

async function readKey(path: string): Promise<string | undefined> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (isFault(error, 'ENOENT')) return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const key = text.trim();
  if (!isMadeOperatorKey(key)) throw new Error(`${path} holds no operator key; remove it to have a new one made`);
  await chmod(path, 0o600);
  return key;
}

async function makeKey(dataDirectory: string, path: string): Promise<FoundOperatorKey> {
  await mkdir(dataDirectory, { recursive: true });
  const key = newOperatorKey();
  const draft = `${path}.${randomUUID()}`;
  await writeFile(draft, `${key}\n`, { mode: 0o600, flag: 'wx' });
  try {
    // Unlike a rename, a link never replaces what another process has put there meanwhile; nor is it ever half-written.
    await link(draft, path);
    return { key, origin: 'made', path };
  } catch (error) {
    if (!isFault(error, 'EEXIST')) throw error;
    const theirs = await readKey(path);
    if (theirs === undefined) throw error;
    return { key: theirs, origin: 'kept', path };
  } finally {
    await rm(draft, { force: true });
  }
}

function isFault(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code;
}
