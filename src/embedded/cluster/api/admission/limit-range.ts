import { addQuantities, compareQuantities, nanoOf } from '../../apply/quantity.js';
import { fieldsAt, itemsAt, stringAt, textAt } from '../../store/fields.js';
import type { KubeObject } from '../../store/kube-object.js';
import type { ObjectStore } from '../../store/object-store.js';
import { forbidden } from '../../store/status-error.js';

type Amounts = Readonly<Record<string, string>>;

interface Limit {
  type: string;
  min: Amounts;
  max: Amounts;
  defaults: Amounts;
  defaultRequests: Amounts;
  ratios: Amounts;
}

/** Resource amounts as text, whether they were written as text or as numbers. */
export function amountsAt(value: unknown, ...path: readonly string[]): Record<string, string> {
  const amounts: Record<string, string> = {};
  const found = fieldsAt(value, ...path);
  for (const name of Object.keys(found)) amounts[name] = textAt(found, name) ?? '0';
  return amounts;
}

function limitsOf(store: ObjectStore, namespace: string): Limit[] {
  return store.list('/limitranges', namespace).flatMap((range) =>
    itemsAt(range, 'spec', 'limits').map((item) => {
      const [min, max] = [amountsAt(item, 'min'), amountsAt(item, 'max')];
      const defaults = { ...max, ...amountsAt(item, 'default') };
      const defaultRequests = { ...min, ...defaults, ...amountsAt(item, 'defaultRequest') };
      const type = stringAt(item, 'type') ?? '';
      return { type, min, max, defaults, defaultRequests, ratios: amountsAt(item, 'maxLimitRequestRatio') };
    }),
  );
}

/** Fills in what containers do not say about their resources, from the namespace's LimitRanges. */
export function withLimitRangeDefaults(store: ObjectStore, pod: KubeObject): KubeObject {
  const limits = limitsOf(store, pod.metadata.namespace ?? '').filter(({ type }) => type === 'Container');
  if (limits.length === 0) return pod;
  const fill = (container: unknown) => {
    const resources = fieldsAt(container, 'resources');
    let [wanted, requested] = [amountsAt(resources, 'limits'), amountsAt(resources, 'requests')];
    for (const { defaults, defaultRequests } of limits) {
      wanted = { ...defaults, ...wanted };
      requested = { ...defaultRequests, ...requested };
    }
    return { ...fieldsAt(container), resources: { ...resources, limits: wanted, requests: requested } };
  };
  const spec = fieldsAt(pod, 'spec');
  const init = itemsAt(spec, 'initContainers');
  return {
    ...pod,
    spec: {
      ...spec,
      ...(init.length > 0 ? { initContainers: init.map(fill) } : {}),
      containers: itemsAt(spec, 'containers').map(fill),
    },
  };
}

/** Throws 403 when a pod or claim asks for less or more than a LimitRange allows; all faults at once. */
export function checkLimitRanges(store: ObjectStore, key: string, object: KubeObject): void {
  const limits = limitsOf(store, object.metadata.namespace ?? '');
  if (limits.length === 0) return;
  const faults = limits.flatMap((limit) => (key === '/pods' ? podFaults(limit, object) : claimFaults(limit, object)));
  if (faults.length === 0) return;
  const list = faults.length === 1 ? (faults[0] ?? '') : `[${faults.join(', ')}]`;
  throw forbidden('', key.slice(1), object.metadata.name, list);
}

function podFaults(limit: Limit, pod: KubeObject): string[] {
  const containers = itemsAt(pod, 'spec', 'containers');
  const all = [...containers, ...itemsAt(pod, 'spec', 'initContainers')];
  if (limit.type === 'Container') {
    return all.flatMap((container) =>
      faultsOf(limit, amountsAt(container, 'resources', 'requests'), amountsAt(container, 'resources', 'limits')),
    );
  }
  if (limit.type !== 'Pod') return [];
  return faultsOf(limit, sumOf(containers, 'requests'), sumOf(containers, 'limits'));
}

/** The sum of a list of resources over containers. */
export function sumOf(containers: readonly unknown[], list: 'limits' | 'requests'): Record<string, string> {
  const sums: Record<string, string> = {};
  for (const container of containers) {
    for (const [name, amount] of Object.entries(amountsAt(container, 'resources', list))) {
      sums[name] = addQuantities([sums[name] ?? '0', amount]);
    }
  }
  return sums;
}

function claimFaults(limit: Limit, claim: KubeObject): string[] {
  if (limit.type !== 'PersistentVolumeClaim') return [];
  return faultsOf({ ...limit, ratios: {} }, amountsAt(claim, 'spec', 'resources', 'requests'), {});
}

function faultsOf({ type, min, max, ratios }: Limit, requests: Amounts, limits: Amounts): string[] {
  const faults: string[] = [];
  for (const [name, least] of Object.entries(min)) {
    const [request, limit] = [requests[name], limits[name]];
    const rule = `minimum ${name} usage per ${type} is ${least}`;
    if (request === undefined) faults.push(`${rule}.  No request is specified`);
    else if (compareQuantities(request, least) < 0) faults.push(`${rule}, but request is ${request}`);
    else if (limit !== undefined && compareQuantities(limit, least) < 0) faults.push(`${rule}, but limit is ${limit}`);
  }
  for (const [name, most] of Object.entries(max)) {
    const [request, limit] = [requests[name], limits[name]];
    const rule = `maximum ${name} usage per ${type} is ${most}`;
    if (limit === undefined && type !== 'PersistentVolumeClaim') faults.push(`${rule}.  No limit is specified`);
    else if (limit !== undefined && compareQuantities(limit, most) > 0) faults.push(`${rule}, but limit is ${limit}`);
    else if (request !== undefined && compareQuantities(request, most) > 0)
      faults.push(`${rule}, but request is ${request}`);
  }
  return [
    ...faults,
    ...Object.entries(ratios).flatMap(([name, most]) => ratioFault(type, name, most, requests[name], limits[name])),
  ];
}

function ratioFault(type: string, name: string, most: string, request = '0', limit = '0'): string[] {
  const rule = `${name} max limit to request ratio per ${type} is ${most}`;
  const [requested, limited] = [Number(nanoOf(request)), Number(nanoOf(limit))];
  if (requested === 0) return [`${rule}, but no request is specified or request is 0`];
  if (limited === 0) return [`${rule}, but no limit is specified or limit is 0`];
  const ratio = limited / requested;
  return ratio * 1e9 > Number(nanoOf(most)) ? [`${rule}, but provided ratio is ${ratio.toFixed(6)}`] : [];
}
