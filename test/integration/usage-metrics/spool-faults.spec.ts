import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, rmdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { Logger } from '@nestjs/common';
import { breakDisk, drained, eventsOf, forgetOwner, SpoolBench } from './spools.js';

const bench = new SpoolBench();
let mendDisk = (): void => undefined;
beforeAll(() => Logger.overrideLogger(false));
afterEach(async () => {
  mendDisk();
  await bench.clear();
});

describe('a disk that fails', () => {
  it.each([
    ['is full in the middle of a write', ['write'], 'ENOSPC', 'spool_full'],
    ['is full beyond the quota', ['write'], 'EDQUOT', 'spool_full'],
    ['tells at the fsync that it is full', ['datasync'], 'ENOSPC', 'spool_full'],
    ['breaks', ['write'], 'EIO', 'spool_unavailable'],
    ['breaks at the fsync', ['datasync'], 'EIO', 'spool_unavailable'],
    ['breaks at the fsync of the directory', ['sync'], 'EIO', 'spool_unavailable'],
    ['does not even let the rest be cut off', ['write', 'truncate'], 'ENOSPC', 'spool_full'],
  ] as const)('%s: nothing is taken, and the next append is whole', async (_, operations, cause, code) => {
    const directory = await bench.directory();
    const spool = await bench.start(directory);
    if (!operations.includes('sync' as never)) await spool.append(eventsOf([1]));
    mendDisk = await breakDisk(operations, cause);
    const failing = await Promise.allSettled([spool.append(eventsOf([2, 3])), spool.append(eventsOf([4]))]);
    expect(failing).toMatchObject([{ reason: { code } }, { reason: { code } }]);
    mendDisk();
    await spool.append(eventsOf([5]));
    const expected = operations.includes('sync' as never) ? ['5'] : ['1', '5'];
    const lines = (await readFile(join(directory, 'usage.jsonl'), 'utf8')).trimEnd().split('\n');
    expect(lines).toHaveLength(expected.length);
    expect(await drained(spool)).toEqual(expected);
    expect(spool.damagedLines).toBe(0);
  });

  it('that left half a write behind when the process was killed is understood by the next one', async () => {
    const directory = await bench.directory();
    const spool = await bench.start(directory);
    await spool.append(eventsOf([1]));
    mendDisk = await breakDisk(['write', 'truncate'], 'ENOSPC');
    await expect(spool.append(eventsOf([2]))).rejects.toMatchObject({ code: 'spool_full' });
    mendDisk();
    await forgetOwner(directory);
    expect(await drained(await bench.start(directory))).toEqual(['1']);
  });

  it('that is really full takes events again when there is room', async () => {
    const mount = await mkdtemp(join(tmpdir(), 'tenantry-full-'));
    const run = promisify(execFile);
    // Only root may mount; elsewhere the faults above stand for it.
    const mounted = await run('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'none', mount]).then(
      () => true,
      () => false,
    );
    try {
      const spool = await bench.start(join(mount, 'spool', 'usage'));
      if (!mounted) return;
      const accepted: string[] = [];
      let refused = 0;
      for (let id = 0; refused < 3; id += 1) {
        const kept = await spool.append(eventsOf([`${id}-a`, `${id}-b`, `${id}-c`])).then(
          () => true,
          (error: unknown) => {
            expect(error).toMatchObject({ code: 'spool_full' });
            return false;
          },
        );
        if (kept) accepted.push(`${id}-a`, `${id}-b`, `${id}-c`);
        else refused += 1;
      }
      expect(accepted.length).toBeGreaterThan(100);
      expect(await drained(spool)).toEqual(accepted);
      await spool.append(eventsOf(['again']));
      expect(await drained(spool)).toEqual(['again']);
    } finally {
      await bench.clear();
      if (mounted) await run('umount', [mount]);
      await (mounted ? rmdir(mount) : rm(mount, { recursive: true }));
    }
  });

  it('that has no place for the directory: the spool stays shut, and opens when it has', async () => {
    const directory = await bench.directory();
    await mkdir(dirname(dirname(directory)), { recursive: true });
    await writeFile(dirname(directory), 'a file where a directory should be');
    const starting = bench.start(directory);
    await expect(starting).rejects.toThrow(/ENOTDIR|EEXIST/);
    await rm(dirname(directory));
    const spool = await bench.start(directory);
    await spool.append(eventsOf([1]));
    expect(await drained(spool)).toEqual(['1']);
  });
});
