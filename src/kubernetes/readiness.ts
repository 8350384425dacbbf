import { listAt, numberAt, textAt, valueAt } from './json-value.js';
import { groupOf, type KubernetesObject } from './kubernetes-object.js';
import { cronJobIsCurrent, daemonSet, deployment, replicaSet, statefulSet } from './readiness-of-workloads.js';
import type { Readiness, ReadinessState } from './readiness-state.js';

export type { Readiness };

/** How long a pod may wait for a node before that is called a failure. */
const UNSCHEDULABLE_AFTER_MS = 15_000;

/** Kinds that some controller keeps up to date; without `status.observedGeneration` nobody has looked at them yet. */
const OBSERVED_KINDS = new Set(['apps/Deployment', 'apps/ReplicaSet', 'apps/StatefulSet', 'apps/DaemonSet']);

/** Groups whose objects are done when stored, unless a rule below says otherwise. */
const BUILT_IN_GROUPS = new Set(['', 'apps', 'batch', 'autoscaling', 'policy', 'extensions']);

const RULES: Record<string, (object: KubernetesObject, now: Date) => Readiness> = {
  'apps/Deployment': deployment,
  'apps/ReplicaSet': replicaSet,
  'apps/StatefulSet': statefulSet,
  'apps/DaemonSet': daemonSet,
  'batch/Job': job,
  'batch/CronJob': cronJobIsCurrent,
  '/Pod': pod,
  '/PersistentVolumeClaim': volumeClaim,
  '/Service': service,
};

/**
 * How far one object is from what its spec asks. Total: any JSON gets an answer, absence is `not_found`.
 * `now` only matters for pods that no node takes.
 */
export function readiness(object: KubernetesObject | undefined, now: Date): Readiness {
  if (object === undefined) return { state: 'not_found', message: 'does not exist' };
  const kind = textAt(object, 'kind');
  const apiVersion = textAt(object, 'apiVersion');
  if (kind === undefined || apiVersion === undefined)
    return { state: 'unknown', message: 'is not a Kubernetes object' };
  if (textAt(object, 'metadata', 'deletionTimestamp') !== undefined) return terminating(object);

  const key = `${groupOf(apiVersion)}/${kind}`;
  const observation = observedGeneration(object, OBSERVED_KINDS.has(key));
  if (observation !== undefined) return observation;
  const rule = RULES[key];
  if (rule !== undefined) return rule(object, now);
  return isBuiltIn(groupOf(apiVersion)) ? { state: 'current', message: 'is stored' } : customResource(object);
}

/** The worst of many, which is what a whole release is: failed, then unknown, not_found, terminating, in_progress, current. */
export function worstOf(states: readonly ReadinessState[]): ReadinessState {
  const order: ReadinessState[] = ['failed', 'unknown', 'not_found', 'terminating', 'in_progress', 'current'];
  return order.find((state) => states.includes(state)) ?? 'current';
}

function isBuiltIn(group: string): boolean {
  return BUILT_IN_GROUPS.has(group) || group.endsWith('.k8s.io');
}

function terminating(object: KubernetesObject): Readiness {
  const finalizers = listAt(object, 'metadata', 'finalizers').filter((entry) => typeof entry === 'string');
  const held = finalizers.length === 0 ? '' : `, held by ${finalizers.join(', ')}`;
  return { state: 'terminating', message: `is being deleted${held}` };
}

function observedGeneration(object: KubernetesObject, required: boolean): Readiness | undefined {
  const wanted = numberAt(object, 'metadata', 'generation');
  const observed = numberAt(object, 'status', 'observedGeneration');
  if (observed === undefined) {
    return required ? { state: 'in_progress', message: 'no controller has observed it yet' } : undefined;
  }
  if (wanted === undefined || observed >= wanted) return undefined;
  return { state: 'in_progress', message: `generation ${wanted} is not observed yet, ${observed} is` };
}

