import { isObject, type JsonObject } from '../json.js';
import { compareQuantities, nanoOf } from '../quantity.js';
import { addInvalid, type Check, itemsAt, partOf, textOf } from './checks.js';
import { fieldDuplicate, fieldInvalid, fieldRequired, fieldTooLong, type FieldFault } from './fault.js';
import { configKeyFaults, qualifiedNameFaults } from './names.js';
import { checkAmount, isAmount } from './resources.js';

const MOST_BYTES = 1024 * 1024;

/** A ConfigMap. */
export const checkConfigMap: Check = (object, _at, faults) => {
  const data = partOf(object, 'data');
  const binary = partOf(object, 'binaryData');
  for (const key in data) {
    addInvalid(faults, `data[${key}]`, key, configKeyFaults(key));
    if (binary[key] !== undefined)
      faults.push(fieldInvalid(`data[${key}]`, key, 'duplicate of key present in binaryData'));
  }
  for (const key in binary) addInvalid(faults, `binaryData[${key}]`, key, configKeyFaults(key));
  if (bytesOf(data, 'utf8') + bytesOf(binary, 'base64') > MOST_BYTES) faults.push(fieldTooLong('[]', MOST_BYTES));
};

function bytesOf(data: JsonObject, encoding: 'utf8' | 'base64'): number {
  let bytes = 0;
  for (const key in data) {
    const value = data[key];
    if (typeof value === 'string') bytes += Buffer.byteLength(value, encoding);
  }
  return bytes;
}

/** What a typed Secret must hold. */
const SECRET_KEYS: Readonly<Record<string, readonly string[]>> = {
  'kubernetes.io/dockercfg': ['.dockercfg'],
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
};

/** A Secret. */
export const checkSecret: Check = (object, _at, faults) => {
  const data = partOf(object, 'data');
  for (const key in data) addInvalid(faults, `data[${key}]`, key, configKeyFaults(key));
  if (bytesOf(data, 'base64') > MOST_BYTES) faults.push(fieldTooLong('data', MOST_BYTES));
  const type = textOf(object, 'type');
  if (type === '') faults.push(fieldRequired('type'));
  for (const key of SECRET_KEYS[type] ?? []) if (data[key] === undefined) faults.push(fieldRequired(`data[${key}]`));
  if (type === 'kubernetes.io/basic-auth' && data['username'] === undefined && data['password'] === undefined) {
    faults.push(fieldRequired('data[username]'), fieldRequired('data[password]'));
  }
  if (type === 'kubernetes.io/service-account-token') checkAccountName(object, faults);
};

function checkAccountName(secret: JsonObject, faults: FieldFault[]): void {
  const annotation = 'kubernetes.io/service-account.name';
  const name = textOf(partOf(partOf(secret, 'metadata'), 'annotations'), annotation);
  if (name === '') faults.push(fieldRequired(`metadata.annotations[${annotation}]`));
}

const QUOTA_RESOURCES = new Set([
  'configmaps',
  'cpu',
  'ephemeral-storage',
  'limits.cpu',
  'limits.ephemeral-storage',
  'limits.memory',
  'memory',
  'persistentvolumeclaims',
  'pods',
  'replicationcontrollers',
  'requests.cpu',
  'requests.ephemeral-storage',
  'requests.memory',
  'requests.storage',
  'resourcequotas',
  'secrets',
  'services',
  'services.loadbalancers',
  'services.nodeports',
]);

const FRACTIONAL = /cpu$/;
const NANO = 1_000_000_000n;

/** A ResourceQuota. */
export const checkResourceQuota: Check = (object, _at, faults) => {
  const hard = partOf(partOf(object, 'spec'), 'hard');
  for (const name in hard) {
    const at = `spec.hard[${name}]`;
    const amount = hard[name];
    addInvalid(faults, at, name, quotaNameFaults(name));
    checkAmount(amount, at, faults);
    const counted = QUOTA_RESOURCES.has(name) && !FRACTIONAL.test(name);
    if (counted && isAmount(amount) && nanoOf(amount) % NANO !== 0n) {
      faults.push(fieldInvalid(at, String(amount), 'must be an integer'));
    }
  }
};

function quotaNameFaults(name: string): string[] {
  const faults = qualifiedNameFaults(name);
  if (faults.length > 0 || name.includes('/') || QUOTA_RESOURCES.has(name)) return faults;
  if (name.startsWith('hugepages-') || name.startsWith('requests.')) return [];
  return ['must be a standard resource type or fully qualified', 'must be a standard resource for quota'];
}

const LIMIT_TYPES = ['Container', 'PersistentVolumeClaim', 'Pod'];

/** A LimitRange: within each item the minimum is the least and the maximum the most. */
export const checkLimitRange: Check = (object, _at, faults) => {
  const seen = new Set<string>();
  for (const { item, path } of itemsAt(partOf(object, 'spec'), 'limits', 'spec')) {
    const type = textOf(item, 'type');
    if (!LIMIT_TYPES.includes(type) && !type.includes('/')) {
      faults.push(fieldInvalid(`${path}.type`, type, 'must be a standard limit type or fully qualified'));
    }
    if (seen.has(type)) {
      faults.push(fieldDuplicate(`${path}.type`, type));
    }
    seen.add(type);
    for (const [low, high] of BOUNDS) checkBound(item, low, high, path, faults);
  }
};

const BOUNDS = [
  ['min', 'max'],
  ['min', 'defaultRequest'],
  ['defaultRequest', 'max'],
  ['defaultRequest', 'default'],
  ['min', 'default'],
  ['default', 'max'],
] as const;

const CALLED: Readonly<Record<string, string>> = {
  min: 'min value',
  max: 'max value',
  default: 'default value',
  defaultRequest: 'default request value',
};

function checkBound(item: JsonObject, low: string, high: string, at: string, faults: FieldFault[]): void {
  const lows = item[low];
  const highs = item[high];
  if (!isObject(lows) || !isObject(highs)) return;
  for (const name in lows) {
    const least = lows[name];
    const most = highs[name];
    if (!isAmount(least) || !isAmount(most) || compareQuantities(least, most) <= 0) continue;
    const blamed = low === 'min' && high !== 'max' ? high : low;
    const [value, other, relation] = blamed === high ? [most, least, 'less'] : [least, most, 'greater'];
    const named = blamed === high ? low : high;
    const why = `${CALLED[blamed]} ${value} is ${relation} than ${CALLED[named]} ${other}`;
    faults.push(fieldInvalid(`${at}.${blamed}[${name}]`, String(value), why));
  }
}
