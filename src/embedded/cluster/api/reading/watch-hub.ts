import type { ServerResponse } from 'node:http';

import type { ObjectStore, StoreEvent } from '../../store/object-store.js';
import type { ObjectPredicate } from './query.js';
import { watchEventOf, type WatchEvent } from './watch-event.js';
import { bookmarkOf, isInNamespace, type WatchView } from './watch-view.js';

const BOOKMARK_EVERY_MS = 60_000;
/** A client that reads so slowly that this much waits for it is cut off. */
const MAX_BUFFERED_BYTES = 64 * 1024 * 1024;

export interface Watcher {
  view: WatchView;
  wanted: ObjectPredicate | undefined;
  bookmarks: boolean;
  response: ServerResponse;
  timeoutMs: number;
  line: (event: WatchEvent) => Buffer;
}

/** Passes every event to the watches it concerns, sends bookmarks, ends watches at their timeout. */
export class WatchHub {
  private readonly watchers = new Map<string, Set<Watcher>>();
  private readonly timer: NodeJS.Timeout;
  private readonly unsubscribe: () => void;
  private held: StoreEvent[] | undefined;

  constructor(private readonly store: ObjectStore) {
    this.unsubscribe = store.subscribe((event) => {
      if (this.held === undefined) this.deliver(event);
      else this.held.push(event);
    });
    this.timer = setInterval(() => this.sendBookmarks(), BOOKMARK_EVERY_MS);
    this.timer.unref();
  }

  /** Serves a watch until its client leaves or its time is over. */
  add(watcher: Watcher): void {
    const { key } = watcher.view;
    const ofKey = this.watchers.get(key) ?? new Set();
    this.watchers.set(key, ofKey.add(watcher));
    const timer = setTimeout(() => this.finish(watcher), Math.min(watcher.timeoutMs, 2 ** 31 - 1));
    timer.unref();
    watcher.response.on('close', () => {
      clearTimeout(timer);
      ofKey.delete(watcher);
    });
  }

  /** Holds all events and bookmarks back while the connections stay open; the answered function lets them through. */
  withhold(): () => void {
    this.held ??= [];
    return () => {
      const events = this.held ?? [];
      this.held = undefined;
      for (const event of events) this.deliver(event);
    };
  }

  /** How many watches are open. */
  get size(): number {
    let size = 0;
    for (const ofKey of this.watchers.values()) size += ofKey.size;
    return size;
  }

  /** Ends every watch. */
  endAll(): void {
    for (const ofKey of this.watchers.values()) for (const { response } of ofKey) response.end();
  }

  close(): void {
    clearInterval(this.timer);
    this.unsubscribe();
    this.endAll();
  }

  private deliver(event: StoreEvent): void {
    for (const watcher of this.watchers.get(event.key) ?? []) {
      if (!isInNamespace(event.object, watcher.view.namespace)) continue;
      const seen = watchEventOf(event, watcher.wanted);
      if (seen !== undefined) write(watcher.response, watcher.line(seen));
    }
  }

  private sendBookmarks(): void {
    if (this.held !== undefined) return;
    for (const ofKey of this.watchers.values()) {
      for (const watcher of ofKey) this.bookmark(watcher);
    }
  }

  private bookmark({ bookmarks, response, view }: Watcher): void {
    if (bookmarks) write(response, bookmarkOf(view, this.store.resourceVersion, false));
  }

  private finish(watcher: Watcher): void {
    if (this.held === undefined) this.bookmark(watcher);
    watcher.response.end();
  }
}

function write(response: ServerResponse, line: Buffer): void {
  if (response.writableEnded || response.destroyed) return;
  response.write(line);
  if (response.writableLength > MAX_BUFFERED_BYTES) response.destroy();
}
