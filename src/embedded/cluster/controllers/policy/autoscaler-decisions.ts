import { fieldsAt, numberAt, stringAt } from '../../store/fields.js';
import { withCondition } from '../conditions.js';
import type { Condition } from '../common-kinds.js';
import type { Autoscaler } from '../kinds.js';
import { parseQuantity } from '../numbers.js';
import type { Pod } from '../pod-kinds.js';

const DESIRED_ANNOTATION = 'embedded.tenantry.io/desired-replicas';

/** What the metrics say: a reading for each metric, or why there is none. */
export type Reading = { kind: 'read'; metrics: readonly object[] } | { kind: 'failed'; message: string };

/** Reads the resource metrics of an autoscaler over its target's running pods. Load is steady, so it is on target. */
export function readMetrics({ spec }: Autoscaler, pods: readonly Pod[]): Reading {
  const cpu = { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } };
  const metrics: object[] = [];
  for (const metric of spec.metrics ?? [cpu]) {
    const name = stringAt(metric, 'resource', 'name');
    if (name === undefined) continue;
    const utilization = numberAt(metric, 'resource', 'target', 'averageUtilization');
    const failure = utilization === undefined ? undefined : missingRequest(name, pods);
    const about = utilization === undefined ? `${name} resource` : `${name} utilization`;
    if (failure !== undefined) return { kind: 'failed', message: `failed to get ${about}: ${failure}` };
    if (pods.length === 0) return { kind: 'failed', message: `failed to get ${about}: ${noMetrics(name)}` };
    metrics.push({ type: 'Resource', resource: { name, current: current(metric, name, utilization, pods) } });
  }
  return { kind: 'read', metrics };
}

function current(metric: object, name: string, utilization: number | undefined, pods: readonly Pod[]) {
  if (utilization === undefined) return { averageValue: fieldsAt(metric, 'resource', 'target')['averageValue'] };
  return { averageUtilization: utilization, averageValue: averageValue(name, pods, utilization) };
}

function averageValue(name: string, pods: readonly Pod[], utilization: number): string {
  const total = pods
    .flatMap(({ spec }) => spec.containers)
    .reduce((sum, { resources }) => sum + parseQuantity(resources?.requests?.[name] ?? resources?.limits?.[name]), 0);
  const average = (total * utilization) / 100 / Math.max(1, pods.length);
  return name === 'memory' ? String(Math.round(average)) : `${Math.round(average * 1000)}m`;
}

function missingRequest(name: string, pods: readonly Pod[]): string | undefined {
  for (const pod of pods) {
    const without = pod.spec.containers.find(
      ({ resources }) => parseQuantity(resources?.requests?.[name] ?? resources?.limits?.[name]) === 0,
    );
    if (without !== undefined)
      return `missing request for ${name} in container ${without.name} of Pod ${pod.metadata.name}`;
  }
  return undefined;
}

function noMetrics(name: string): string {
  return `unable to get metrics for resource ${name}: no metrics returned from resource metrics API`;
}

/** How many replicas there should be, and whether a bound kept it from being otherwise. */
export function desiredReplicas({ spec, metadata }: Autoscaler, replicas: number) {
  const asked = Number(metadata.annotations?.[DESIRED_ANNOTATION] ?? replicas);
  const minimum = spec.minReplicas ?? 1;
  const wish = Number.isFinite(asked) ? asked : replicas;
  const desired = Math.min(spec.maxReplicas, Math.max(minimum, wish));
  return { desired, limit: wish < minimum ? 'low' : wish > spec.maxReplicas ? 'high' : 'none' } as const;
}

interface Scaling {
  readonly before: number;
  readonly desired: number;
  readonly limit: 'low' | 'high' | 'none';
  readonly reading: Reading;
}

/** The three conditions of an autoscaler that found its target. `now` is RFC 3339. */
export function scalingConditions(
  before: readonly Condition[] | undefined,
  scaling: Scaling,
  now: string,
): Condition[] {
  const told = [ableToScale(scaling), scalingActive(scaling), scalingLimited(scaling)];
  const known = (before ?? []).filter(({ type }) => told.some((condition) => condition?.type === type));
  return [
    ...told.reduce<readonly Condition[]>(
      (all, condition) => (condition === undefined ? all : withCondition(all, condition, now)),
      known,
    ),
  ];
}

function ableToScale({ before, desired }: Scaling): Condition {
  if (before === desired) {
    return {
      type: 'AbleToScale',
      status: 'True',
      reason: 'ReadyForNewScale',
      message: 'recommended size matches current size',
    };
  }
  const message = `the HPA controller was able to update the target scale to ${desired}`;
  return { type: 'AbleToScale', status: 'True', reason: 'SucceededRescale', message };
}

function scalingActive({ before, reading }: Scaling): Condition {
  const type = 'ScalingActive';
  if (before === 0) {
    const message = 'scaling is disabled since the replica count of the target is zero';
    return { type, status: 'False', reason: 'ScalingDisabled', message };
  }
  if (reading.kind === 'failed') {
    const message = `the HPA was unable to compute the replica count: ${reading.message}`;
    return { type, status: 'False', reason: 'FailedGetResourceMetric', message };
  }
  const message =
    'the HPA was able to successfully calculate a replica count from cpu resource utilization (percentage of request)';
  return { type, status: 'True', reason: 'ValidMetricFound', message };
}

function scalingLimited({ before, limit, reading }: Scaling): Condition | undefined {
  const type = 'ScalingLimited';
  if (before === 0 || (reading.kind === 'failed' && limit === 'none')) return undefined;
  if (limit === 'low') {
    const message = 'the desired replica count is less than the minimum replica count';
    return { type, status: 'True', reason: 'TooFewReplicas', message };
  }
  if (limit === 'high') {
    const message = 'the desired replica count is more than the maximum replica count';
    return { type, status: 'True', reason: 'TooManyReplicas', message };
  }
  return {
    type,
    status: 'False',
    reason: 'DesiredWithinRange',
    message: 'the desired count is within the acceptable range',
  };
}
