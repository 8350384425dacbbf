import { listAt, numberAt, textAt, valueAt } from './json-value.js';
import type { KubernetesObject } from './kubernetes-object.js';
import type { Readiness } from './readiness-state.js';

/** A Deployment is current when every replica is of the new template, available and ready, and no old pod is left. */
export function deployment(object: KubernetesObject): Readiness {
  const progressing = conditionReason(object, 'Progressing');
  if (progressing === 'ProgressDeadlineExceeded') {
    return { state: 'failed', message: conditionMessage(object, 'Progressing') ?? 'exceeded its progress deadline' };
  }
  if (valueAt(object, 'spec', 'paused') === true) return { state: 'in_progress', message: 'its rollout is paused' };
  const wanted = numberAt(object, 'spec', 'replicas') ?? 1;
  const count = counter(object);
  return (
    fewer('replicas exist', count('replicas'), wanted) ??
    fewer('replicas are updated', count('updatedReplicas'), wanted) ??
    extra(count('replicas'), wanted) ??
    fewer('replicas are available', count('availableReplicas'), wanted) ??
    fewer('replicas are ready', count('readyReplicas'), wanted) ?? { state: 'current', message: ofAll(wanted) }
  );
}

/** A ReplicaSet is current when all its pods carry its labels, are available and ready, and none is left over. */
export function replicaSet(object: KubernetesObject): Readiness {
  const wanted = numberAt(object, 'spec', 'replicas') ?? 1;
  const count = counter(object);
  const refused = conditionMessage(object, 'ReplicaFailure', 'True');
  if (refused !== undefined && count('replicas') < wanted) return { state: 'in_progress', message: refused };
  return (
    fewer('replicas are labelled', count('fullyLabeledReplicas'), wanted) ??
    fewer('replicas are available', count('availableReplicas'), wanted) ??
    fewer('replicas are ready', count('readyReplicas'), wanted) ??
    extra(count('replicas'), wanted) ?? { state: 'current', message: ofAll(wanted) }
  );
}

/** A StatefulSet is current when all pods are ready and of the update revision (above its partition, if it has one). */
export function statefulSet(object: KubernetesObject): Readiness {
  const wanted = numberAt(object, 'spec', 'replicas') ?? 1;
  const count = counter(object);
  return (
    fewer('replicas exist', count('replicas'), wanted) ??
    fewer('replicas are ready', count('readyReplicas'), wanted) ??
    extra(count('replicas'), wanted) ??
    statefulSetRevision(object, wanted) ?? { state: 'current', message: ofAll(wanted) }
  );
}

function statefulSetRevision(object: KubernetesObject, wanted: number): Readiness | undefined {
  // With OnDelete a person decides when each pod takes the new revision, so waiting for it would never end.
  if (textAt(object, 'spec', 'updateStrategy', 'type') === 'OnDelete' || wanted === 0) return undefined;
  const updated = numberAt(object, 'status', 'updatedReplicas') ?? 0;
  const partition = numberAt(object, 'spec', 'updateStrategy', 'rollingUpdate', 'partition') ?? 0;
  if (partition > 0) return fewer('replicas are updated', updated, Math.max(0, wanted - partition));
  const current = textAt(object, 'status', 'currentRevision');
  const update = textAt(object, 'status', 'updateRevision');
  if (current === update) return undefined;
  return { state: 'in_progress', message: `${updated} of ${wanted} replicas have revision ${update ?? 'unknown'}` };
}

/** A DaemonSet is current when every node that should run it runs the new template, ready. */
export function daemonSet(object: KubernetesObject): Readiness {
  const wanted = numberAt(object, 'status', 'desiredNumberScheduled');
  if (wanted === undefined) return { state: 'in_progress', message: 'nodes are not counted yet' };
  const count = counter(object);
  const onDelete = textAt(object, 'spec', 'updateStrategy', 'type') === 'OnDelete';
  return (
    fewer('nodes run it', count('currentNumberScheduled'), wanted) ??
    (onDelete ? undefined : fewer('nodes run the update', count('updatedNumberScheduled'), wanted)) ??
    fewer('nodes have it available', count('numberAvailable'), wanted) ??
    fewer('nodes have it ready', count('numberReady'), wanted) ?? { state: 'current', message: ofAll(wanted) }
  );
}

/** A CronJob is what it should be once stored: whether its jobs succeed is their own readiness. */
export function cronJobIsCurrent(object: KubernetesObject): Readiness {
  return { state: 'current', message: valueAt(object, 'spec', 'suspend') === true ? 'is suspended' : 'is scheduled' };
}

function counter(object: KubernetesObject): (field: string) => number {
  return (field) => numberAt(object, 'status', field) ?? 0;
}

function fewer(what: string, have: number, wanted: number): Readiness | undefined {
  return have < wanted ? { state: 'in_progress', message: `${have} of ${wanted} ${what}` } : undefined;
}

function extra(have: number, wanted: number): Readiness | undefined {
  return have > wanted ? { state: 'in_progress', message: `${have - wanted} old pods are still there` } : undefined;
}

function ofAll(wanted: number): string {
  return wanted === 0 ? 'is at zero' : `all ${wanted} are ready`;
}

function conditionReason(object: KubernetesObject, type: string): string | undefined {
  return textAt(findCondition(object, type), 'reason');
}

function conditionMessage(object: KubernetesObject, type: string, status?: string): string | undefined {
  const found = findCondition(object, type);
  if (status !== undefined && textAt(found, 'status') !== status) return undefined;
  return textAt(found, 'message');
}

function findCondition(object: KubernetesObject, type: string): unknown {
  return listAt(object, 'status', 'conditions').find((entry) => textAt(entry, 'type') === type);
}
