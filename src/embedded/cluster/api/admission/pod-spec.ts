import { fieldsAt, itemsAt, stringAt, type Fields } from '../../store/fields.js';
import type { KubeObject } from '../../store/kube-object.js';

const TEMPLATE_PATHS: Readonly<Record<string, readonly string[]>> = {
  Pod: [],
  PodTemplate: ['template'],
  Deployment: ['spec', 'template'],
  ReplicaSet: ['spec', 'template'],
  ReplicationController: ['spec', 'template'],
  StatefulSet: ['spec', 'template'],
  DaemonSet: ['spec', 'template'],
  Job: ['spec', 'template'],
  CronJob: ['spec', 'jobTemplate', 'spec', 'template'],
};

/** The spec of the pods an object is or makes; undefined when it makes none. */
export function podSpecOf(object: KubeObject): Fields | undefined {
  const path = TEMPLATE_PATHS[object.kind];
  return path === undefined ? undefined : fieldsAt(object, ...path, 'spec');
}

/** Init, main and ephemeral containers, in the order policies look at them. */
export function containersOf(spec: Fields): readonly unknown[] {
  return [...itemsAt(spec, 'initContainers'), ...itemsAt(spec, 'containers'), ...itemsAt(spec, 'ephemeralContainers')];
}

export function nameOf(container: unknown): string {
  return stringAt(container, 'name') ?? '';
}
