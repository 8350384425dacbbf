import { addQuantities, compareQuantities } from '../../apply/quantity.js';
import { itemsAt, textAt } from '../../store/fields.js';
import type { KubeObject, ResourceType } from '../../store/kube-object.js';
import type { ObjectStore } from '../../store/object-store.js';
import { RESOURCE_TYPES, keyOf } from '../../store/resource-types.js';
import { forbidden } from '../../store/status-error.js';
import { amountsAt } from './limit-range.js';
import { nameOf } from './pod-spec.js';
import { addUsage, inScopes, keyCountedBy, usageOf } from './quota-usage.js';

type Amounts = Record<string, string>;

/** Compute resources that every container must name when a quota limits them. */
const MUST_BE_NAMED: Readonly<Record<string, readonly string[]>> = {
  cpu: ['requests', 'cpu'],
  memory: ['requests', 'memory'],
  'requests.cpu': ['requests', 'cpu'],
  'requests.memory': ['requests', 'memory'],
  'limits.cpu': ['limits', 'cpu'],
  'limits.memory': ['limits', 'memory'],
};

/** Throws 403 when a new object would exceed a ResourceQuota of its namespace, in the words of the real admission. */
export function checkQuotas(store: ObjectStore, type: ResourceType, key: string, object: KubeObject): void {
  const quotas = store.list('/resourcequotas', object.metadata.namespace ?? '');
  for (const quota of quotas) {
    if (!counts(quota, key) || !inScopes(quota, key, object)) continue;
    const hard = amountsAt(quota, 'spec', 'hard');
    const refuse = (why: string) => forbidden(type.group, type.resource, object.metadata.name, why);
    const missing = key === '/pods' ? missingResources(hard, object) : [];
    if (missing.length > 0) throw refuse(`failed quota: ${quota.metadata.name}: must specify ${missing.join('; ')}`);
    const requested = usageOf(key, object);
    const names = Object.keys(hard).filter((name) => requested[name] !== undefined && requested[name] !== '0');
    if (names.length === 0) continue;
    const used = usedOf(store, quota, names);
    const exceeded = names.filter(
      (name) => compareQuantities(addQuantities([used[name] ?? '0', requested[name] ?? '0']), hard[name] ?? '0') > 0,
    );
    if (exceeded.length > 0) {
      const print = (amounts: Amounts) =>
        exceeded
          .toSorted()
          .map((name) => `${name}=${amounts[name] ?? '0'}`)
          .join(',');
      throw refuse(
        `exceeded quota: ${quota.metadata.name}, requested: ${print(requested)}, used: ${print(used)}, limited: ${print(hard)}`,
      );
    }
  }
}

/** `limits.cpu for: app,sidecar`, for each compute resource that a container does not name. */
function missingResources(hard: Amounts, pod: KubeObject): string[] {
  const containers = [...itemsAt(pod, 'spec', 'containers'), ...itemsAt(pod, 'spec', 'initContainers')];
  return Object.keys(hard)
    .sort()
    .flatMap((name) => {
      const path = MUST_BE_NAMED[name];
      if (path === undefined) return [];
      const without = containers
        .filter((container) => textAt(container, 'resources', ...path) === undefined)
        .map(nameOf);
      return without.length === 0 ? [] : [`${name} for: ${without.toSorted().join(',')}`];
    });
}

/** What the namespace of a quota uses of the named resources, counted from its objects. */
export function usedOf(store: ObjectStore, quota: KubeObject, names: readonly string[]): Amounts {
  const used: Amounts = {};
  for (const name of names) used[name] = '0';
  for (const key of keysCountedBy(names)) {
    for (const object of store.list(key, quota.metadata.namespace)) {
      if (inScopes(quota, key, object)) addUsage(used, usageOf(key, object), names);
    }
  }
  return used;
}

const KNOWN_KEYS: ReadonlySet<string> = new Set(RESOURCE_TYPES.map(keyOf));

/** The types that a quota with these names counts. */
function keysCountedBy(names: readonly string[]): ReadonlySet<string> {
  const keys = names.map(keyCountedBy).filter((key) => key !== undefined);
  return new Set(keys.filter((key) => KNOWN_KEYS.has(key)));
}

const COUNTED: WeakMap<KubeObject, ReadonlySet<string>> = new WeakMap();

/** Whether a quota counts objects of a type. */
export function counts(quota: KubeObject, key: string): boolean {
  let keys = COUNTED.get(quota);
  if (keys === undefined) COUNTED.set(quota, (keys = keysCountedBy(Object.keys(amountsAt(quota, 'spec', 'hard')))));
  return keys.has(key);
}
