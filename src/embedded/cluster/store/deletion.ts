import { fieldsAt, itemsAt, numberAt, stringAt } from './fields.js';
import type { KubeObject, ResourceType } from './kube-object.js';

export interface DeleteOptions {
  propagationPolicy?: 'Foreground' | 'Background' | 'Orphan';
  /** seconds; 0 removes a pod at once */
  gracePeriodSeconds?: number;
  preconditions?: { uid?: string; resourceVersion?: string };
}

const FINALIZER_OF_POLICY = { Foreground: 'foregroundDeletion', Orphan: 'orphan', Background: undefined } as const;
const DEFAULT_POD_GRACE_SECONDS = 30;

/** Whether something keeps an object that is being deleted: finalizers, a pod's grace, a namespace's content. */
export function isHeld(key: string, object: KubeObject): boolean {
  const { finalizers, deletionGracePeriodSeconds } = object.metadata;
  if (finalizers !== undefined && finalizers.length > 0) return true;
  if (key === '/pods') return (deletionGracePeriodSeconds ?? 0) > 0;
  return key === '/namespaces' && itemsAt(object, 'spec', 'finalizers').length > 0;
}

/** The object with its deletionTimestamp, grace and policy finalizer set; the generation counts it. */
export function markForDeletion(type: ResourceType, object: KubeObject, options: DeleteOptions, now: Date): KubeObject {
  const grace = type.resource === 'pods' && type.group === '' ? podGrace(object, options) : 0;
  const { deletionTimestamp, deletionGracePeriodSeconds, generation } = object.metadata;
  const finalizers = withPolicy(object.metadata.finalizers ?? [], options);
  const metadata = { ...object.metadata };
  if (finalizers.length > 0) metadata.finalizers = finalizers;
  const shortened = deletionGracePeriodSeconds !== undefined && grace < deletionGracePeriodSeconds;
  if (deletionTimestamp === undefined || shortened) {
    metadata.deletionTimestamp = `${new Date(now.getTime() + grace * 1000).toISOString().slice(0, 19)}Z`;
    metadata.deletionGracePeriodSeconds = grace;
  }
  if (deletionTimestamp === undefined && generation !== undefined) metadata.generation = generation + 1;
  const marked: KubeObject = { ...object, metadata };
  if (type.resource === 'namespaces' && type.group === '') {
    marked['status'] = { ...fieldsAt(object, 'status'), phase: 'Terminating' };
  }
  return marked;
}

function withPolicy(finalizers: readonly string[], { propagationPolicy }: DeleteOptions): string[] {
  if (propagationPolicy === undefined) return [...finalizers];
  const wanted = FINALIZER_OF_POLICY[propagationPolicy];
  const others = finalizers.filter((name) => name !== 'foregroundDeletion' && name !== 'orphan');
  return wanted === undefined ? others : [...others, wanted];
}

function podGrace(pod: KubeObject, options: DeleteOptions): number {
  const phase = stringAt(pod, 'status', 'phase');
  if (!stringAt(pod, 'spec', 'nodeName') || phase === 'Succeeded' || phase === 'Failed') return 0;
  const ownGrace = numberAt(pod, 'spec', 'terminationGracePeriodSeconds');
  return options.gracePeriodSeconds ?? ownGrace ?? DEFAULT_POD_GRACE_SECONDS;
}
