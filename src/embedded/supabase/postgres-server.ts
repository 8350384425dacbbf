import { access, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { lockFile } from './abandoned-homes.js';
import { DirectoryLock } from '../../platform/directory-lock.js';
import { postgresPort, type PostgresHome, prepareHome } from './postgres-home.js';
import { PostgresProcess } from './postgres-process.js';
import { findPostgresPrograms, type ProgramOptions } from './postgres-programs.js';
import { clearStalePostmaster } from './postmaster-file.js';
import { findServerAccount, type ServerAccount } from './server-account.js';

export interface ServerOptions {
  /** Where the data shall be; kept between starts. */
  readonly directory: string;
  /** Settings of Postgres over ours. */
  readonly settings?: Readonly<Record<string, string>>;
  /** The data are of no use after the end, and are removed then, however the end comes. */
  readonly ephemeral?: boolean;
  readonly stateDirectories?: ProgramOptions['stateDirectories'];
  readonly nativeDirectory?: ProgramOptions['nativeDirectory'];
}

/** How to reach a server: over a unix socket, without a password, as the socket's directory lets in its owner and root alone. */
export interface ServerAddress {
  /** The directory of the socket. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
}

// A small database that is private to one process: no TCP, no replication, little memory, and a log without statements, as those hold data.
const settings: Readonly<Record<string, string>> = {
  listen_addresses: '',
  unix_socket_permissions: '0700',
  port: String(postgresPort),
  shared_buffers: '32MB',
  max_connections: '50',
  wal_level: 'minimal',
  max_wal_senders: '0',
  io_method: 'sync',
  jit: 'off',
  huge_pages: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
  log_checkpoints: 'off',
};

// Nothing of the service's own environment, which holds secrets, reaches the server.
const environment = { PATH: '/usr/bin:/bin', LC_ALL: 'C' };

// What a server whose owner was killed takes to shut down.
const orphanShutdownMs = 15_000;

/** The native Postgres of the npm registry as a private server. It dies with this process, even when that is killed. */
export class PostgresServer {
  readonly address: ServerAddress;
  readonly home: PostgresHome;
  private readonly postgres: PostgresProcess;
  private readonly lock: DirectoryLock;

  private constructor(home: PostgresHome, postgres: PostgresProcess, lock: DirectoryLock) {
    this.home = home;
    this.postgres = postgres;
    this.lock = lock;
    this.address = { host: home.sockets, port: postgresPort, user: 'postgres' };
  }

  /** Resolves when the server has ended, by `stop` or on its own. */
  get ended(): Promise<void> {
    return this.postgres.ended;
  }

  /** Makes the cluster where there is none, and starts it. @throws when another process uses the directory. */
  static async start(options: ServerOptions): Promise<PostgresServer> {
    const account = await findServerAccount();
    const where = { ...options, account };
    const home = await prepareHome(options.directory, where);
    const lock = await DirectoryLock.take(join(home.directory, lockFile));
    try {
      const programs = await findPostgresPrograms(where);
      await clearStalePostmaster(home.data, orphanShutdownMs);
      await makeCluster(programs, home, account);
      const postgres = await PostgresProcess.start({
        program: join(programs, 'postgres'),
        arguments: serverArguments(home, { ...settings, ...options.settings }),
        data: home.data,
        log: join(home.directory, 'postgres.log'),
        account,
        environment,
        ephemeral: options.ephemeral ? home.directory : undefined,
      });
      return new PostgresServer(home, postgres, lock);
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  /** Fast shutdown, bounded. */
  async stop(): Promise<void> {
    await this.postgres.stop();
    // Where the path was too long for a socket, its directory lies elsewhere and holds nothing else.
    if (!this.home.sockets.startsWith(this.home.directory))
      await rm(this.home.sockets, { recursive: true, force: true });
    await this.lock.release();
  }
}

function serverArguments(home: PostgresHome, chosen: Readonly<Record<string, string>>): string[] {
  const pairs = Object.entries(chosen).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  return ['-D', home.data, '-k', home.sockets, ...pairs];
}

// Made aside and renamed, so that a start that was cut short leaves no half a cluster.
async function makeCluster(programs: string, home: PostgresHome, account: ServerAccount | undefined): Promise<void> {
  if (await exists(home.data)) return;
  const fresh = join(home.directory, 'data.new');
  await rm(fresh, { recursive: true, force: true });
  // The builtin locale sorts by code point and knows the letters of Unicode, whatever locales the machine has.
  const locale = ['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--encoding=UTF8'];
  const rest = ['--username=postgres', '--auth=trust', '--no-instructions'];
  const { failed, stderr } = await execa(join(programs, 'initdb'), ['-D', fresh, ...locale, ...rest], {
    ...account,
    cwd: home.directory,
    env: environment,
    extendEnv: false,
    reject: false,
    stdin: 'ignore',
  });
  if (failed) throw new Error(`the embedded Postgres could not make its cluster in ${home.directory}:\n${stderr}`);
  await rename(fresh, home.data);
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
