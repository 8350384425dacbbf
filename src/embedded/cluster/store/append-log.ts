import { open, readFile, rename, rm, type FileHandle } from 'node:fs/promises';

import { isFields, numberAt, stringAt } from './fields.js';
import type { KubeObject } from './kube-object.js';
import type { ObjectStore, StoreEvent } from './object-store.js';
import { keyOf, RESOURCE_TYPES } from './resource-types.js';

/** How long a write may stay in memory only: what is lost when the process is killed. */
const FLUSH_AFTER_MS = 25;
/** Versions skipped at a restart, so that none is given twice although the last writes may have been lost. */
const VERSION_GAP = 10_000;
const MIN_LINES_TO_COMPACT = 20_000;
const LINES_A_SLICE = 500;

/** Events are noise of an hour; they are not kept. */
const NOT_KEPT: ReadonlySet<string> = new Set(['/events']);

interface Restored {
  /** the last line was cut off when the process died */
  torn: boolean;
  objects: Map<string, { key: string; object: KubeObject }>;
  version: number;
  lines: number;
}

/**
 * Keeps a store on disk: a file of JSON lines, one for each write, rewritten when most of it is outdated. A write is on
 * its way to the operating system 25 ms after it was answered, and survives the death of the process from then on; a
 * power cut may take more, as nothing waits for the disk.
 */
export class AppendLog {
  private pending: Buffer[] = [];
  private timer: NodeJS.Timeout | undefined;
  private writing: Promise<void> = Promise.resolve();
  private failure: Error | undefined;

  private constructor(
    private readonly store: ObjectStore,
    private readonly path: string,
    private file: FileHandle,
    private lines: number,
    private readonly toJson: (object: KubeObject) => Buffer,
  ) {}

  /** Fills the store from the file, if there is one, and follows it from then on. The store must still be empty. */
  static async open(store: ObjectStore, path: string, toJson: (object: KubeObject) => Buffer): Promise<AppendLog> {
    const { objects, version, lines, torn } = await load(path);
    store.restore(objects.values(), lines === 0 ? 0 : version + VERSION_GAP);
    const file = await open(path, 'a', 0o600);
    if (torn) await file.appendFile('\n');
    const log = new AppendLog(store, path, file, lines, toJson);
    store.subscribe((event) => log.append(event));
    return log;
  }

  /** Writes what is pending and closes the file. Throws what went wrong with an earlier write. */
  async close(): Promise<void> {
    this.flush();
    await this.writing;
    await this.file.close();
    if (this.failure !== undefined) throw this.failure;
  }

  private append({ type, key, object }: StoreEvent): void {
    if (NOT_KEPT.has(key)) return;
    this.pending.push(type === 'DELETED' ? deletionLine(key, object) : objectLine(key, this.toJson(object)));
    this.lines += 1;
    this.timer ??= setTimeout(() => this.flush(), FLUSH_AFTER_MS);
  }

  private flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.writing = this.writing.then(() => this.writePending()).catch((error: unknown) => this.fail(error));
  }

  private async writePending(): Promise<void> {
    const bytes = Buffer.concat(this.pending.splice(0));
    if (bytes.length > 0) await this.file.appendFile(bytes);
    if (this.lines > MIN_LINES_TO_COMPACT && this.lines > 4 * this.objectCount()) await this.compact();
  }

  /** Writes the present state to a new file and puts it in the place of the old one. Later writes wait in memory. */
  private async compact(): Promise<void> {
    const objects = KEPT_KEYS.flatMap((key) => this.store.list(key).map((object) => ({ key, object })));
    const lines = [versionLine(Number(this.store.resourceVersion))];
    // What was written meanwhile is part of the state that is about to be written.
    this.pending = [];
    const next = `${this.path}.next`;
    await rm(next, { force: true });
    const file = await open(next, 'a', 0o600);
    for (let start = 0; start < objects.length || start === 0; start += LINES_A_SLICE) {
      const slice = objects.slice(start, start + LINES_A_SLICE);
      await file.appendFile(
        Buffer.concat([...lines.splice(0), ...slice.map(({ key, object }) => objectLine(key, this.toJson(object)))]),
      );
    }
    await rename(next, this.path);
    await this.file.close();
    this.file = file;
    this.lines = objects.length + this.pending.length;
  }

  private objectCount(): number {
    return KEPT_KEYS.reduce((count, key) => count + this.store.list(key).length, 0);
  }

  private fail(error: unknown): void {
    if (this.failure !== undefined) return;
    this.failure = error instanceof Error ? error : new Error(String(error));
    process.emitWarning(`the embedded cluster cannot write ${this.path}: ${this.failure.message}`);
  }
}

const KEPT_KEYS = RESOURCE_TYPES.map(keyOf).filter((key) => !NOT_KEPT.has(key));

function objectLine(key: string, json: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`{"k":${JSON.stringify(key)},"o":`), json, Buffer.from('}\n')]);
}

function deletionLine(key: string, { metadata }: KubeObject): Buffer {
  const { namespace = '', name, resourceVersion } = metadata;
  return Buffer.from(`${JSON.stringify({ k: key, d: `${namespace}/${name}`, v: Number(resourceVersion) })}\n`);
}

function versionLine(version: number): Buffer {
  return Buffer.from(`${JSON.stringify({ v: version })}\n`);
}

async function load(path: string): Promise<Restored> {
  const restored: Restored = { torn: false, objects: new Map(), version: 0, lines: 0 };
  let text = '';
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (!(typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT')) throw error;
  }
  restored.torn = text !== '' && !text.endsWith('\n');
  for (const line of text.split('\n')) {
    if (line !== '') replay(restored, line);
  }
  return restored;
}

/** Takes one line into account; one that was cut off is left out. */
function replay(restored: Restored, line: string): void {
  let entry: unknown;
  try {
    entry = JSON.parse(line);
  } catch {
    return;
  }
  restored.lines += 1;
  const key = stringAt(entry, 'k') ?? '';
  const deleted = stringAt(entry, 'd');
  restored.version = Math.max(restored.version, numberAt(entry, 'v') ?? 0);
  if (deleted !== undefined) restored.objects.delete(`${key} ${deleted}`);
  const object = isFields(entry) ? entry['o'] : undefined;
  if (!isStored(object)) return;
  const { namespace = '', name, resourceVersion } = object.metadata;
  restored.version = Math.max(restored.version, Number(resourceVersion));
  restored.objects.set(`${key} ${namespace}/${name}`, { key, object });
}

function isStored(value: unknown): value is KubeObject {
  return isFields(value) && typeof value['kind'] === 'string' && stringAt(value, 'metadata', 'name') !== undefined;
}
