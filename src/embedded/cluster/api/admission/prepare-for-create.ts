import { fieldsAt, valueAt } from '../../store/fields.js';
import type { KubeObject } from '../../store/kube-object.js';
import { qosClass } from './qos-class.js';

/** The status that a new object begins with, whatever its writer said. */
const FIRST_STATUS: Readonly<Record<string, object>> = {
  '/namespaces': { phase: 'Active' },
  '/persistentvolumeclaims': { phase: 'Pending' },
  '/persistentvolumes': { phase: 'Pending' },
  '/replicationcontrollers': { replicas: 0 },
  '/resourcequotas': {},
  '/services': { loadBalancer: {} },
  'apps/daemonsets': { currentNumberScheduled: 0, desiredNumberScheduled: 0, numberMisscheduled: 0, numberReady: 0 },
  'apps/deployments': {},
  'apps/replicasets': { replicas: 0 },
  'apps/statefulsets': { replicas: 0, availableReplicas: 0 },
  'autoscaling/horizontalpodautoscalers': { currentReplicas: 0, desiredReplicas: 0 },
  'batch/cronjobs': {},
  'batch/jobs': {},
  'networking.k8s.io/ingresses': { loadBalancer: {} },
  'policy/poddisruptionbudgets': { currentHealthy: 0, desiredHealthy: 0, disruptionsAllowed: 0, expectedPods: 0 },
};

const PROTECTION: Readonly<Record<string, string>> = {
  '/persistentvolumeclaims': 'kubernetes.io/pvc-protection',
  '/persistentvolumes': 'kubernetes.io/pv-protection',
};

/** What the server itself sets on a new object: its first status, finalizers and labels of its own. */
export function prepareForCreate(key: string, object: KubeObject): KubeObject {
  if (key === '/namespaces') return prepareNamespace(object);
  const status =
    key === '/pods' ? { phase: 'Pending', qosClass: qosClass(fieldsAt(object, 'spec')) } : FIRST_STATUS[key];
  const prepared = status === undefined ? object : { ...object, status };
  if (key === 'batch/jobs') return withJobSelector(prepared);
  return withFinalizer(prepared, PROTECTION[key]);
}

function withFinalizer(object: KubeObject, finalizer: string | undefined): KubeObject {
  const present = object.metadata.finalizers ?? [];
  if (finalizer === undefined || present.includes(finalizer)) return object;
  return { ...object, metadata: { ...object.metadata, finalizers: [...present, finalizer] } };
}

function prepareNamespace(object: KubeObject): KubeObject {
  return {
    ...withNameLabel(object),
    spec: { ...fieldsAt(object, 'spec'), finalizers: ['kubernetes'] },
    status: { phase: 'Active' },
  };
}

/** A namespace always carries its name as a label, so that network policies can select it. */
export function withNameLabel(namespace: KubeObject): KubeObject {
  const { name, labels } = namespace.metadata;
  if (labels?.['kubernetes.io/metadata.name'] === name) return namespace;
  const named = { ...labels, 'kubernetes.io/metadata.name': name };
  return { ...namespace, metadata: { ...namespace.metadata, labels: named } };
}

/** A job selects its pods by its own uid, which its template then carries. */
function withJobSelector(job: KubeObject): KubeObject {
  if (valueAt(job, 'spec', 'manualSelector') === true) return job;
  const { name, uid } = job.metadata;
  const template = fieldsAt(job, 'spec', 'template');
  const metadata = fieldsAt(template, 'metadata');
  const labels = {
    ...fieldsAt(metadata, 'labels'),
    'batch.kubernetes.io/controller-uid': uid,
    'batch.kubernetes.io/job-name': name,
    'controller-uid': uid,
    'job-name': name,
  };
  const selector = { matchLabels: { 'batch.kubernetes.io/controller-uid': uid } };
  const spec = { ...fieldsAt(job, 'spec'), selector, template: { ...template, metadata: { ...metadata, labels } } };
  return { ...job, spec };
}
