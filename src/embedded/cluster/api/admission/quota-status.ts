import type { ObjectStore, StoreEvent } from '../../store/object-store.js';
import { amountsAt } from './limit-range.js';
import { counts, usedOf } from './resource-quota.js';

/** Keeps `status.hard` and `status.used` of all ResourceQuotas what their namespaces hold. */
export class QuotaStatus {
  private readonly dirty = new Set<string>();
  private scheduled: NodeJS.Immediate | undefined;
  private readonly unsubscribe: () => void;

  constructor(private readonly store: ObjectStore) {
    this.unsubscribe = store.subscribe((event) => this.notice(event));
    for (const quota of store.list('/resourcequotas')) this.mark(quota.metadata.namespace ?? '');
  }

  stop(): void {
    this.unsubscribe();
    clearImmediate(this.scheduled);
  }

  private notice({ key, object }: StoreEvent): void {
    const { namespace } = object.metadata;
    if (namespace === undefined || this.store.count('/resourcequotas', namespace) === 0) return;
    const quotas = this.store.list('/resourcequotas', namespace);
    if (key === '/resourcequotas' || quotas.some((quota) => counts(quota, key))) this.mark(namespace);
  }

  private mark(namespace: string): void {
    this.dirty.add(namespace);
    this.scheduled ??= setImmediate(() => this.update());
  }

  private update(): void {
    this.scheduled = undefined;
    const namespaces = [...this.dirty];
    this.dirty.clear();
    for (const namespace of namespaces) {
      for (const quota of this.store.list('/resourcequotas', namespace)) {
        const hard = amountsAt(quota, 'spec', 'hard');
        const status = { hard, used: usedOf(this.store, quota, Object.keys(hard)) };
        this.store.updateStatus('/resourcequotas', namespace, quota.metadata.name, (object) => ({ ...object, status }));
      }
    }
  }
}
