import type { ObjectStore, StoreEvent } from '../store/object-store.js';
import { keyOf, RESOURCE_TYPES } from '../store/resource-types.js';
import type { Controller, Enqueue } from './controller.js';
import type { WorkQueue } from './work-queue.js';

type Handler = (event: StoreEvent) => void;

/** Brings each change of the store to the controllers that watch its type. */
export class Dispatcher {
  private readonly handlers = new Map<string, Handler[]>();
  private readonly everything: Handler[] = [];

  constructor(queue: WorkQueue, controllers: readonly Controller[]) {
    for (const controller of controllers) {
      const enqueue: Enqueue = (id) => queue.add(controller, id);
      for (const [key, watch] of Object.entries(controller.watches)) {
        const handler: Handler = (event) => watch(event, enqueue);
        if (key === '*') this.everything.push(handler);
        else this.handlers.set(key, [...(this.handlers.get(key) ?? []), handler]);
      }
    }
  }

  /** Treats what is there as added, then follows the changes. Answers the way to stop. */
  start(store: ObjectStore): () => void {
    const stop = store.subscribe((event) => this.dispatch(event));
    for (const type of RESOURCE_TYPES) {
      const key = keyOf(type);
      for (const object of store.list(key)) this.dispatch({ type: 'ADDED', key, object });
    }
    return stop;
  }

  private dispatch(event: StoreEvent): void {
    for (const handle of this.handlers.get(event.key) ?? []) handle(event);
    for (const handle of this.everything) handle(event);
  }
}
