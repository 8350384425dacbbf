import { addQuantities } from '../../apply/quantity.js';
import { itemsAt, stringAt, valueAt } from '../../store/fields.js';
import type { KubeObject } from '../../store/kube-object.js';
import { amountsAt, sumOf } from './limit-range.js';
import { qosClass } from './qos-class.js';

type Amounts = Record<string, string>;

/** What an object counts for in a ResourceQuota, by the names that `spec.hard` uses. */
export function usageOf(key: string, object: KubeObject): Amounts {
  const [group = '', resource = ''] = key.split('/');
  const counted: Amounts = { [`count/${group === '' ? resource : `${resource}.${group}`}`]: '1' };
  switch (key) {
    case '/pods':
      return { ...counted, ...podUsage(object) };
    case '/services':
      return { ...counted, ...serviceUsage(object) };
    case '/persistentvolumeclaims':
      return { ...counted, ...claimUsage(object) };
    case '/configmaps':
    case '/secrets':
    case '/replicationcontrollers':
    case '/resourcequotas':
      return { ...counted, [resource]: '1' };
    default:
      return counted;
  }
}

/** The store key of the type that a name in `spec.hard` counts; undefined for a name that counts nothing here. */
export function keyCountedBy(name: string): string | undefined {
  if (name.startsWith('count/')) {
    const [resource = '', ...group] = name.slice('count/'.length).split('.');
    return `${group.join('.')}/${resource}`;
  }
  if (name === 'persistentvolumeclaims' || name === 'requests.storage' || name.includes('.storageclass.')) {
    return '/persistentvolumeclaims';
  }
  if (name === 'services' || name.startsWith('services.')) return '/services';
  if (/^(?:configmaps|secrets|replicationcontrollers|resourcequotas)$/.test(name)) return `/${name}`;
  return /^(?:pods|cpu|memory|ephemeral-storage)$|^(?:requests|limits)\./.test(name) ? '/pods' : undefined;
}

/** A pod that has ended counts no more; of init containers the greatest counts, of the others the sum. */
function podUsage(pod: KubeObject): Amounts {
  const phase = stringAt(pod, 'status', 'phase');
  if (phase === 'Succeeded' || phase === 'Failed') return { 'count/pods': '1' };
  const usage: Amounts = { pods: '1' };
  for (const list of ['requests', 'limits'] as const) {
    for (const [name, amount] of Object.entries(sumOf(itemsAt(pod, 'spec', 'containers'), list))) {
      usage[`${list}.${name}`] = amount;
      if (list === 'requests') usage[name] = amount;
    }
  }
  return usage;
}

function serviceUsage(service: KubeObject): Amounts {
  const type = stringAt(service, 'spec', 'type');
  const usage: Amounts = { services: '1' };
  const ports = String(itemsAt(service, 'spec', 'ports').length);
  if (type === 'LoadBalancer') usage['services.loadbalancers'] = '1';
  if (type === 'NodePort' || type === 'LoadBalancer') usage['services.nodeports'] = ports;
  return usage;
}

function claimUsage(claim: KubeObject): Amounts {
  const { storage } = amountsAt(claim, 'spec', 'resources', 'requests');
  const usage: Amounts = { persistentvolumeclaims: '1' };
  if (storage !== undefined) usage['requests.storage'] = storage;
  const storageClass = stringAt(claim, 'spec', 'storageClassName');
  if (storageClass) {
    usage[`${storageClass}.storageclass.storage.k8s.io/persistentvolumeclaims`] = '1';
    if (storage !== undefined) usage[`${storageClass}.storageclass.storage.k8s.io/requests.storage`] = storage;
  }
  return usage;
}

/** Whether a quota's scopes concern a pod; a quota without scopes concerns everything. */
export function inScopes(quota: KubeObject, key: string, object: KubeObject): boolean {
  const scopes = itemsAt(quota, 'spec', 'scopes');
  if (scopes.length === 0) return true;
  if (key !== '/pods') return false;
  const spec = valueAt(object, 'spec');
  const bestEffort = qosClass(typeof spec === 'object' && spec !== null ? { ...spec } : {}) === 'BestEffort';
  const terminating = valueAt(object, 'spec', 'activeDeadlineSeconds') !== undefined;
  return scopes.every((scope) => {
    if (scope === 'BestEffort') return bestEffort;
    if (scope === 'NotBestEffort') return !bestEffort;
    if (scope === 'Terminating') return terminating;
    return scope !== 'NotTerminating' || !terminating;
  });
}

/** The sum of usages, for the names that are asked for. */
export function addUsage(total: Amounts, usage: Readonly<Amounts>, names: readonly string[]): void {
  for (const name of names) {
    const amount = usage[name];
    if (amount !== undefined) total[name] = addQuantities([total[name] ?? '0', amount]);
  }
}
