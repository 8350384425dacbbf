import { isRecord, listAt, recordAt } from './json-value.js';
import type { KubernetesObject, ObjectMetadata } from './kubernetes-object.js';

const METADATA = [
  'name',
  'namespace',
  'uid',
  'resourceVersion',
  'generation',
  'labels',
  'creationTimestamp',
  'deletionTimestamp',
  'finalizers',
  'ownerReferences',
];

const SPEC = [
  'replicas',
  'paused',
  'suspend',
  'completions',
  'progressDeadlineSeconds',
  'updateStrategy',
  'volumeName',
  'storageClassName',
];

/**
 * What a cache of a thousand instances keeps of an object: what readiness, images and ownership are read from.
 * Field managers, pod templates beyond names and images, and the copy that kubectl leaves in an annotation make up most of
 * an object and are left out.
 */
export function trimObject(object: KubernetesObject): KubernetesObject {
  const spec = recordAt(object, 'spec');
  return {
    apiVersion: object.apiVersion,
    kind: object.kind,
    metadata: trimMetadata(object.metadata),
    ...(isRecord(object.spec) ? { spec: { ...pick(spec, SPEC), ...podTemplates(spec) } } : {}),
    ...(object.status === undefined ? {} : { status: object.status }),
  };
}

/** The same for an object of which only the metadata is of interest. */
export function trimMetadata(metadata: ObjectMetadata): ObjectMetadata {
  const annotations = Object.entries(metadata.annotations ?? {}).filter(
    ([key]) => key !== 'kubectl.kubernetes.io/last-applied-configuration',
  );
  return {
    ...pick(metadata, METADATA),
    name: metadata.name,
    ...(annotations.length === 0 ? {} : { annotations: Object.fromEntries(annotations) }),
  };
}

function podTemplates(spec: Record<string, unknown>): Record<string, unknown> {
  if (isRecord(spec['template'])) return { template: trimTemplate(spec['template']) };
  if (isRecord(spec['jobTemplate'])) {
    const template = trimTemplate(recordAt(spec, 'jobTemplate', 'spec', 'template'));
    return { jobTemplate: { spec: { template } } };
  }
  return {};
}

function trimTemplate(template: Record<string, unknown>): Record<string, unknown> {
  const containers = (list: string): unknown[] =>
    listAt(template, 'spec', list).map((container) => pick(recordAt(container), ['name', 'image']));
  const initContainers = containers('initContainers');
  return {
    spec: { containers: containers('containers'), ...(initContainers.length === 0 ? {} : { initContainers }) },
  };
}

function pick(object: Readonly<Record<string, unknown>>, fields: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    fields.filter((field) => object[field] !== undefined).map((field) => [field, object[field]]),
  );
}
