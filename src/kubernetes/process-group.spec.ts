import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';

import { killGroup, mayStillRun } from './process-group.js';

test('a signal reaches the whole group', async () => {
  const child = spawn('sh', ['-c', 'sleep 60 & echo $!; wait'], {
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [line] = await once(child.stdout, 'data');
  const grandchild = Number(String(line));
  expect(isAlive(grandchild)).toBe(true);
  killGroup(child.pid ?? 0, 'SIGKILL');
  await once(child, 'close');
  expect(await untilGone(grandchild)).toBe(true);
  expect(() => killGroup(child.pid ?? 0, 'SIGKILL')).not.toThrow();
});

describe('whether a process that was written down still runs', () => {
  const here = hostname();

  test('is proven by its end', async () => {
    const child = spawn('sleep', ['60'], { stdio: 'ignore' });
    await once(child, 'spawn');
    const seen = { pid: child.pid ?? 0, startedAt: new Date(), host: here };
    expect(mayStillRun(seen)).toBe(true);
    child.kill('SIGKILL');
    await once(child, 'close');
    expect(mayStillRun(seen)).toBe(false);
  });

  test('is proven by its end, even when nobody collects it', async () => {
    const parent = spawn('sh', ['-c', 'sleep 0.05 & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'ignore'] });
    const startedAt = new Date();
    const pid = Number(String((await once(parent.stdout, 'data'))[0]));
    await delay(200);
    expect(isAlive(pid)).toBe(true);
    expect(mayStillRun({ pid, startedAt, host: here })).toBe(false);
    parent.kill('SIGKILL');
    await once(parent, 'close');
  });

  test('is not proven by another process that took its number', () => {
    expect(mayStillRun({ pid: process.pid, startedAt: new Date('2020-01-01T00:00:00Z'), host: here })).toBe(false);
  });

  test('cannot be told of another host', () => {
    expect(mayStillRun({ pid: 999_999_999, startedAt: new Date(), host: 'elsewhere' })).toBe(true);
  });
});

/** Whoever adopts an orphan takes a moment to collect it. */
async function untilGone(pid: number): Promise<boolean> {
  for (let tries = 0; tries < 100 && isAlive(pid); tries += 1) await delay(20);
  return !isAlive(pid);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
