import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { numberAt, stringAt } from './store/fields.js';

/** What stays the same over restarts, besides the objects. */
export interface ClusterState {
  /** of the administrator in the kubeconfig */
  token: string;
  /** signs service account tokens */
  key: Buffer;
  /** 0: not chosen yet */
  port: number;
}

const FILE = 'cluster.json';

/** Reads the state of a directory, or makes a new one. The directory is for its owner only. */
export async function openState(directory: string): Promise<ClusterState> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await chmod(directory, 0o700);
  const kept = await readKept(join(directory, FILE));
  return {
    token: stringAt(kept, 'token') ?? randomBytes(24).toString('base64url'),
    key: Buffer.from(stringAt(kept, 'key') ?? randomBytes(32).toString('base64'), 'base64'),
    port: numberAt(kept, 'port') ?? 0,
  };
}

/** Writes the state down, readable for its owner only. */
export async function saveState(directory: string, { token, key, port }: ClusterState): Promise<void> {
  const text = JSON.stringify({ token, key: key.toString('base64'), port });
  await writeFile(join(directory, FILE), `${text}\n`, { mode: 0o600 });
}

async function readKept(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    if (typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT') return {};
    throw error;
  }
}
