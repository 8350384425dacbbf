import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clearStalePostmaster, parsePostmaster, readPostmaster } from './postmaster-file.js';

const written = (pid: number, state: string): string =>
  `${pid}\n/data\n1700000000\n5432\n/socket\n\n  1234   5678\n${state}\n`;

describe('postmaster.pid', () => {
  it.each([
    ['a server that takes connections', written(42, 'ready   '), { pid: 42, ready: true }],
    ['a server that recovers', written(42, 'starting'), { pid: 42, ready: false }],
    ['a server that stops', written(42, 'stopping'), { pid: 42, ready: false }],
    ['a file that is half written', '42\n/data\n', { pid: 42, ready: false }],
    ['a file that was just made', '', undefined],
    ['a file of something else', 'hello\n', undefined],
    ['a stand-alone backend', '-42\n/data\n', undefined],
  ])('tells of %s', (_, text, expected) => {
    expect(parsePostmaster(text)).toEqual(expected);
  });

  describe('left behind', () => {
    let data: string;
    beforeEach(async () => {
      data = await mkdtemp(join(tmpdir(), 'tenantry-test-'));
    });
    afterEach(async () => {
      await rm(data, { recursive: true });
    });

    it.each([
      ['a process that is gone', 2 ** 22 + 1],
      // Postgres would take this process for a server, and not start.
      ['a process that is now another program', process.pid],
    ])('by %s is removed', async (_, pid) => {
      await writeFile(join(data, 'postmaster.pid'), written(pid, 'ready'));
      await clearStalePostmaster(data, 0);
      await expect(readPostmaster(data)).resolves.toBeUndefined();
    });

    it('by a server that is there stays, and is named', async () => {
      const before = process.cwd();
      process.chdir(data);
      try {
        await writeFile(join(data, 'postmaster.pid'), written(process.pid, 'ready'));
        await expect(clearStalePostmaster(data, 50)).rejects.toThrow(
          `in use by the Postgres of process ${process.pid}`,
        );
        await expect(readFile(join(data, 'postmaster.pid'), 'utf8')).resolves.toContain('ready');
      } finally {
        process.chdir(before);
      }
    });

    it('by nobody is no fault', async () => {
      await expect(clearStalePostmaster(data, 0)).resolves.toBeUndefined();
    });
  });
});
