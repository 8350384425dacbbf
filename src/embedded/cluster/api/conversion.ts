import { fieldsAt, isFields, itemsAt, stringAt, valueAt } from '../store/fields.js';
import type { KubeObject } from '../store/kube-object.js';

/** Moves members to other names; what is not named stays. */
function renamed(object: KubeObject, apiVersion: string, names: Readonly<Record<string, string>>): KubeObject {
  const moved: KubeObject = { apiVersion, kind: object.kind, metadata: object.metadata };
  for (const [member, value] of Object.entries(object)) {
    if (member !== 'apiVersion' && value !== undefined) moved[names[member] ?? member] = value;
  }
  return moved;
}

const EVENT_NAMES = {
  regarding: 'involvedObject',
  note: 'message',
  reportingController: 'reportingComponent',
  deprecatedSource: 'source',
  deprecatedFirstTimestamp: 'firstTimestamp',
  deprecatedLastTimestamp: 'lastTimestamp',
  deprecatedCount: 'count',
} as const;

const CORE_EVENT_NAMES = Object.fromEntries(Object.entries(EVENT_NAMES).map(([name, core]) => [core, name]));

/** events.k8s.io/v1 Event to the v1 Event that is stored. */
export function eventToV1(event: KubeObject): KubeObject {
  return renamed(event, 'v1', EVENT_NAMES);
}

/** A stored v1 Event as events.k8s.io/v1 shows it. */
export function eventFromV1(event: KubeObject): KubeObject {
  return renamed(event, 'events.k8s.io/v1', CORE_EVENT_NAMES);
}

function cpuTarget(percentage: unknown): Record<string, unknown> {
  return {
    type: 'Resource',
    resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: percentage } },
  };
}

function isCpu(metric: unknown): boolean {
  return stringAt(metric, 'type') === 'Resource' && stringAt(metric, 'resource', 'name') === 'cpu';
}

/** autoscaling/v1 HorizontalPodAutoscaler to the v2 one that is stored. */
export function scalerToV2(scaler: KubeObject): KubeObject {
  const { targetCPUUtilizationPercentage, ...spec } = fieldsAt(scaler, 'spec');
  const metrics = targetCPUUtilizationPercentage === undefined ? [] : [cpuTarget(targetCPUUtilizationPercentage)];
  return { ...scaler, apiVersion: 'autoscaling/v2', spec: metrics.length === 0 ? spec : { ...spec, metrics } };
}

/** A stored HorizontalPodAutoscaler as autoscaling/v1 shows it: other metrics than CPU are left out. */
export function scalerFromV2(scaler: KubeObject): KubeObject {
  const { metrics: _metrics, behavior: _behavior, ...spec } = fieldsAt(scaler, 'spec');
  const wanted = valueAt(itemsAt(scaler, 'spec', 'metrics').find(isCpu), 'resource', 'target', 'averageUtilization');
  const { currentMetrics: _current, conditions: _conditions, ...status } = fieldsAt(scaler, 'status');
  const seen = valueAt(
    itemsAt(scaler, 'status', 'currentMetrics').find(isCpu),
    'resource',
    'current',
    'averageUtilization',
  );
  const shown: KubeObject = {
    ...scaler,
    apiVersion: 'autoscaling/v1',
    spec: wanted === undefined ? spec : { ...spec, targetCPUUtilizationPercentage: wanted },
  };
  if (isFields(scaler['status'])) {
    shown['status'] = seen === undefined ? status : { ...status, currentCPUUtilizationPercentage: seen };
  }
  return shown;
}
