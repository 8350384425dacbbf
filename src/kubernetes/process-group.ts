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
  const startedMs = startOf(child.pid);
  // The kernel counts in ticks of 10 ms from boot, and boot time is only known to the second.
  return startedMs === undefined || Math.abs(startedMs - child.startedAt.getTime()) < 5_000;
}

const TICKS_PER_SECOND = 100;

function startOf(pid: number): number | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The second field is the command in brackets and may hold spaces: count from the last bracket.
    const ticks = Number(fields.slice(fields.lastIndexOf(')') + 2).split(' ')[19]);
    if (!Number.isFinite(ticks)) return undefined;
    return Date.now() - uptime() * 1000 + (ticks / TICKS_PER_SECOND) * 1000;
  } catch {
    return undefined;
  }
}
