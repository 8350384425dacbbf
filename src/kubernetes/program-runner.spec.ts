import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { mayStillRun } from './process-group.js';
import { ProgramRunner, type ProgramCall, type SpawnedProgram } from './program-runner.js';
import type { Program } from './programs.js';

let directory: string;
let runner: ProgramRunner;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tenantry-test-'));
  runner = new ProgramRunner({
    kubeconfigPath: () => '/run/kubeconfig',
    searchPath: '/usr/bin:/bin',
    environment: { AWS_PROFILE: 'x' },
    graceMs: 200,
  });
});

afterEach(async () => {
  await runner.close();
  await rm(directory, { recursive: true, force: true });
});

async function standIn(script: string): Promise<Program> {
  const path = join(directory, `program-${Math.random()}`);
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
  return { name: 'helm', path, version: '4.1.4', major: 4, origin: 'setting' };
}

async function run(script: string, call: Partial<ProgramCall> = {}): ReturnType<ProgramRunner['run']> {
  return runner.run({ program: await standIn(script), args: [], deadlineMs: 10_000, ...call });
}

async function untilGone(pid: number): Promise<boolean> {
  for (let tries = 0; tries < 100; tries += 1) {
    if (!mayStillRun({ pid, startedAt: new Date(), host: hostname() })) return true;
    await delay(20);
  }
  return false;
}

/** Resolves when the stand-in has written its own and its child's process ids. */
async function pidsIn(file: string): Promise<number[]> {
  for (let tries = 0; tries < 200; tries += 1) {
    const text = existsSync(file) ? await readFile(file, 'utf8') : '';
    const pids = text.split('\n').filter(Boolean).map(Number);
    if (pids.length >= 2) return pids;
    await delay(20);
  }
  throw new Error('the stand-in did not start');
}

describe('a program that ends by itself', () => {
  test('gives its output, its arguments untouched by any shell', async () => {
    const result = await run('printf "%s|" "$@"; echo noise >&2', { args: ['a b', '$HOME', '`id`', "'", '*'] });
    expect(result).toEqual({ ok: true, stdout: "a b|$HOME|`id`|'|*|", stderr: 'noise\n', truncated: false });
  });

  test('gets its input whole and then the end of it', async () => {
    const stdin = 'x'.repeat(300_000);
    expect(await run('wc -c', { stdin })).toMatchObject({ ok: true, stdout: expect.stringMatching(/^\s*300000\s*$/) });
    expect(await run('wc -c')).toMatchObject({ ok: true, stdout: expect.stringMatching(/^\s*0\s*$/) });
  });

  test('that does not read its input is no fault', async () => {
    expect(await run('exec 0<&-; echo done', { stdin: 'x'.repeat(300_000) })).toMatchObject({
      ok: true,
      stdout: 'done\n',
    });
  });

  test('with a failure gives code and output', async () => {
    expect(await run('echo out; echo err >&2; exit 3')).toEqual({
      ok: false,
      reason: 'exit',
      exitCode: 3,
      stdout: 'out\n',
      stderr: 'err\n',
    });
  });

  test('by a signal of somebody else is killed', async () => {
    expect(await run('kill -KILL $$')).toMatchObject({ ok: false, reason: 'killed', exitCode: undefined });
  });

  test('that says too much is heard to the end, of which only the last part is kept', async () => {
    const result = await run('i=0; while [ $i -lt 3000 ]; do printf "%0100d\\n" $i >&2; i=$((i+1)); done; exit 1');
    expect(result).toMatchObject({ ok: false, reason: 'exit' });
    expect(result.stderr.length).toBe(64 * 1024);
    expect(result.stderr.trimEnd().endsWith('2999')).toBe(true);
  });
});

describe('a program that cannot be started', () => {
  test.each([
    ['is not there', '/nowhere/helm'],
    ['is a directory', tmpdir()],
  ])('because it %s is missing', async (_what, path) => {
    const program: Program = { name: 'helm', path, version: '4.1.4', major: 4, origin: 'setting' };
    expect(await runner.run({ program, args: [], deadlineMs: 1000 })).toMatchObject({ ok: false, reason: 'missing' });
  });

  test('or whose interpreter is not there, or which says 127, is missing', async () => {
    expect(await run('exit 127')).toMatchObject({ ok: false, reason: 'missing' });
  });
});

