import { applyDefaults } from '../../apply/defaults.js';
import { validateChange } from '../../apply/immutable.js';
import { validateObject } from '../../apply/validate.js';
import { fieldsAt } from '../../store/fields.js';
import type { KubeObject } from '../../store/kube-object.js';
import type { Admission, AdmissionRequest, ObjectStore } from '../../store/object-store.js';
import { forbidden } from '../../store/status-error.js';
import { isKubeObject } from '../http/object-json.js';
import { checkLimitRanges, withLimitRangeDefaults } from './limit-range.js';
import { checkNamespace } from './namespace-lifecycle.js';
import { policyOf, violationText } from './pod-security.js';
import { prepareForCreate, withNameLabel } from './prepare-for-create.js';
import { checkQuotas } from './resource-quota.js';
import { checkPriorityClass, withServiceAccount } from './service-account.js';
import type { ServiceNetwork } from './service-network.js';
import { withStorageClass } from './storage.js';

/**
 * What every create and update passes, whoever asks: lifecycle of the namespace, what the server fills in, validation,
 * Pod Security, limits and quotas, in the order of the real admission.
 */
export function admissionChain(store: ObjectStore, network: ServiceNetwork): Admission {
  return (request) =>
    request.operation === 'CREATE' ? admitCreate(store, network, request) : admitUpdate(network, request);
}

function admitCreate(store: ObjectStore, network: ServiceNetwork, request: AdmissionRequest): KubeObject {
  const { type, key } = request;
  checkNamespace(store, type, request.object);
  const prepared = mutate(store, network, key, prepareForCreate(key, request.object));
  const object = withDefaults(prepared);
  validateObject(object.apiVersion, object.kind, object);
  if (key === '/pods') checkPodSecurity(store, object);
  if (key === '/pods' || key === '/persistentvolumeclaims') checkLimitRanges(store, key, object);
  if (type.namespaced && key !== '/events') checkQuotas(store, type, key, object);
  return object;
}

function mutate(store: ObjectStore, network: ServiceNetwork, key: string, object: KubeObject): KubeObject {
  switch (key) {
    case '/pods':
      checkPriorityClass(store, object);
      return withLimitRangeDefaults(store, withServiceAccount(store, object));
    case '/services':
      return network.admit(object, undefined);
    case '/persistentvolumeclaims':
      return withStorageClass(store, object);
    default:
      return object;
  }
}

function admitUpdate(network: ServiceNetwork, { key, object, previous }: AdmissionRequest): KubeObject {
  if (previous === undefined) return object;
  const changed =
    key === '/services' ? network.admit(object, previous) : key === '/namespaces' ? withNameLabel(object) : object;
  validateObject(changed.apiVersion, changed.kind, changed);
  validateChange(changed.apiVersion, changed.kind, previous, changed);
  return changed;
}

function withDefaults(object: KubeObject): KubeObject {
  const defaulted = applyDefaults(object.apiVersion, object.kind, object);
  return isKubeObject(defaulted) ? defaulted : object;
}

function checkPodSecurity(store: ObjectStore, pod: KubeObject): void {
  const namespace = store.get('/namespaces', undefined, pod.metadata.namespace ?? '');
  const policy = policyOf(namespace?.metadata.labels, 'enforce');
  const violation = violationText(policy, fieldsAt(pod, 'spec'));
  if (violation === undefined) return;
  throw forbidden('', 'pods', pod.metadata.name, violation.replace(/^violate /, 'violates '));
}
