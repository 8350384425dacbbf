import { type FileHandle, open, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import type { Clock } from '../../platform/clock.js';
import { countLines, fileMode, hasCode, syncDirectory, writeWhole } from './spool-files.client.js';
import { dayOf, liveNameOf, nextName, type SpoolPrefix } from './spool-file-name.js';

/** A file that no more is written to. */
export interface SealedFile {
  readonly name: string;
  readonly bytes: number;
  readonly lines: number;
  readonly since: string | undefined;
}

export interface LiveFileOptions {
  readonly directory: string;
  readonly prefix: SpoolPrefix;
  /** Size at which the file is rotated, after the write that reaches it. */
  readonly rotateBytes: number;
  readonly clock: Clock;
}

interface Waiting {
  readonly bytes: Buffer;
  readonly lines: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

const nothing = { bytes: 0, lines: 0, since: undefined };

/**
 * The file of a log that is written to. What is appended while a write is under way is written together, with one fsync. An append is
 * taken whole or not at all: a write that fails is cut off again.
 */
export class LiveFile {
  private readonly logger = new Logger(LiveFile.name);
  private readonly path: string;
  private handle: FileHandle | undefined;
  private content: Omit<SealedFile, 'name'> = nothing;
  /** Something follows the content that is not part of it. */
  private torn = false;
  /** The name of the file is on the disk. */
  private named = false;
  private waiting: Waiting[] = [];
  private turn: Promise<unknown> = Promise.resolve();

  /** @param sealed told of each file that was rotated */
  constructor(
    private readonly options: LiveFileOptions,
    private readonly sealed: (file: SealedFile) => void,
  ) {
    this.path = join(options.directory, liveNameOf(options.prefix));
  }

  get bytes(): number {
    return this.content.bytes;
  }

  get lines(): number {
    return this.content.lines;
  }

  /** When the first line was written. */
  get since(): string | undefined {
    return this.content.since;
  }

  /** Takes up what an earlier process left. A last line without its end was never acknowledged, and is cut off. */
  async recover(): Promise<void> {
    const found = await countLines(this.path).catch((error: unknown) => {
      if (hasCode(error, 'ENOENT')) return undefined;
      throw error;
    });
    if (found === undefined) return;
    this.content = { bytes: found.end, lines: found.lines, since: found.since };
    this.torn = true;
    this.handle = await open(this.path, 'a', fileMode);
    await this.mend();
  }

  /** Resolves when the lines are on the disk. Rejects with the error of the file system; none of them is in the file then. */
  append(bytes: Buffer, lines: number): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.waiting.push({ bytes, lines, resolve, reject });
    if (this.waiting.length === 1) void this.inTurn(() => this.writeWaiting());
    return promise;
  }

  /** Seals what there is, if there is anything. */
  rotate(): Promise<void> {
    return this.inTurn(() => this.seal());
  }

  /** Ends when what was appended is written. */
  async close(): Promise<void> {
    await this.inTurn(() => this.release());
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.turn.then(work);
    this.turn = result.catch(() => undefined);
    return result;
  }

  private async writeWaiting(): Promise<void> {
    const group = this.waiting;
    this.waiting = [];
    try {
      await this.write(Buffer.concat(group.map(({ bytes }) => bytes)));
    } catch (error) {
      for (const { reject } of group) reject(error);
      return;
    }
    const lines = group.reduce((sum, one) => sum + one.lines, 0);
    this.content = { ...this.content, lines: this.content.lines + lines };
    await this.rotateWhenFull();
    for (const { resolve } of group) resolve();
  }

  private async write(bytes: Buffer): Promise<void> {
    const handle = (this.handle ??= await open(this.path, 'a', fileMode));
    await this.mend();
    this.torn = true;
    try {
      await writeWhole(handle, bytes);
      await handle.datasync();
      if (!this.named) await syncDirectory(this.options.directory);
    } catch (error) {
      // At once, for the room that it takes; where that fails too, before the next write.
      await this.mend().catch(() => undefined);
      throw error;
    }
    this.named = true;
    this.torn = false;
    const { content } = this;
    const since = content.since ?? this.options.clock.now().toISOString();
    this.content = { ...content, bytes: content.bytes + bytes.length, since };
  }

  /** Cuts off what is not part of the content. */
  private async mend(): Promise<void> {
    if (!this.torn) return;
    await this.handle?.truncate(this.content.bytes);
    this.torn = false;
  }

  /** What was written is safe, whether this succeeds or not; the next write tries again. */
  private async rotateWhenFull(): Promise<void> {
    if (this.content.bytes < this.options.rotateBytes) return;
    await this.seal().catch((error: unknown) => {
      this.logger.warn({ message: `${this.path} cannot be rotated`, err: error });
    });
  }

  private async seal(): Promise<void> {
    if (this.content.bytes === 0) return;
    await this.mend();
    const { directory, prefix, clock } = this.options;
    const name = nextName(prefix, await readdir(directory), dayOf(clock.now()));
    await rename(this.path, join(directory, name));
    this.sealed({ name, ...this.content });
    await this.release();
  }

  private async release(): Promise<void> {
    const { handle } = this;
    [this.handle, this.content, this.torn, this.named] = [undefined, nothing, false, false];
    await handle?.close();
  }
}
