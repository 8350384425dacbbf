import { randomUUID } from 'node:crypto';
import { chmod, link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * The secret kept in a file that only its owner can read, made on the first call. Processes that start at the same time agree on one.
 * @throws Error when the file is there but holds none: overwriting it would lock somebody out.
 */
export async function keepSecret(
  path: string,
  make: () => string,
  isOne: (text: string) => boolean,
): Promise<{ secret: string; made: boolean }> {
  const kept = await read(path, isOne);
  if (kept !== undefined) return { secret: kept, made: false };
  await mkdir(dirname(path), { recursive: true });
  const secret = make();
  const draft = `${path}.${randomUUID()}`;
  await writeFile(draft, `${secret}\n`, { mode: 0o600, flag: 'wx' });
  try {
    // Unlike a rename, a link never replaces what another process has put there meanwhile; nor is it ever half-written.
    await link(draft, path);
    return { secret, made: true };
  } catch (error) {
    const theirs = hasCode(error, 'EEXIST') ? await read(path, isOne) : undefined;
    if (theirs === undefined) throw error;
    return { secret: theirs, made: false };
  } finally {
    await rm(draft, { force: true });
  }
}

async function read(path: string, isOne: (text: string) => boolean): Promise<string | undefined> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  if (!isOne(text.trim())) throw new Error(`${path} does not hold what it should; remove it to have a new one made`);
  await chmod(path, 0o600);
  return text.trim();
}

function hasCode(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code;
}
