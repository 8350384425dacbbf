import { isObject, type JsonObject, listAt, objectAt, textAt, withValueAt } from './json.js';

const PROTECTIONS: Readonly<Record<string, string>> = {
  'v1/PersistentVolumeClaim': 'kubernetes.io/pvc-protection',
  'v1/PersistentVolume': 'kubernetes.io/pv-protection',
};

/**
 * What the API server adds to a new object of some kinds besides defaults. The object has its uid already: a job's pods
 * are told apart by it.
 */
export function completeCreation(apiVersion: string, kind: string, object: JsonObject): JsonObject {
  const id = `${apiVersion}/${kind}`;
  const protection = PROTECTIONS[id];
  if (protection !== undefined) return protectedBy(object, protection);
  if (id === 'batch/v1/Job') return selectingOwnPods(object);
  if (id === 'v1/Namespace') return finalizedNamespace(object);
  return object;
}

function protectedBy(object: JsonObject, finalizer: string): JsonObject {
  const finalizers = listAt(object, 'metadata', 'finalizers');
  if (finalizers.includes(finalizer)) return object;
  return withValueAt(object, ['metadata', 'finalizers'], [...finalizers, finalizer]);
}

function finalizedNamespace(object: JsonObject): JsonObject {
  const finalizers = listAt(object, 'spec', 'finalizers');
  if (finalizers.includes('kubernetes')) return object;
  return withValueAt(object, ['spec', 'finalizers'], [...finalizers, 'kubernetes']);
}

/** A job selects its pods by its uid, unless its writer chose the selector. */
function selectingOwnPods(job: JsonObject): JsonObject {
  const uid = textAt(job, 'metadata', 'uid');
  const spec = objectAt(job, 'spec');
  if (uid === undefined || spec === undefined || spec['manualSelector'] === true) return job;
  const name = textAt(job, 'metadata', 'name') ?? '';
  const own = {
    'batch.kubernetes.io/controller-uid': uid,
    'batch.kubernetes.io/job-name': name,
    'controller-uid': uid,
    'job-name': name,
  };
  const labels = { ...objectAt(spec, 'template', 'metadata', 'labels'), ...own };
  const labelled = withValueAt(spec, ['template', 'metadata', 'labels'], labels);
  const selected = objectAt(spec, 'selector', 'matchLabels') ?? {};
  const selector = { 'batch.kubernetes.io/controller-uid': uid };
  const before = isObject(spec['selector']) ? spec['selector'] : {};
  return { ...job, spec: { ...labelled, selector: { ...before, matchLabels: { ...selected, ...selector } } } };
}
