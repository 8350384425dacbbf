import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DirectoryLock } from './directory-lock.js';

describe('the lock of a directory', () => {
  let directory: string;
  let path: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tenantry-test-'));
    path = join(directory, 'owner');
  });

  afterEach(async () => {
    await rm(directory, { recursive: true });
  });

  it('names its process, and only the owner can read it', async () => {
    await DirectoryLock.take(path);
    await expect(readFile(path, 'utf8')).resolves.toMatch(new RegExp(`^${process.pid} \\d+@[0-9a-f-]{36}\n$`));
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it('is refused while its process lives, with the process named', async () => {
    await DirectoryLock.take(path);
    await expect(DirectoryLock.take(path)).rejects.toThrow(`process ${process.pid} uses this directory already`);
  });

  it('is free again after its release', async () => {
    const lock = await DirectoryLock.take(path);
    await lock.release();
    await expect(DirectoryLock.take(path)).resolves.toBeInstanceOf(DirectoryLock);
  });

  it.each([
    ['a process that is gone', `${2 ** 22 + 1} 77\n`],
    ['a process whose id another has now', `${process.pid} 1\n`],
    ['nobody, as the writer was killed', ''],
    ['something else', 'hello world of locks\n'],
  ])('is taken over from %s', async (_, content) => {
    await writeFile(path, content);
    await DirectoryLock.take(path);
    await expect(readFile(path, 'utf8')).resolves.toMatch(new RegExp(`^${process.pid} `));
  });

  it('is taken over from the same id that started at the same tick of another boot: PID 1 of another pod', async () => {
    await DirectoryLock.take(path);
    const mine = await readFile(path, 'utf8');
    await writeFile(path, mine.replace(/@.+/, '@00000000-0000-0000-0000-000000000000'));
    await DirectoryLock.take(path);
    await expect(readFile(path, 'utf8')).resolves.toBe(mine);
  });

  it('fails as the disk fails', async () => {
    await expect(DirectoryLock.take(join(directory, 'missing', 'owner'))).rejects.toThrow('ENOENT');
  });
});
