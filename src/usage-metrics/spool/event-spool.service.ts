import { open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { Clock } from '../../platform/clock.js';
import { DirectoryLock } from '../../platform/directory-lock.js';
import { EventFallback } from '../events/event-fallback.js';
import type { PendingEvent } from '../events/pending-event.js';
import { LiveFile, type SealedFile } from './live-file.client.js';
import {
  type Batch,
  countLines,
  fileMode,
  hasCode,
  makePrivateDirectory,
  readBatch,
  syncDirectory,
  writeWhole,
} from './spool-files.client.js';
import { damagedSuffix, rotatedNames } from './spool-file-name.js';
import { lineOf } from './spool-line.js';
import { SpoolConfig } from './spool.config.js';
import { spoolFull, spoolUnavailable } from './spool.errors.js';

/** Takes events for good, or rejects. */
export type Send = (events: readonly PendingEvent[]) => Promise<void>;

/** A file whose events are being sent, oldest file first. */
interface Segment extends SealedFile {
  /** Of the file: what comes before it was sent. Forgotten by a restart, as sending again changes nothing. */
  offset: number;
  /** That were not sent. */
  left: number;
  damaged: boolean;
}

/** What a process holds while the directory is its own. */
interface Opened {
  readonly lock: DirectoryLock;
  readonly live: LiveFile;
  readonly segments: Segment[];
}

/**
 * Usage events on the local disk while the database is away. What was appended is kept until it is sent, whatever its age; a process that
 * is killed leaves at most a torn last line, which nobody was told of.
 */
@Injectable()
export class EventSpool extends EventFallback implements OnApplicationShutdown {
  private readonly logger = new Logger(EventSpool.name);
  private opened: Opened | undefined;
  private opening: Promise<void> | undefined;
  /** Of appends that are under way. */
  private reservedBytes = 0;
  private draining = false;
  /** Lines that could not be read, since the start. */
  damagedLines = 0;

  constructor(
    private readonly config: SpoolConfig,
    private readonly clock: Clock,
  ) {
    super();
  }

  get isOpen(): boolean {
    return this.opened !== undefined;
  }

  /**
   * Takes the directory, and up what an earlier process left there. Again while it is open: nothing.
   * @throws Error where the directory cannot be used, or another process uses it
   */
  open(): Promise<void> {
    if (this.opened) return Promise.resolve();
    this.opening ??= this.take().finally(() => (this.opening = undefined));
    return this.opening;
  }

  /**
   * Resolves when the events are on the disk: all of them, or none where it rejects.
   * @throws TenantryError `spool_full`, `spool_unavailable` (503)
   */
  async append(events: readonly PendingEvent[]): Promise<void> {
    await this.opening?.catch(() => undefined);
    if (!this.opened) throw spoolUnavailable();
    if (events.length === 0) return;
    const now = this.clock.now().toISOString();
    const lines = Buffer.from(
      events.map((event) => lineOf({ ...event, receivedAt: event.receivedAt ?? now })).join(''),
    );
    if (this.bytes + this.reservedBytes + lines.length > this.config.maxBytes) throw spoolFull();
    this.reservedBytes += lines.length;
    try {
      await this.opened.live.append(lines, events.length);
    } catch (error) {
      throw hasCode(error, 'ENOSPC', 'EDQUOT', 'EFBIG') ? spoolFull(error) : spoolUnavailable(error);
    } finally {
      this.reservedBytes -= lines.length;
    }
  }

  /** Events that were not sent, and bytes of the files that hold them. Of a spool that is not open: nothing. */
  size(): { events: number; bytes: number } {
    const { live, segments } = this.opened ?? { live: { lines: 0 }, segments: [] };
    return { events: segments.reduce((sum, { left }) => sum + left, live.lines), bytes: this.bytes };
  }

  /** When the oldest file with events began. */
  oldestSince(): Date | undefined {
    const since = this.opened?.segments[0]?.since ?? this.opened?.live.since;
    return since === undefined ? undefined : new Date(since);
  }

  /**
   * Sends everything in the order of its arrival, at most 1,000 events and 1 MiB of file at a time. A file is removed when all of it was
   * sent; what arrives meanwhile goes into a new one, and is sent too.
   * @returns how many events were sent
   * @throws what `send` rejects with, and the signal's reason; what was not sent stays
   */
  async drain(send: Send, signal: AbortSignal): Promise<number> {
    if (!this.opened || this.draining) return 0;
    const { live, segments } = this.opened;
    this.draining = true;
    try {
      for (let sent = 0; ; segments.shift()) {
        if (segments.length === 0) await live.rotate();
        const [segment] = segments;
        if (!segment) return sent;
        sent += await this.drainSegment(segment, send, signal);
      }
    } finally {
      this.draining = false;
    }
  }

  /** Lets the directory go when what was appended is written. */
  async onApplicationShutdown(): Promise<void> {
    await this.opening?.catch(() => undefined);
    const { opened } = this;
    this.opened = undefined;
    await opened?.live.close();
    await opened?.lock.release();
  }

  private pathOf(name: string): string {
    return join(this.config.directory, name);
  }

  private get bytes(): number {
    if (!this.opened) return 0;
    return this.opened.segments.reduce((sum, { bytes }) => sum + bytes, this.opened.live.bytes);
  }

  private async take(): Promise<void> {
    const { directory, rotateBytes } = this.config;
    await makePrivateDirectory(directory);
    const lock = await DirectoryLock.take(join(directory, 'owner'));
    try {
      const segments = await this.findSegments();
      const live = new LiveFile({ directory, prefix: 'usage', rotateBytes, clock: this.clock }, (file) =>
        segments.push(segmentOf(file)),
      );
      await live.recover();
      this.opened = { lock, live, segments };
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  private async findSegments(): Promise<Segment[]> {
    const segments: Segment[] = [];
    for (const name of rotatedNames('usage', await readdir(this.config.directory))) {
      const { lines, since } = await countLines(this.pathOf(name));
      segments.push(segmentOf({ name, bytes: (await stat(this.pathOf(name))).size, lines, since }));
    }
    return segments;
  }

  private async drainSegment(segment: Segment, send: Send, signal: AbortSignal): Promise<number> {
    let sent = 0;
    for (let batch = await this.read(segment); batch.bytes > 0; batch = await this.read(segment)) {
      const { events, damaged, bytes } = batch;
      signal.throwIfAborted();
      if (events.length > 0) await send(events);
      if (damaged.length > 0) await this.setAside(segment, damaged);
      segment.offset += bytes;
      segment.left = Math.max(0, segment.left - events.length - damaged.length);
      sent += events.length;
    }
    await rm(this.pathOf(segment.name), { force: true });
    return sent;
  }

  /** A file that is gone, or that the disk does not give back, must not keep the others from being sent. */
  private async read(segment: Segment): Promise<Batch> {
    const path = this.pathOf(segment.name);
    try {
      const handle = await open(path, 'r');
      try {
        return await readBatch(handle, segment.offset);
      } finally {
        await handle.close();
      }
    } catch (error) {
      if (!hasCode(error, 'ENOENT', 'EIO')) throw error;
      const message = `${path} cannot be read; what was not sent of it is set aside, if it is there`;
      this.logger.error({ message, events: segment.left, err: error });
      await rename(path, `${path}.${this.clock.now().getTime()}${damagedSuffix}`).catch(() => undefined);
      this.damagedLines += segment.left;
      return { events: [], damaged: [], bytes: 0 };
    }
  }

  private async setAside(segment: Segment, lines: readonly Buffer[]): Promise<void> {
    const path = this.pathOf(segment.name + damagedSuffix);
    const handle = await open(path, 'a', fileMode);
    try {
      await writeWhole(handle, Buffer.concat(lines.flatMap((line) => [line, Buffer.from('\n')])));
      await handle.datasync();
    } finally {
      await handle.close();
    }
    await syncDirectory(this.config.directory);
    this.damagedLines += lines.length;
    if (!segment.damaged) this.logger.error(`${path} has lines of the spool that are damaged; the others are sent`);
    segment.damaged = true;
  }
}

function segmentOf(file: SealedFile): Segment {
  return { ...file, offset: 0, left: file.lines, damaged: false };
}
