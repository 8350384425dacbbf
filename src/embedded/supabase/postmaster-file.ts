import { readFile, readlink, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** What a running server says of itself in `postmaster.pid`. */
export interface Postmaster {
  readonly pid: number;
  readonly ready: boolean;
}

/** Reads a cluster's `postmaster.pid`; undefined when there is none. */
export async function readPostmaster(data: string): Promise<Postmaster | undefined> {
  const text = await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : parsePostmaster(text);
}

/** Line 1 is the process id, line 8 the state, padded; the file is written in several steps. */
export function parsePostmaster(text: string): Postmaster | undefined {
  const lines = text.split('\n');
  const pid = Number(lines[0]);
  if (!Number.isInteger(pid) || pid <= 0) return undefined;
  return { pid, ready: lines[7]?.trim() === 'ready' };
}

/**
 * Removes a `postmaster.pid` that a killed server left behind. Postgres does it by itself only while no other process has got the id,
 * which in a container, where ids start over, another soon has. A server that is really there is given `waitMs` to
 * end, as the one of a killed process does.
 * @throws when a server still runs on the cluster.
 */
export async function clearStalePostmaster(data: string, waitMs: number): Promise<void> {
  const deadline = performance.now() + waitMs;
  for (;;) {
    const postmaster = await readPostmaster(data);
    if (!postmaster || !(await isServerOf(postmaster.pid, data))) break;
    if (performance.now() > deadline) throw new Error(`${data} is in use by the Postgres of process ${postmaster.pid}`);
    await delay(20);
  }
  await rm(join(data, 'postmaster.pid'), { force: true });
}

// A server's working directory is its data directory; nothing else of ours is.
async function isServerOf(pid: number, data: string): Promise<boolean> {
  const directory = await readlink(`/proc/${pid}/cwd`).catch(() => undefined);
  return directory !== undefined && directory === (await realpath(data));
}