describe('the environment', () => {
  test('holds what is needed and nothing else of this process', async () => {
    process.env['TENANTRY_TEST_SECRET'] = 'hunter2';
    process.env['HTTPS_PROXY'] = 'http://proxy.example.com';
    try {
      const result = await run('env; pwd');
      const names = result.stdout.split('\n').map((line) => line.split('=')[0]);
      expect(result.stdout).not.toContain('hunter2');
      expect(names).toEqual(
        expect.arrayContaining(['PATH', 'HOME', 'KUBECONFIG', 'HELM_CACHE_HOME', 'HELM_CONFIG_HOME', 'AWS_PROFILE']),
      );
      expect(names).not.toContain('HTTPS_PROXY');
      expect(result.stdout).toContain('KUBECONFIG=/run/kubeconfig\n');
      expect(result.stdout).not.toContain(`HOME=${process.env['HOME']}\n`);
    } finally {
      delete process.env['TENANTRY_TEST_SECRET'];
      delete process.env['HTTPS_PROXY'];
    }
  });

  test('has a home again when somebody swept it away', async () => {
    const home = (await run('echo $HOME')).stdout.trim();
    await rm(home, { recursive: true });
    const again = (await run('cd "$HOME" && pwd')).stdout.trim();
    expect(existsSync(again)).toBe(true);
  });

  test('has a home of its own, which goes when the runner closes', async () => {
    const home = (await run('echo $HOME; touch $HOME/x')).stdout.trim();
    expect(existsSync(home)).toBe(true);
    await runner.close();
    expect(existsSync(home)).toBe(false);
  });
});

function withChild(file: string): string {
  return `sleep 60 & echo $$ > ${file}; echo $! >> ${file}; wait`;
}

describe('the end of a program that does not end', () => {
  test('comes with SIGTERM when its caller stops it, with all that it started', async () => {
    const file = join(directory, 'pids');
    const stop = new AbortController();
    const running = run(withChild(file), { signal: stop.signal });
    const pids = await pidsIn(file);
    stop.abort();
    expect(await running).toMatchObject({ ok: false, reason: 'aborted' });
    for (const pid of pids) expect(await untilGone(pid)).toBe(true);
  });

  test('comes with SIGKILL after the grace, when it does not listen', async () => {
    const file = join(directory, 'pids');
    const stop = new AbortController();
    const running = run(`trap '' TERM; ${withChild(file)}; while :; do sleep 1; done`, { signal: stop.signal });
    const pids = await pidsIn(file);
    const asked = performance.now();
    stop.abort();
    expect(await running).toMatchObject({ ok: false, reason: 'aborted' });
    expect(performance.now() - asked).toBeGreaterThan(190);
    for (const pid of pids) expect(await untilGone(pid)).toBe(true);
  });

  test('may be told by the program itself, which hears SIGTERM first', async () => {
    const stop = new AbortController();
    const started = join(directory, 'pids');
    const running = run(`trap 'echo rolled back; exit 1' TERM; ${withChild(started)}`, { signal: stop.signal });
    await pidsIn(started);
    stop.abort();
    expect(await running).toMatchObject({ ok: false, reason: 'aborted', exitCode: 1, stdout: 'rolled back\n' });
  });

  test('comes with SIGKILL at the deadline, without asking', async () => {
    const file = join(directory, 'pids');
    const result = await run(`trap '' TERM; ${withChild(file)}`, { deadlineMs: 300 });
    expect(result).toMatchObject({ ok: false, reason: 'deadline' });
    for (const pid of await pidsIn(file)) expect(await untilGone(pid)).toBe(true);
  });

  test('comes when the runner closes, and nothing starts after that', async () => {
    const file = join(directory, 'pids');
    const running = run(withChild(file));
    const pids = await pidsIn(file);
    await runner.close();
    expect(await running).toMatchObject({ ok: false, reason: 'aborted' });
    for (const pid of pids) expect(await untilGone(pid)).toBe(true);
    expect(await run('echo late')).toMatchObject({ ok: false, reason: 'aborted', stdout: '' });
  });
});

test('whoever asks is told of the process as it starts', async () => {
  const seen: SpawnedProgram[] = [];
  const before = Date.now();
  const result = await run('echo $$', { onSpawn: (child) => seen.push(child) });
  expect(seen).toEqual([
    { program: 'helm', pid: Number(result.stdout), startedAt: expect.any(Date), host: hostname() },
  ]);
  expect(seen[0]?.startedAt.getTime()).toBeGreaterThanOrEqual(before);
});

test('a stop before the start starts nothing', async () => {
  const marker = join(directory, 'marker');
  expect(await run(`touch ${marker}`, { signal: AbortSignal.abort() })).toMatchObject({ ok: false, reason: 'aborted' });
  expect(existsSync(marker)).toBe(false);
});

test('twenty programs at once keep their outputs apart', async () => {
  const program = await standIn('echo $1');
  const results = await Promise.all(
    Array.from({ length: 20 }, (_, index) => runner.run({ program, args: [String(index)], deadlineMs: 10_000 })),
  );
  expect(results.map((result) => result.stdout.trim())).toEqual(
    Array.from({ length: 20 }, (_, index) => String(index)),
  );
});
