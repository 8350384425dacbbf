import type { KubeObject } from '../store/kube-object.js';
import type { ObjectStore } from '../store/object-store.js';
import { StatusError } from '../store/status-error.js';
import { asNew } from './cluster-view.js';
import type { ControllerClock } from './controller-clock.js';
import { describeEvent, eventObject, type Occurrence } from './event-object.js';

const EVENTS = '/events';

/** As client-go's correlator: more than so many that differ only in their message are told as one. */
const SIMILAR_MAX = 10;

interface Recorded {
  readonly namespace: string;
  readonly name: string;
  readonly family: string;
  readonly lastSeen: number;
}

export interface RecorderLimits {
  ttlMs: number;
  /** so many are kept at most, whatever their age */
  count: number;
}

/**
 * Writes Events. The same occurrence on the same object counts up one Event; Events not seen again for the TTL, and the
 * oldest above the limit, are removed, so that their number stays flat.
 */
export class EventRecorder {
  /** by what makes two occurrences the same, the longest unseen first */
  private readonly recorded = new Map<string, Recorded>();
  /** how many recorded ones differ only in their message */
  private readonly families = new Map<string, number>();
  private cancelExpiry: (() => void) | undefined;
  private sequence = 0;

  constructor(
    private readonly store: ObjectStore,
    private readonly clock: ControllerClock,
    private readonly limits: RecorderLimits,
  ) {
    for (const event of store.list(EVENTS)) this.remember(event);
    this.expireLater();
  }

  /** How many Events are known of. */
  get size(): number {
    return this.recorded.size;
  }

  record(source: string, about: KubeObject, occurrence: Occurrence): void {
    const family = `${source} ${about.metadata.uid} ${occurrence.type} ${occurrence.reason}`;
    const exact = `${family} ${occurrence.fieldPath ?? ''} ${occurrence.message}`;
    const combined = !this.recorded.has(exact) && (this.families.get(family) ?? 0) >= SIMILAR_MAX;
    const identity = combined ? `${family} combined` : exact;
    const message = combined ? `(combined from similar events): ${occurrence.message}` : occurrence.message;
    const known = this.recorded.get(identity);
    if (known !== undefined) this.forget(identity, known);
    const name = this.write(source, about, { ...occurrence, message }, known);
    if (name !== undefined) {
      const namespace = about.metadata.namespace ?? 'default';
      this.keep(identity, { namespace, name, family, lastSeen: this.clock.now() });
    }
    this.removeAboveLimit();
    this.expireLater();
  }

  stop(): void {
    this.cancelExpiry?.();
    this.cancelExpiry = undefined;
  }

  /** The name of the Event that now tells of it; undefined where the namespace takes no more content. */
  private write(source: string, about: KubeObject, occurrence: Occurrence, known: Recorded | undefined) {
    const now = this.clock.timestamp();
    const event = known === undefined ? undefined : this.store.get(EVENTS, known.namespace, known.name);
    if (event !== undefined) {
      const count = (typeof event['count'] === 'number' ? event['count'] : 1) + 1;
      this.store.update(EVENTS, { ...event, message: occurrence.message, count, lastTimestamp: now });
      return event.metadata.name;
    }
    this.sequence = (this.sequence + 1) % 1_000_000;
    const suffix = (BigInt(this.clock.now()) * 1_000_000n + BigInt(this.sequence)).toString(16);
    try {
      const object = eventObject(`${about.metadata.name}.${suffix}`, source, about, occurrence, now);
      return this.store.create(EVENTS, asNew(object)).metadata.name;
    } catch (error) {
      if (error instanceof StatusError && error.code === 403) return undefined;
      throw error;
    }
  }

  private remember(event: KubeObject): void {
    const { source, aboutUid, occurrence, lastSeen } = describeEvent(event);
    const family = `${source} ${aboutUid} ${occurrence.type} ${occurrence.reason}`;
    const { name, namespace = 'default' } = event.metadata;
    const identity = `${family} ${occurrence.fieldPath ?? ''} ${occurrence.message}`;
    this.keep(identity, { namespace, name, family, lastSeen });
  }

  private keep(identity: string, recorded: Recorded): void {
    this.recorded.set(identity, recorded);
    this.families.set(recorded.family, (this.families.get(recorded.family) ?? 0) + 1);
  }

  private forget(identity: string, { family }: Recorded): void {
    this.recorded.delete(identity);
    const left = (this.families.get(family) ?? 1) - 1;
    if (left === 0) this.families.delete(family);
    else this.families.set(family, left);
  }

  private removeAboveLimit(): void {
    for (const [identity, recorded] of this.recorded) {
      if (this.recorded.size <= this.limits.count) return;
      this.remove(identity, recorded);
    }
  }

  private expire(): void {
    const oldest = this.clock.now() - this.limits.ttlMs;
    for (const [identity, recorded] of this.recorded) {
      if (recorded.lastSeen > oldest) return;
      this.remove(identity, recorded);
    }
  }

  private remove(identity: string, recorded: Recorded): void {
    this.forget(identity, recorded);
    this.store.delete(EVENTS, recorded.namespace, recorded.name);
  }

  private expireLater(): void {
    if (this.cancelExpiry !== undefined) return;
    for (const { lastSeen } of this.recorded.values()) {
      // A little later than due, so that what came together goes together.
      const wait = Math.max(0, lastSeen + this.limits.ttlMs - this.clock.now()) + 1_000;
      this.cancelExpiry = this.clock.after(wait, () => {
        this.cancelExpiry = undefined;
        this.expire();
        this.expireLater();
      });
      return;
    }
  }
}
