import type { KubeObject } from '../kube-object.js';
import { ObjectStore, type StoreEvent } from '../object-store.js';
import { StatusError } from '../status-error.js';
import { draft } from './draft.js';

const NOW = new Date('2026-03-01T10:00:00.123Z');

/** A store whose clock stands still, and all its events. */
export function newStore(): { store: ObjectStore; events: StoreEvent[] } {
  const store = new ObjectStore({ now: () => NOW });
  const events: StoreEvent[] = [];
  store.subscribe((event) => events.push(event));
  return { store, events };
}

/** The refusal that an act meets. Throws when there is none. */
export function refusal(act: () => unknown): StatusError {
  try {
    act();
  } catch (error) {
    if (error instanceof StatusError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

/** A Deployment of that spec. */
export function deployment(name: string, spec: Record<string, unknown> = { replicas: 1 }): KubeObject {
  return draft('apps/v1', 'Deployment', { name }, { spec });
}
