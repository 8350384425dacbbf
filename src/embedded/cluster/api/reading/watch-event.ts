import type { KubeObject } from '../../store/kube-object.js';
import type { StoreEvent } from '../../store/object-store.js';
import { jsonOf } from '../http/object-json.js';
import type { ObjectPredicate } from './query.js';

export type WatchEventType = 'ADDED' | 'MODIFIED' | 'DELETED';

export interface WatchEvent {
  type: WatchEventType;
  object: KubeObject;
}

/**
 * What a watch with a selector sees of an event: an object that begins to match is ADDED, one that ceases to is
 * DELETED in its last matching state under the new version; undefined when it never matched.
 */
export function watchEventOf(event: StoreEvent, wanted: ObjectPredicate | undefined): WatchEvent | undefined {
  if (wanted === undefined) return { type: event.type, object: event.object };
  const before = event.previous !== undefined && wanted(event.previous);
  if (event.type === 'DELETED') {
    return before || wanted(event.object) ? { type: 'DELETED', object: event.object } : undefined;
  }
  if (wanted(event.object)) return { type: before ? 'MODIFIED' : 'ADDED', object: event.object };
  if (!before || event.previous === undefined) return undefined;
  const { resourceVersion } = event.object.metadata;
  return { type: 'DELETED', object: { ...event.previous, metadata: { ...event.previous.metadata, resourceVersion } } };
}

const HEADS: Readonly<Record<WatchEventType, Buffer>> = {
  ADDED: Buffer.from('{"type":"ADDED","object":'),
  MODIFIED: Buffer.from('{"type":"MODIFIED","object":'),
  DELETED: Buffer.from('{"type":"DELETED","object":'),
};
const TAIL = Buffer.from('}\n');

/** One line of a watch; the object's bytes are those of its reads. */
export function watchLine({ type, object }: WatchEvent): Buffer {
  return Buffer.concat([HEADS[type], jsonOf(object), TAIL]);
}

export function errorLine(status: object): Buffer {
  return Buffer.from(`${JSON.stringify({ type: 'ERROR', object: status })}\n`);
}

/** Tells a client how far it has seen; the first of a WatchList also that all initial events were sent. */
export function bookmarkLine(
  apiVersion: string,
  kind: string,
  resourceVersion: string,
  initialEventsEnd: boolean,
): Buffer {
  const annotations = initialEventsEnd ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {};
  const metadata = { resourceVersion, creationTimestamp: null, ...annotations };
  return Buffer.from(`${JSON.stringify({ type: 'BOOKMARK', object: { kind, apiVersion, metadata } })}\n`);
}
