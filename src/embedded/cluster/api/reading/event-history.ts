import type { ObjectStore, StoreEvent } from '../../store/object-store.js';

/** Between this and twice this many events are held of each type. */
const DEFAULT_CAPACITY = 2048;

/** The last events of each type, so that a watch can begin at a version that has passed. */
export class EventHistory {
  private readonly events = new Map<string, StoreEvent[]>();
  /** by type: the version before which nothing is known any more */
  private readonly floors = new Map<string, number>();
  private readonly start: number;
  private readonly unsubscribe: () => void;

  constructor(
    store: ObjectStore,
    private readonly capacity = DEFAULT_CAPACITY,
  ) {
    this.start = Number(store.resourceVersion);
    this.unsubscribe = store.subscribe((event) => this.append(event));
  }

  /** The events of a type after a version, in order; undefined when they are not all known any more. */
  since(key: string, version: number): readonly StoreEvent[] | undefined {
    if (version < this.floor(key)) return undefined;
    const events = this.events.get(key) ?? [];
    let first = events.length;
    while (first > 0 && versionOf(events[first - 1]) > version) first -= 1;
    return events.slice(first);
  }

  /** The oldest version a watch can begin at. */
  floor(key: string): number {
    return this.floors.get(key) ?? this.start;
  }

  close(): void {
    this.unsubscribe();
  }

  private append(event: StoreEvent): void {
    let events = this.events.get(event.key);
    if (events === undefined) this.events.set(event.key, (events = []));
    events.push(event);
    if (events.length < this.capacity * 2) return;
    const dropped = events.splice(0, events.length - this.capacity);
    this.floors.set(event.key, versionOf(dropped.at(-1)));
  }
}

function versionOf(event: StoreEvent | undefined): number {
  return Number(event?.object.metadata.resourceVersion ?? 0);
}
