import type { ServerResponse } from 'node:http';

import type { ObjectStore, StoreEvent } from '../../store/object-store.js';
import { badRequest, expired, StatusError } from '../../store/status-error.js';
import type { Answer } from '../http/answer.js';
import type { EventHistory } from './event-history.js';
import { flag, selectorOf, tooLargeVersion, versionParameter, wholeNumber, type ObjectPredicate } from './query.js';
import { errorLine, watchEventOf, watchLine } from './watch-event.js';
import type { WatchHub } from './watch-hub.js';
import { bookmarkOf, isInNamespace, type WatchView } from './watch-view.js';

type Start = { from: 'state'; endMark: boolean } | { from: 'version'; version: number; endMark: boolean };

const MIN_TIMEOUT_SECONDS = 1800;

/**
 * Answers a watch. From a version it replays what came after; without one, or from 0, it begins with the state; with
 * sendInitialEvents it ends the state with the annotated bookmark. A version that is too old is an ERROR event of 410,
 * in the stream, as the real server sends it.
 */
export function watchAnswer(
  store: ObjectStore,
  history: EventHistory,
  hub: WatchHub,
  view: WatchView,
  query: URLSearchParams,
): Answer {
  const start = startOf(query);
  const wanted = selectorOf(view.key, query);
  const bookmarks = flag(query, 'allowWatchBookmarks');
  const seconds = wholeNumber(query, 'timeoutSeconds') || Math.round(MIN_TIMEOUT_SECONDS * (1 + Math.random()));
  if (start.from === 'version' && start.version > Number(store.resourceVersion)) {
    throw tooLargeVersion(start.version, store.resourceVersion);
  }
  return {
    stream: (response) => {
      response.writeHead(200, { 'Content-Type': 'application/json', 'Cache-Control': 'no-cache, private' });
      const first = initialBytes(store, history, view, wanted, start);
      if (first === undefined) return endWithExpired(response, history, view.key, start);
      response.flushHeaders();
      if (first.length > 0) response.write(first);
      hub.add({ view, wanted, bookmarks, response, timeoutMs: seconds * 1000, line: view.line ?? watchLine });
    },
  };
}

function startOf(query: URLSearchParams): Start {
  const version = versionParameter(query);
  const initial = query.get('sendInitialEvents');
  const match = query.get('resourceVersionMatch');
  if (initial === null && match !== null) {
    throw invalidOptions(
      'resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided',
    );
  }
  if (initial !== null && match !== 'NotOlderThan') {
    throw invalidOptions(
      'resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan',
    );
  }
  if (initial === null) {
    return version === undefined || version === 0
      ? { from: 'state', endMark: false }
      : { from: 'version', version, endMark: false };
  }
  const endMark = flag(query, 'allowWatchBookmarks');
  if (flag(query, 'sendInitialEvents')) return { from: 'state', endMark };
  if (version === undefined) throw badRequest('sendInitialEvents=false requires a resourceVersion');
  return { from: 'version', version, endMark: false };
}

function invalidOptions(why: string): StatusError {
  return new StatusError(422, 'Invalid', `ListOptions.meta.k8s.io "" is invalid: ${why}`, {
    group: 'meta.k8s.io',
    kind: 'ListOptions',
  });
}

function initialBytes(
  store: ObjectStore,
  history: EventHistory,
  view: WatchView,
  wanted: ObjectPredicate | undefined,
  start: Start,
): Buffer | undefined {
  const line = view.line ?? watchLine;
  const lines: Buffer[] = [];
  if (start.from === 'version') {
    const events = history.since(view.key, start.version);
    if (events === undefined) return undefined;
    for (const event of events) pushEvent(lines, event, view, wanted);
  } else {
    for (const object of store.list(view.key, view.namespace)) {
      if (wanted?.(object) ?? true) lines.push(line({ type: 'ADDED', object }));
    }
  }
  if (start.endMark) lines.push(bookmarkOf(view, store.resourceVersion, true));
  return Buffer.concat(lines);
}

function pushEvent(lines: Buffer[], event: StoreEvent, view: WatchView, wanted: ObjectPredicate | undefined): void {
  if (!isInNamespace(event.object, view.namespace)) return;
  const seen = watchEventOf(event, wanted);
  if (seen !== undefined) lines.push((view.line ?? watchLine)(seen));
}

function endWithExpired(response: ServerResponse, history: EventHistory, key: string, start: Start): void {
  const asked = start.from === 'version' ? start.version : 0;
  const status = expired(`too old resource version: ${asked} (${history.floor(key)})`).body();
  response.end(errorLine(status));
}
