import { createHash } from 'node:crypto';
import { chmod, chown, lstat, mkdir, realpath, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { removeAbandonedHomes, standsForFile } from './abandoned-homes.js';
import { canEnter, type ServerAccount } from './server-account.js';

/** Where a cluster keeps itself. */
export interface PostgresHome {
  /** Owned by the server's account, mode 0700. */
  readonly directory: string;
  readonly data: string;
  /** Holds the unix socket. */
  readonly sockets: string;
}

export interface HomeOptions {
  readonly account: ServerAccount | undefined;
  /** Directories to fall back to when the account cannot enter the wanted one, best first. */
  readonly stateDirectories?: readonly string[] | undefined;
}

export const postgresPort = 5432;

// sun_path holds 108 bytes with its closing zero.
const socketPathLimit = 107;

/**
 * Makes the directories of a cluster. They are `<directory>/postgres`, unless the server's account cannot enter it (a checkout under
 * a home directory of mode 0700, for example): then a directory under the system's state, named by a hash of the wanted one.
 */
export async function prepareHome(wanted: string, options: HomeOptions): Promise<PostgresHome> {
  await mkdir(wanted, { recursive: true });
  const base = await realpath(wanted);
  const name = createHash('sha256').update(base).digest('hex').slice(0, 16);
  const directory = (await canEnter(base, options.account))
    ? await makePrivate(join(base, 'postgres'), options.account)
    : await makeElsewhere(base, name, options);
  return { directory, data: join(directory, 'data'), sockets: await makeSocketDirectory(directory, name, options) };
}

async function makeElsewhere(wanted: string, name: string, options: HomeOptions): Promise<string> {
  const parent = await findStateDirectory(options);
  await removeAbandonedHomes(parent);
  const directory = await makePrivate(join(parent, name), options.account);
  await writeFile(join(directory, standsForFile), wanted);
  return directory;
}

/** The first state directory that can be made and that the account can enter, such as `/var/lib/tenantry`. */
export async function findStateDirectory(options: HomeOptions): Promise<string> {
  const candidates = options.stateDirectories ?? [
    '/var/lib/tenantry',
    join(tmpdir(), `tenantry-${process.getuid?.()}`),
  ];
  for (const candidate of candidates) {
    await mkdir(candidate, { recursive: true, mode: 0o755 }).catch(() => undefined);
    if ((await isOurs(candidate)) && (await canEnter(candidate, options.account))) return candidate;
  }
  throw new Error(
    `no directory for the embedded Postgres: user ${options.account?.uid} can enter none of ${candidates.join(', ')}`,
  );
}

async function makeSocketDirectory(home: string, name: string, options: HomeOptions): Promise<string> {
  const candidates = [join(home, 'socket'), join(tmpdir(), `tenantry-${name}`)];
  const fitting = candidates.find(
    (path) => Buffer.byteLength(join(path, `.s.PGSQL.${postgresPort}`)) <= socketPathLimit,
  );
  return makePrivate(fitting ?? `/tmp/tenantry-${name}`, options.account);
}

// Programs are run from here: nobody else may write to it.
async function isOurs(path: string): Promise<boolean> {
  const found = await lstat(path).catch(() => undefined);
  return found !== undefined && found.isDirectory() && found.uid === process.getuid?.() && (found.mode & 0o022) === 0;
}

// A directory under /tmp could have been put there by somebody else, to be given our data.
async function makePrivate(path: string, account: ServerAccount | undefined): Promise<string> {
  const made = await mkdir(path, { recursive: true, mode: 0o700 });
  if (made !== undefined && account) await chown(path, account.uid, account.gid);
  const found = await lstat(path);
  const owner = account?.uid ?? process.getuid?.();
  if (!found.isDirectory() || found.uid !== owner) {
    throw new Error(
      `${path} belongs to user ${found.uid}, not to ${owner}: move it away (it lies in ${dirname(path)})`,
    );
  }
  if ((found.mode & 0o077) !== 0) await chmod(path, 0o700);
  return path;
}