function job(object: KubernetesObject): Readiness {
  const failed = condition(object, 'Failed');
  if (failed?.status === 'True') return { state: 'failed', message: failed.message || failed.reason || 'failed' };
  if (condition(object, 'FailureTarget')?.status === 'True') return { state: 'failed', message: 'is failing' };
  if (condition(object, 'Complete')?.status === 'True') return { state: 'current', message: 'is complete' };
  if (valueAt(object, 'spec', 'suspend') === true) return { state: 'in_progress', message: 'is suspended' };
  const wanted = numberAt(object, 'spec', 'completions') ?? 1;
  const succeeded = numberAt(object, 'status', 'succeeded') ?? 0;
  const attempts = numberAt(object, 'status', 'failed') ?? 0;
  const afterFailures = attempts > 0 ? `, after ${attempts} failed pods` : '';
  return { state: 'in_progress', message: `${succeeded} of ${wanted} completed${afterFailures}` };
}

function pod(object: KubernetesObject, now: Date): Readiness {
  const phase = textAt(object, 'status', 'phase') ?? 'Unknown';
  if (phase === 'Succeeded') return { state: 'current', message: 'has completed' };
  if (phase === 'Failed') {
    return { state: 'failed', message: textAt(object, 'status', 'message') ?? 'has ended with a failure' };
  }
  const looping = crashLoopingContainers(object);
  if (looping.length > 0) return { state: 'failed', message: `crash loop in ${looping.join(', ')}` };
  if (phase === 'Running') {
    if (condition(object, 'Ready')?.status === 'True') return { state: 'current', message: 'is ready' };
    return { state: 'in_progress', message: condition(object, 'Ready')?.message || 'runs but is not ready' };
  }
  if (phase !== 'Pending') return { state: 'unknown', message: `phase ${phase}` };
  return pendingPod(object, now);
}

function pendingPod(object: KubernetesObject, now: Date): Readiness {
  const scheduled = condition(object, 'PodScheduled');
  if (scheduled?.status !== 'False' || scheduled.reason !== 'Unschedulable') {
    return { state: 'in_progress', message: 'is starting' };
  }
  const since = Date.parse(textAt(object, 'metadata', 'creationTimestamp') ?? '');
  const late = Number.isNaN(since) || now.getTime() - since >= UNSCHEDULABLE_AFTER_MS;
  return { state: late ? 'failed' : 'in_progress', message: scheduled.message || 'no node takes it' };
}

function crashLoopingContainers(object: KubernetesObject): string[] {
  const statuses = [
    ...listAt(object, 'status', 'initContainerStatuses'),
    ...listAt(object, 'status', 'containerStatuses'),
  ];
  return statuses
    .filter((status) => textAt(status, 'state', 'waiting', 'reason') === 'CrashLoopBackOff')
    .map((status) => textAt(status, 'name') ?? 'a container');
}

function volumeClaim(object: KubernetesObject): Readiness {
  const phase = textAt(object, 'status', 'phase') ?? 'Pending';
  if (phase === 'Bound') return { state: 'current', message: 'is bound' };
  if (phase === 'Lost') return { state: 'failed', message: 'has lost its volume' };
  return { state: 'in_progress', message: `is ${phase.toLowerCase()}` };
}

function service(object: KubernetesObject): Readiness {
  if (textAt(object, 'spec', 'type') !== 'LoadBalancer') return { state: 'current', message: 'is stored' };
  if (listAt(object, 'status', 'loadBalancer', 'ingress').length > 0) {
    return { state: 'current', message: 'has an address' };
  }
  return { state: 'in_progress', message: 'waits for a load balancer address' };
}

/** Custom resources say how they are in a Ready condition; one that has no conditions at all asks for nothing. */
function customResource(object: KubernetesObject): Readiness {
  const stalled = condition(object, 'Stalled');
  if (stalled?.status === 'True') return { state: 'failed', message: stalled.message || 'is stalled' };
  const ready = condition(object, 'Ready');
  if (ready === undefined) return { state: 'current', message: 'has no Ready condition' };
  if (ready.status === 'True') return { state: 'current', message: ready.message || 'is ready' };
  return { state: 'in_progress', message: ready.message || ready.reason || 'is not ready' };
}

interface Condition {
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

function condition(object: KubernetesObject, type: string): Condition | undefined {
  const found = listAt(object, 'status', 'conditions').find((entry) => textAt(entry, 'type') === type);
  if (found === undefined) return undefined;
  return {
    status: textAt(found, 'status') ?? 'Unknown',
    reason: textAt(found, 'reason') ?? '',
    message: textAt(found, 'message') ?? '',
  };
}
