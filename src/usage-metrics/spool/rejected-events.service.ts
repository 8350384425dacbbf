import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { Clock } from '../../platform/clock.js';
import type { PendingEvent, Rejection } from '../events/pending-event.js';
import { LiveFile } from './live-file.client.js';
import { dateIn, isOlderThan, isSetAside } from './spool-file-name.js';
import { SpoolConfig } from './spool.config.js';

interface SetAsideFile {
  readonly path: string;
  readonly since: number;
  readonly bytes: number;
}

const lineEnd = 0x0a;

/**
 * What the database refused of the spool: nobody waits for an answer any more, so it is written down beside it, one JSON a line, with the
 * reason. Used by whoever drains, while the directory is this process's own.
 */
@Injectable()
export class RejectedEvents implements OnApplicationShutdown {
  private readonly logger = new Logger(RejectedEvents.name);
  private file: LiveFile | undefined;

  constructor(
    private readonly config: SpoolConfig,
    private readonly clock: Clock,
  ) {}

  /** @param rejections their `index` is the place among the events */
  async keep(events: readonly PendingEvent[], rejections: readonly Rejection[]): Promise<void> {
    const rejectedAt = this.clock.now().toISOString();
    const lines = rejections
      .toSorted((a, b) => a.index - b.index)
      .map(({ index, ...why }) => `${recordOf(events[index], why, rejectedAt)}\n`);
    await (await this.opened()).append(Buffer.from(lines.join('')), lines.length);
    const codes = [...new Set(rejections.map(({ code }) => code))];
    const message = 'the database refused spooled events for good; they are in usage.rejected.jsonl';
    this.logger.warn({ message, events: rejections.length, codes });
  }

  /** Removes files of refused and damaged lines that are too old, and the oldest where they are too much together. Events that wait stay. */
  async cleanUp(): Promise<void> {
    const files = (await this.setAsideFiles()).sort((a, b) => b.since - a.since);
    let room = this.config.setAsideBytes;
    for (const file of files) {
      room -= file.bytes;
      if (isOlderThan(this.config.retentionDays, file.since, this.clock.now())) await this.remove(file);
      else if (room < 0) await this.removeForRoom(file);
    }
  }

  async onApplicationShutdown(): Promise<void> {
    await this.file?.close();
    this.file = undefined;
  }

  private async opened(): Promise<LiveFile> {
    if (this.file) return this.file;
    const { directory, rotateBytes } = this.config;
    const file = new LiveFile({ directory, prefix: 'usage.rejected', rotateBytes, clock: this.clock }, () => undefined);
    await file.recover();
    return (this.file = file);
  }

  private async setAsideFiles(): Promise<SetAsideFile[]> {
    const names = (await readdir(this.config.directory)).filter(isSetAside);
    const found = names.map(async (name): Promise<SetAsideFile[]> => {
      const path = join(this.config.directory, name);
      // What cannot be examined is left alone, and the others go on.
      const stats = await stat(path).catch(() => undefined);
      return stats ? [{ path, since: dateIn(name) ?? stats.mtimeMs, bytes: stats.size }] : [];
    });
    return (await Promise.all(found)).flat();
  }

  private async remove({ path }: SetAsideFile): Promise<void> {
    await rm(path).catch((error: unknown) => this.logger.warn({ message: `${path} cannot be removed`, err: error }));
  }

  private async removeForRoom(file: SetAsideFile): Promise<void> {
    const lines = (await readFile(file.path)).filter((byte) => byte === lineEnd).length;
    this.logger.error({ message: `${file.path} is removed for room, before its time`, lines });
    await this.remove(file);
  }
}

function recordOf(event: PendingEvent | undefined, why: Omit<Rejection, 'index'>, rejectedAt: string): string {
  const { tenantId, subject, receivedAt, json } = event ?? {};
  return JSON.stringify({
    rejected_at: rejectedAt,
    ...why,
    received_at: receivedAt,
    tenant_id: tenantId,
    subject,
    json,
  });
}
