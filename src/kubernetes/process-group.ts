import { readFileSync } from 'node:fs';
import { hostname, uptime } from 'node:os';

import { textAt } from './json-value.js';

/** Signals a whole process group; a group that is gone is no error. */
export function killGroup(leaderPid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-leaderPid, signal);
  } catch (error) {
    if (textAt(error, 'code') !== 'ESRCH') throw error;
  }
}

/**
 * Whether the process that was started then still lives on this host. False is proof; a process of another host, or one
 * whose start cannot be read, counts as living, because nobody here can prove otherwise.
 */
export function mayStillRun(child: { readonly pid: number; readonly startedAt: Date; readonly host: string }): boolean {
  if (child.host !== hostname()) return true;
  try {
    process.kill(child.pid, 0);
  } catch (error) {
    return textAt(error, 'code') === 'EPERM';
  }
  const found = statOf(child.pid);
  // In a container whose first process collects no children, an orphan that ended stays in the table for ever.
  if (found?.state === 'Z') return false;
  const startedMs = found?.startedMs;
  // The kernel counts in ticks of 10 ms from boot, and boot time is only known to the second.
  return startedMs === undefined || Math.abs(startedMs - child.startedAt.getTime()) < 5_000;
}

const TICKS_PER_SECOND = 100;

function statOf(pid: number): { state: string | undefined; startedMs: number } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The second field is the command in brackets and may hold spaces: count from the last bracket.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const ticks = Number(fields[19]);
    if (!Number.isFinite(ticks)) return undefined;
    return { state: fields[0], startedMs: Date.now() - uptime() * 1000 + (ticks / TICKS_PER_SECOND) * 1000 };
  } catch {
    return undefined;
  }
}
