import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { killGroup } from './process-group.js';
import { type HostedEnd, ProgramHost } from './program-host.js';

interface Heard {
  pid: number | undefined;
  stdout: string;
  stderr: string;
}

/** Processes whose parent this is, by pid. */
function childrenOf(parent: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
        return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === parent;
      } catch {
        return false;
      }
    })
    .map(Number);
}

describe('the process that starts programs', () => {
  let host: ProgramHost;

  beforeEach(() => {
    host = new ProgramHost();
  });
  afterEach(() => host.close());

  function run(
    script: string,
    env: Record<string, string> = {},
    stdin = '',
  ): { heard: Heard; end: Promise<HostedEnd> } {
    const heard: Heard = { pid: undefined, stdout: '', stderr: '' };
    const start = { path: '/bin/sh', args: ['-c', script], env, cwd: '/', stdin };
    const end = host.run(start, {
      started: (pid) => (heard.pid = pid),
      output: (stream, chunk) => (heard[stream] += chunk.toString()),
    });
    return { heard, end };
  }

  async function started(heard: Heard): Promise<number> {
    while (heard.pid === undefined) await delay(5);
    return heard.pid;
  }

  it('tells the pid, all output and the exit code', async () => {
    const { heard, end } = run('echo out; echo err >&2; cat; exit 3', {}, 'in');
    await expect(end).resolves.toMatchObject({ exitCode: 3 });
    expect(heard).toEqual({ pid: expect.any(Number), stdout: 'out\nin', stderr: 'err\n' });
  });

  it('gives a program the environment that it is told, and nothing of its own', async () => {
    const { heard, end } = run('/usr/bin/env', { ONE: '1' });
    await end;
    const names = heard.stdout.split('\n').flatMap((line) => (line === '' ? [] : [line.split('=', 1)[0]]));
    // A shell adds these by itself.
    expect(names.filter((name) => !['PWD', 'SHLVL', '_', 'OLDPWD'].includes(name ?? ''))).toEqual(['ONE']);
  });

  it.each([
    ['that is not there', '/nowhere/helm', 'ENOENT'],
    ['that is a directory', '/etc', 'EACCES'],
  ])('says of a program %s why it did not start', async (_, path, code) => {
    const start = { path, args: [], env: {}, cwd: '/', stdin: '' };
    const ignored = { started: () => undefined, output: () => undefined };
    await expect(host.run(start, ignored)).resolves.toMatchObject({ code });
  });

  it('brings all of a lot of output, in order', async () => {
    const { heard, end } = run('i=0; while [ $i -lt 20000 ]; do echo "line $i"; i=$((i+1)); done');
    await end;
    expect(heard.stdout).toBe(Array.from({ length: 20_000 }, (_, n) => `line ${n}\n`).join(''));
  });

  it('starts many at once, and mixes nothing up', async () => {
    const runs = Array.from({ length: 20 }, (_, n) => run(`echo ${n}; exit ${n}`));
    const ends = await Promise.all(runs.map(({ end }) => end));
    expect(ends.map(({ exitCode }) => exitCode)).toEqual(runs.map((_, n) => n));
    expect(runs.map(({ heard }) => heard.stdout)).toEqual(runs.map((_, n) => `${n}\n`));
  });

  it('says of a program that a signal ended that it has no exit code', async () => {
    const { heard, end } = run('exec sleep 60');
    killGroup(await started(heard), 'SIGKILL');
    const told = await end;
    expect([told.exitCode, told.code]).toEqual([undefined, undefined]);
  });

  it('when it is killed itself, ends its calls without an exit code, and the next call has another one', async () => {
    const { heard, end } = run('exec sleep 60');
    const orphan = await started(heard);
    for (const pid of childrenOf(process.pid).filter((child) => childrenOf(child).includes(orphan)))
      process.kill(pid, 'SIGKILL');
    await expect(end).resolves.toEqual({});
    killGroup(orphan, 'SIGKILL');
    await expect(run('exit 0').end).resolves.toMatchObject({ exitCode: 0 });
  });

  it('is gone when it is closed, also twice, and is not there before it is needed', async () => {
    const before = childrenOf(process.pid);
    await host.close();
    expect(childrenOf(process.pid)).toEqual(before);
    await run('exit 0').end;
    expect(childrenOf(process.pid).length).toBe(before.length + 1);
    await host.close();
    await host.close();
    expect(childrenOf(process.pid)).toEqual(before);
  });
});
