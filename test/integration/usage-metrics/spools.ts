import { type FileHandle, mkdtemp, open, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PendingEvent } from '../../../src/usage-metrics/events/pending-event.js';
import { EventSpool } from '../../../src/usage-metrics/spool/event-spool.service.js';
import { SpoolConfig } from '../../../src/usage-metrics/spool/spool.config.js';
import { FakeClock } from '../../setup/fake-clock.js';

const now = Date.parse('2030-01-05T10:00:00Z');

export interface SpoolSizes {
  readonly maxBytes?: number;
  readonly rotateBytes?: number;
}

export function spoolConfig(directory: string, sizes: SpoolSizes = {}): SpoolConfig {
  return Object.assign(new SpoolConfig({ TENANTRY_USAGE_SPOOL_MIB: 1 }, directory), sizes);
}

export function eventsOf(ids: readonly (number | string)[]): PendingEvent[] {
  return ids.map((id) => ({ subject: 'acme', json: `{"id": "${id}",\n "data": {"n": 0.10000000000000000001}}` }));
}

export function idsOf(events: readonly PendingEvent[]): string[] {
  return events.map(({ json }) => String(JSON.parse(json).id));
}

/** Directories of spools of one test, and the spools in them. */
export class SpoolBench {
  clock = new FakeClock(now);
  private readonly open: EventSpool[] = [];
  private readonly directories: string[] = [];

  async directory(): Promise<string> {
    const path = await mkdtemp(join(tmpdir(), 'tenantry-spool-'));
    this.directories.push(path);
    return join(path, 'spool', 'usage');
  }

  /** A spool as a new process opens it. */
  async start(directory: string, sizes: SpoolSizes = {}): Promise<EventSpool> {
    const spool = new EventSpool(spoolConfig(directory, sizes), this.clock);
    this.open.push(spool);
    await spool.open();
    return spool;
  }

  async clear(): Promise<void> {
    this.clock = new FakeClock(now);
    for (const spool of this.open.splice(0)) await spool.onApplicationShutdown();
    for (const path of this.directories.splice(0)) await rm(path, { recursive: true });
  }
}

/** As if the process had been killed: nothing is written or closed in order, and its lock is a dead one's. */
export async function forgetOwner(directory: string): Promise<void> {
  await rm(join(directory, 'owner'), { force: true });
}

/** Sends all that is spooled. */
export async function drained(spool: EventSpool): Promise<string[]> {
  const ids: string[] = [];
  await spool.drain(async (events) => void ids.push(...idsOf(events)), new AbortController().signal);
  return ids;
}

/** Names of files, without the lock. */
export async function filesIn(directory: string): Promise<string[]> {
  return (await readdir(directory)).filter((name) => name !== 'owner').sort();
}

type Writing = 'write' | 'datasync' | 'sync' | 'truncate';
type Operation = (...given: unknown[]) => Promise<unknown>;

/**
 * A disk that fails: from now on these operations on any open file reject as the system would. A failing write takes half of its bytes
 * first, as a full disk does.
 * @returns what ends it
 */
export async function breakDisk(operations: readonly Writing[], code: string): Promise<() => void> {
  const handle = await open(tmpdir(), 'r');
  const prototype: Record<string, Operation> = Object.getPrototypeOf(handle);
  await handle.close();
  const sound = operations.map((operation) => [operation, prototype[operation]] as const);
  for (const [operation, original] of sound) {
    prototype[operation] = async function (this: FileHandle, ...given: unknown[]) {
      const [buffer, offset] = given;
      if (operation === 'write' && Buffer.isBuffer(buffer) && typeof offset === 'number')
        await original?.call(this, buffer, offset, Math.floor((buffer.length - offset) / 2));
      throw Object.assign(new Error(`${code}: the disk fails`), { code });
    };
  }
  return () => void Object.assign(prototype, Object.fromEntries(sound));
}
