import { readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { PostgresServer, type ServerOptions } from '../../../src/embedded/supabase/postgres-server.js';
import { connectAsOwner } from '../../../src/embedded/supabase/prepare-database.js';
import { type DataDirectory, makeDataDirectory } from '../../setup/data-directory.js';
import { holdServer } from './held-server.js';

const isRoot = process.getuid?.() === 0;

async function query(address: PostgresServer['address'], text: string): Promise<Record<string, unknown>[]> {
  const sql = connectAsOwner(address, 'postgres');
  try {
    return [...(await sql.unsafe(text))];
  } finally {
    await sql.end();
  }
}

async function postmasterOf(data: string): Promise<number> {
  return Number((await readFile(join(data, 'postmaster.pid'), 'utf8')).split('\n')[0]);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function isGone(pid: number, withinMs: number): Promise<boolean> {
  for (const deadline = performance.now() + withinMs; performance.now() < deadline; await delay(10)) {
    if (!isAlive(pid)) return true;
  }
  return false;
}

describe('the embedded Postgres', () => {
  let directory: DataDirectory;
  let running: PostgresServer[];

  beforeEach(async () => {
    directory = await makeDataDirectory();
    running = [];
  });

  afterEach(async () => {
    for (const server of running) await server.stop();
    await directory.remove();
  });

  const start = async (options: Partial<ServerOptions> = {}): Promise<PostgresServer> => {
    const server = await PostgresServer.start({ directory: directory.path, ...options });
    running.push(server);
    return server;
  };

  describe('in its first life', () => {
    let server: PostgresServer;

    beforeEach(async () => {
      server = await start();
    });

    it('listens on a unix socket alone, that only its own user can reach', async () => {
      await expect(query(server.address, 'show listen_addresses')).resolves.toEqual([{ listen_addresses: '' }]);
      const { mode, uid } = await stat(server.address.host);
      expect(mode & 0o777).toBe(0o700);
      expect(uid).toBe(isRoot ? 65534 : process.getuid?.());
    });

    it('writes through to the disk', async () => {
      const rows = await query(
        server.address,
        `select name, setting from pg_settings where name in ('fsync', 'synchronous_commit', 'full_page_writes') order by name`,
      );
      expect(rows.map((row) => row['setting'])).toEqual(['on', 'on', 'on']);
    });

    it('sorts by code point and knows the letters of Unicode', async () => {
      const [row] = await query(server.address, `select upper('straße ñ é') as upper, 'Z' < 'a' as by_code_point`);
      expect(row).toEqual({ upper: 'STRAßE Ñ É', by_code_point: true });
    });

    it('is small', async () => {
      const [row] = await query(
        server.address,
        `select setting::int * 8 / 1024 as mb from pg_settings where name = 'shared_buffers'`,
      );
      expect(row?.['mb']).toBeLessThanOrEqual(64);
    });

    it('never runs as root, and keeps its data to itself', async () => {
      const status = await readFile(`/proc/${await postmasterOf(server.home.data)}/status`, 'utf8');
      expect(status).not.toMatch(/^Uid:\s+0\s/m);
      expect((await stat(server.home.directory)).mode & 0o777).toBe(0o700);
      expect((await stat(server.home.data)).mode & 0o777).toBe(0o700);
    });

    it('logs no statements, as those hold data', async () => {
      await expect(query(server.address, `select 'a-secret-value'::int`)).rejects.toThrow('invalid input syntax');
      await expect(readFile(join(server.home.directory, 'postgres.log'), 'utf8')).resolves.not.toContain(
        'a-secret-value',
      );
    });

    it('leaves no process, no socket and no lock when it stops', async () => {
      const pid = await postmasterOf(server.home.data);
      await server.stop();
      await server.ended;
      expect(isAlive(pid)).toBe(false);
      await expect(readdir(server.home.sockets)).resolves.toEqual([]);
      await expect(readdir(server.home.directory)).resolves.toEqual(['data', 'postgres.log', 'socket']);
    });

    it('stops though a client holds a transaction open', async () => {
      const sql = connectAsOwner(server.address, 'postgres');
      const held = sql`select pg_sleep(60)`.catch((error: unknown) => String(error));
      await delay(50);
      const before = performance.now();
      await server.stop();
      // Far from the minute that the client would sleep.
      expect(performance.now() - before).toBeLessThan(30_000);
      // Which of the two depends on whether the client was told before its socket went.
      await expect(held).resolves.toMatch(/CONNECTION_CLOSED|ECONNRESET/);
      await sql.end({ timeout: 1 });
    });
  });

  it('keeps what was committed over a restart', async () => {
    const first = await start();
    await query(first.address, 'create table kept as select 42 as answer');
    await first.stop();
    const second = await start();
    await expect(query(second.address, 'select answer from kept')).resolves.toEqual([{ answer: 42 }]);
  });

  it('recovers when it was killed itself, and says that it ended', async () => {
    const first = await start();
    await query(first.address, 'create table kept as select 42 as answer');
    process.kill(await postmasterOf(first.home.data), 'SIGKILL');
    await first.ended;
    await first.stop();
    const second = await start();
    await expect(query(second.address, 'select answer from kept')).resolves.toEqual([{ answer: 42 }]);
  });

  it('starts over a postmaster.pid whose process is another program now', async () => {
    const first = await start();
    await first.stop();
    const stale = `${process.pid}\n${first.home.data}\n1\n5432\n${first.home.sockets}\n\n  1 1\nready   \n`;
    await writeFile(join(first.home.data, 'postmaster.pid'), stale);
    const second = await start();
    await expect(query(second.address, 'select 1 as one')).resolves.toEqual([{ one: 1 }]);
  });

  it('makes its cluster again when the making was cut short', async () => {
    const first = await start();
    await first.stop();
    const half = join(first.home.directory, 'data.new');
    await writeFile(half, 'half');
    await rename(first.home.data, join(first.home.directory, 'data.old'));
    const second = await start();
    await expect(query(second.address, 'select 1 as one')).resolves.toEqual([{ one: 1 }]);
  });

  it('refuses a second start in the same process, and says why', async () => {
    await start();
    await expect(start()).rejects.toThrow(`process ${process.pid} uses this directory already`);
  });

  it('says what Postgres says when it cannot start', async () => {
    const first = await start();
    await first.stop();
    await expect(start({ settings: { shared_buffers: 'plenty' } })).rejects.toThrow(
      'invalid value for parameter "shared_buffers"',
    );
    await expect(start()).resolves.toBeInstanceOf(PostgresServer);
  });

  describe('held by another process', () => {
    it('cannot be had by this one, and says who has it', async () => {
      const held = await holdServer(directory.path);
      await expect(start()).rejects.toThrow(`process ${held.process.pid} uses this directory already`);
      const pid = await postmasterOf(join(held.address.host, '..', 'data'));
      await held.kill();
      await expect(isGone(pid, 10_000)).resolves.toBe(true);
    });

    it('dies with that process when it is killed, and can be had at once with its data', async () => {
      const held = await holdServer(directory.path);
      const data = join(held.address.host, '..', 'data');
      const pid = await postmasterOf(data);
      await query(held.address, 'create table kept as select 42 as answer');
      await held.kill();
      const server = await start();
      expect(isAlive(pid)).toBe(false);
      await expect(query(server.address, 'select answer from kept')).resolves.toEqual([{ answer: 42 }]);
    });

    it('does not stop at a Ctrl-C that is meant for that process', async () => {
      const held = await holdServer(directory.path);
      const group = held.process.pid ?? 0;
      process.kill(-group, 'SIGINT');
      await delay(200);
      await expect(query(held.address, 'select 1 as one')).resolves.toEqual([{ one: 1 }]);
      const pid = await postmasterOf(join(held.address.host, '..', 'data'));
      await held.kill();
      await expect(isGone(pid, 10_000)).resolves.toBe(true);
    });

    it('knows nothing of the environment of that process', async () => {
      const held = await holdServer(directory.path);
      const pid = await postmasterOf(join(held.address.host, '..', 'data'));
      const environment = await readFile(`/proc/${pid}/environ`, 'utf8');
      expect(environment).toContain('LC_ALL=C');
      expect(environment).not.toContain('do-not-hand-me-down');
      await held.kill();
      await expect(isGone(pid, 10_000)).resolves.toBe(true);
    });

    it('leaves nothing on the disk when it was only for a test', async () => {
      const held = await holdServer(directory.path, 'ephemeral');
      const home = join(held.address.host, '..');
      const pid = await postmasterOf(join(home, 'data'));
      await held.kill();
      await expect(isGone(pid, 10_000)).resolves.toBe(true);
      while ((await readdir(home)).length > 0) await delay(10);
    });
  });
});
