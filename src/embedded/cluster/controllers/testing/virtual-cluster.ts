import { stringAt } from '../../store/fields.js';
import type { KubeObject } from '../../store/kube-object.js';
import { ObjectStore } from '../../store/object-store.js';
import { asNew, ClusterView, type Draft } from '../cluster-view.js';
import { startControllers, type ControllersOptions } from '../controllers.js';
import type { KindOfKey } from '../kinds.js';
import type { PodSpec } from '../pod-kinds.js';
import { VirtualClock } from './virtual-clock.js';

/** A store with running controllers in a time that a test moves. Nothing is mocked but the clock. */
export class VirtualCluster {
  readonly clock = new VirtualClock();
  readonly store = new ObjectStore({ now: () => new Date(this.clock.now()) });
  readonly view = new ClusterView(this.store);
  readonly faults: unknown[] = [];
  readonly controllers;

  constructor(options: ControllersOptions = {}) {
    const report = (error: unknown) => this.faults.push(error);
    this.controllers = startControllers(this.store, { clock: this.clock, report, ...options });
    this.store.create(
      '/namespaces',
      asNew({
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name: 'ns' },
        spec: { finalizers: ['kubernetes'] },
        status: { phase: 'Active' },
      }),
    );
    this.pass(10);
  }

  /** Lets so many milliseconds pass. */
  pass(ms: number): this {
    this.clock.advance(ms);
    return this;
  }

  seconds(seconds: number): this {
    return this.pass(seconds * 1000);
  }

  /** Creates an object in the namespace `ns`. */
  add<K extends keyof KindOfKey>(key: K, draft: Draft): KindOfKey[K] {
    return this.view.create(key, { ...draft, metadata: { namespace: 'ns', ...draft.metadata } });
  }

  put(key: string, draft: Draft): KubeObject {
    return this.store.create(key, asNew({ ...draft, metadata: { namespace: 'ns', ...draft.metadata } }));
  }

  get<K extends keyof KindOfKey>(key: K, name: string): KindOfKey[K] {
    const found = this.view.get(key, 'ns', name) ?? this.view.get(key, undefined, name);
    if (found === undefined) throw new Error(`no ${key} ${name}`);
    return found;
  }

  list<K extends keyof KindOfKey>(key: K): readonly KindOfKey[K][] {
    return this.view.list(key);
  }

  /** Changes the spec of an object as a user would. */
  edit<K extends keyof KindOfKey>(key: K, name: string, change: (object: KindOfKey[K]) => KindOfKey[K]): void {
    this.view.update(key, change(this.get(key, name)));
  }

  remove(key: keyof KindOfKey, name: string, options: Parameters<ObjectStore['delete']>[3] = {}): void {
    const namespaced = this.view.get(key, 'ns', name) !== undefined;
    this.store.delete(key, namespaced ? 'ns' : undefined, name, options);
  }

  /** `reason: message` of the Events about an object, in the order of their first time. */
  eventsOf(name: string): string[] {
    return this.store
      .list('/events')
      .filter((event) => stringAt(event, 'involvedObject', 'name') === name)
      .sort((left, right) => (left.metadata.name < right.metadata.name ? -1 : 1))
      .map((event) => `${stringAt(event, 'reason')}: ${stringAt(event, 'message')}`);
  }

  /** Throws when a controller was at fault or something is left ticking. */
  async stop(): Promise<void> {
    await this.controllers.stop();
    if (this.faults.length > 0)
      throw new AggregateError(this.faults, `faults of controllers: ${this.faults.join('; ')}`);
    if (this.clock.waiting > 0) throw new Error(`${this.clock.waiting} timers are left`);
  }
}

/** The spec of a pod with one container of that image. */
export function podSpec(image: string, more: Partial<PodSpec> = {}): PodSpec {
  return { containers: [{ name: 'app', image }], ...more };
}

const labels = { app: 'web' };

/** A Deployment of pods labelled `app=web`. */
export function deployment(
  name: string,
  spec: Record<string, unknown>,
  image = 'x/app:1',
  pod: Partial<PodSpec> = {},
): Draft {
  const template = { metadata: { labels }, spec: podSpec(image, pod) };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: { replicas: 1, selector: { matchLabels: labels }, template, ...spec },
  };
}

/** A bare pod. */
export function barePod(name: string, spec: PodSpec, metadata: Draft['metadata'] = {}): Draft {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, ...metadata }, spec };
}
