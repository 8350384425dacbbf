import type { KubeObject } from '../store/kube-object.js';
import type { Draft } from './cluster-view.js';
import type { Context } from './context.js';
import { controllerReference } from './ownership.js';
import type { Pod, PodTemplate } from './pod-kinds.js';

/** A pod as its owner's template describes it. `metadata` adds the name and what only this pod has. */
export function podFromTemplate(owner: KubeObject, template: PodTemplate, metadata: Draft['metadata']): Draft {
  const { labels, annotations } = template.metadata ?? {};
  const { namespace } = owner.metadata;
  const ownAnnotations = { ...annotations, ...metadata.annotations };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...metadata,
      ...(namespace === undefined ? {} : { namespace }),
      labels: { ...labels, ...metadata.labels },
      ...(Object.keys(ownAnnotations).length > 0 ? { annotations: ownAnnotations } : {}),
      ownerReferences: [controllerReference(owner)],
    },
    spec: template.spec,
  };
}

/** Creates a pod with the Events of the real controllers. Throws the refusal, after it was told. */
export function createOwnedPod(context: Context, source: string, owner: KubeObject, pod: Draft): void {
  try {
    const { name } = context.createPod(pod).metadata;
    context.events.record(source, owner, {
      type: 'Normal',
      reason: 'SuccessfulCreate',
      message: `Created pod: ${name}`,
    });
  } catch (error) {
    const message = `Error creating: ${error instanceof Error ? error.message : String(error)}`;
    context.events.record(source, owner, { type: 'Warning', reason: 'FailedCreate', message });
    throw error;
  }
}

/** Deletes a pod gracefully, with the Event of the real controllers. */
export function deleteOwnedPod(context: Context, source: string, owner: KubeObject, pod: Pod): void {
  context.view.delete('/pods', pod);
  const message = `Deleted pod: ${pod.metadata.name}`;
  context.events.record(source, owner, { type: 'Normal', reason: 'SuccessfulDelete', message });
}
