import { randomUUID } from 'node:crypto';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { isNativeError } from 'node:util/types';

/**
 * A file that says which process owns a directory; it names the process's start and the machine's, as ids are used again and a volume moves
 * from machine to machine, to the same id 1 in each container. It tells processes of one machine apart: containers that share a directory
 * cannot see each other's.
 */
export class DirectoryLock {
  private readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /** @throws when a living process holds the lock; a dead one's is taken over. */
  static async take(path: string): Promise<DirectoryLock> {
    const mine = `${process.pid} ${await startOf(process.pid)}\n`;
    for (;;) {
      if (await create(path, mine)) return new DirectoryLock(path);
      if (await DirectoryLock.isHeld(path)) {
        const [pid] = (await readFile(path, 'utf8').catch(() => '')).split(' ');
        throw new Error(`${path} is held: process ${pid} uses this directory already`);
      }
      await rm(path, { force: true });
    }
  }

  /** True while a living process holds the lock. */
  static async isHeld(path: string): Promise<boolean> {
    const [pid, start] = (await readFile(path, 'utf8').catch(() => '')).trim().split(' ');
    return start !== undefined && (await startOf(Number(pid))) === start;
  }

  async release(): Promise<void> {
    await rm(this.path, { force: true });
  }
}

async function create(path: string, content: string): Promise<boolean> {
  const draft = `${path}.${randomUUID()}`;
  await writeFile(draft, content, { flag: 'wx', mode: 0o600 });
  try {
    // Never there without its content: whoever read it empty would take it for a dead process's.
    await link(draft, path);
    return true;
  } catch (error) {
    if (isNativeError(error) && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

/** When a process started, in clock ticks since boot, and which boot that was; undefined when there is no such process. */
async function startOf(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  // The second field is the program's name in parentheses, which may hold spaces; the start is the 22nd.
  const ticks = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  if (ticks === undefined) return undefined;
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '');
  return `${ticks}@${boot.trim()}`;
}
