import type { StoreEvent } from '../store/object-store.js';

/** Names an object to look at again. Cluster-wide objects have no namespace. */
export interface ObjectId {
  readonly namespace: string | undefined;
  readonly name: string;
  /** the store key, for controllers of several types */
  readonly key?: string;
}

export interface Delay {
  /** left out of what `settled` waits for: deadlines, schedules, back-offs */
  background?: boolean;
}

/** What a controller may ask of the queue while it reconciles. */
export interface Requeue {
  /** Looks at the object again after that many milliseconds; of several wishes the earliest counts. */
  after(ms: number, delay?: Delay): void;
}

export type Enqueue = (id: ObjectId) => void;

/**
 * Brings objects of one type to what they ask for. `watches` says, by store key, which objects an event concerns; `*`
 * sees every key. Reconciling reads the store, writes the store, and may be repeated at any time without harm.
 */
export interface Controller {
  readonly name: string;
  readonly watches: Readonly<Record<string, (event: StoreEvent, enqueue: Enqueue) => void>>;
  /** A thrown error means: try again after a growing wait. */
  reconcile(id: ObjectId, requeue: Requeue): void;
}

/** The object of an event itself. */
export function itself(event: StoreEvent, enqueue: Enqueue): void {
  enqueue(idOf(event.object));
}

export function idOf(object: StoreEvent['object']): ObjectId {
  return { namespace: object.metadata.namespace, name: object.metadata.name };
}
