import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isNativeError } from 'node:util/types';
import { eventOf, type SpooledEvent } from './spool-line.js';

const chunkBytes = 1024 * 1024;
const batchEvents = 1_000;
const lineEnd = 0x0a;

export const fileMode = 0o600;

/** What a file's lines amount to. */
export interface LineCount {
  /** Complete lines. */
  readonly lines: number;
  /** Where the last of them ends: what follows was torn off. */
  readonly end: number;
  /** When the first event arrived; undefined where the first line is none. */
  readonly since: string | undefined;
}

/** The next events of a file. */
export interface Batch {
  readonly events: readonly SpooledEvent[];
  /** Lines that cannot be read, without their ends. */
  readonly damaged: readonly Buffer[];
  /** Bytes of the file that all of these take up. 0: the file ends here. */
  readonly bytes: number;
}

/** Makes a directory that only its owner may enter; those above it as usual. */
export async function makePrivateDirectory(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await mkdir(path, { mode: 0o700 }).catch((error: unknown) => {
    if (!hasCode(error, 'EEXIST')) throw error;
  });
}

/** Makes sure that names in a directory are on the disk: of files that were made or renamed. */
export async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Writes all of it: the system may take less at a time. */
export async function writeWhole(handle: FileHandle, bytes: Buffer): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await handle.write(bytes, done);
    done += bytesWritten;
  }
}

export async function countLines(path: string): Promise<LineCount> {
  const handle = await open(path, 'r');
  try {
    const { events } = await readBatch(handle, 0);
    let [lines, end, offset] = [0, 0, 0];
    for (;;) {
      const chunk = await read(handle, offset, chunkBytes);
      for (let at = chunk.indexOf(lineEnd); at >= 0; at = chunk.indexOf(lineEnd, at + 1)) {
        lines += 1;
        end = offset + at + 1;
      }
      offset += chunk.length;
      if (chunk.length < chunkBytes) return { lines, end, since: events[0]?.receivedAt };
    }
  } finally {
    await handle.close();
  }
}

/** Reads at most 1,000 lines and 1 MiB from an offset on; one line that is longer is read whole. */
export async function readBatch(handle: FileHandle, offset: number): Promise<Batch> {
  for (let size = chunkBytes; ; size *= 2) {
    const bytes = await read(handle, offset, size);
    const batch = batchOf(bytes, bytes.length < size);
    if (batch.bytes > 0 || bytes.length < size) return batch;
  }
}

function batchOf(bytes: Buffer, isEnd: boolean): Batch {
  const events: SpooledEvent[] = [];
  const damaged: Buffer[] = [];
  let from = 0;
  while (events.length + damaged.length < batchEvents && from < bytes.length) {
    const at = bytes.indexOf(lineEnd, from);
    // The last line of a file that was sealed whole: its end is lost.
    if (at < 0 && !isEnd) break;
    const line = bytes.subarray(from, at < 0 ? bytes.length : at);
    if (from > 0 && from + line.length > chunkBytes) break;
    const event = eventOf(line);
    if (event) events.push(event);
    else if (line.length > 0) damaged.push(line);
    from += line.length + (at < 0 ? 0 : 1);
  }
  return { events, damaged, bytes: from };
}

/** As many bytes as asked for, but at the end of the file. */
async function read(handle: FileHandle, offset: number, size: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(size);
  let length = 0;
  while (length < size) {
    const { bytesRead } = await handle.read(buffer, length, size - length, offset + length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return buffer.subarray(0, length);
}

export function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return isNativeError(error) && 'code' in error && codes.includes(String(error.code));
}
