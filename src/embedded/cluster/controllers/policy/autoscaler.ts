import { trackUpdate } from '../../apply/track-update.js';
import { fieldsAt, isFields, numberAt, valueAt } from '../../store/fields.js';
import type { KubeObject } from '../../store/kube-object.js';
import type { StoreEvent } from '../../store/object-store.js';
import { keyOfObject } from '../../store/resource-types.js';
import type { Context } from '../context.js';
import { idOf, itself, type Controller, type Enqueue, type ObjectId } from '../controller.js';
import type { LabelSelector } from '../common-kinds.js';
import type { Autoscaler } from '../kinds.js';
import { isTerminating } from '../ownership.js';
import type { Pod } from '../pod-kinds.js';
import { selects } from '../selectors.js';
import { desiredReplicas, readMetrics, scalingConditions } from './autoscaler-decisions.js';

const KEY = 'autoscaling/horizontalpodautoscalers';
const SOURCE = 'horizontal-pod-autoscaler';

/** Reports on what an autoscaler's target uses, and keeps its size within the bounds and at the asked one. */
export class AutoscalerController implements Controller {
  readonly name = SOURCE;
  readonly watches: Controller['watches'] = {
    [KEY]: itself,
    'apps/deployments': (event, enqueue) => this.targetChanged(event, enqueue),
    'apps/statefulsets': (event, enqueue) => this.targetChanged(event, enqueue),
    'apps/replicasets': (event, enqueue) => this.targetChanged(event, enqueue),
  };

  constructor(private readonly context: Context) {}

  reconcile({ namespace, name }: ObjectId): void {
    const scaler = this.context.view.get(KEY, namespace, name);
    if (scaler === undefined || isTerminating(scaler)) return;
    const key = this.keyOfTarget(scaler);
    const target =
      key === undefined ? undefined : this.context.view.store.get(key, namespace, scaler.spec.scaleTargetRef.name);
    if (key === undefined || target === undefined) this.tellMissing(scaler, key);
    else this.scale(scaler, key, target);
  }

  private keyOfTarget({ spec }: Autoscaler): string | undefined {
    const { apiVersion = 'apps/v1', kind } = spec.scaleTargetRef;
    return keyOfObject({ apiVersion, kind });
  }

  private tellMissing(scaler: Autoscaler, key: string | undefined): void {
    const { view, clock, events } = this.context;
    const [group = '', resource = scaler.spec.scaleTargetRef.kind] = (key ?? '').split('/');
    const reason = 'FailedGetScale';
    const error = `${resource}.${group} "${scaler.spec.scaleTargetRef.name}" not found`;
    const message = `the HPA controller was unable to get the target's current scale: ${error}`;
    const now = clock.timestamp();
    const known = scaler.status?.conditions?.find((one) => one.reason === reason && one.message === message);
    const condition = {
      type: 'AbleToScale',
      status: 'False',
      reason,
      message,
      lastTransitionTime: known?.lastTransitionTime ?? now,
    };
    view.setStatus(KEY, scaler, { ...scaler.status, currentReplicas: 0, desiredReplicas: 0, conditions: [condition] });
    if (known === undefined) events.record(SOURCE, scaler, { type: 'Warning', reason, message: error });
  }

  private scale(scaler: Autoscaler, key: string, target: KubeObject): void {
    const { view, clock, events } = this.context;
    const before = numberAt(target, 'spec', 'replicas') ?? 1;
    const reading = readMetrics(scaler, this.podsOf(target));
    const wish = before === 0 ? { desired: 0, limit: 'none' as const } : desiredReplicas(scaler, before);
    const desired = reading.kind === 'failed' && wish.limit === 'none' ? before : wish.desired;
    const now = clock.timestamp();
    if (desired !== before) this.resize(key, target, desired, now);
    const scaling = { before, desired, limit: wish.limit, reading };
    view.setStatus(KEY, scaler, {
      ...scaler.status,
      currentReplicas: numberAt(target, 'status', 'replicas') ?? 0,
      desiredReplicas: desired,
      ...(reading.kind === 'read' && before > 0 ? { currentMetrics: reading.metrics } : { currentMetrics: null }),
      conditions: scalingConditions(scaler.status?.conditions, scaling, now),
      ...(desired === before ? {} : { lastScaleTime: now }),
    });
    if (desired !== before) this.tellResized(scaler, before, desired, wish.limit);
    if (reading.kind === 'failed' && before > 0) {
      events.record(SOURCE, scaler, { type: 'Warning', reason: 'FailedGetResourceMetric', message: reading.message });
    }
  }

  /** As the real one through the scale subresource: the replicas then belong to kube-controller-manager. */
  private resize(key: string, target: KubeObject, replicas: number, time: string): void {
    const updated: KubeObject = { ...target, spec: { ...fieldsAt(target, 'spec'), replicas } };
    const { apiVersion, kind } = target;
    const manager = 'kube-controller-manager';
    const tracked = trackUpdate({ apiVersion, kind, live: target, updated, manager, subresource: 'scale', time });
    this.context.view.store.update(key, isKubeObject(tracked) ? tracked : updated);
  }

  private tellResized(scaler: Autoscaler, before: number, desired: number, limit: 'low' | 'high' | 'none'): void {
    const why = {
      low: 'Current number of replicas below Spec.MinReplicas',
      high: 'Current number of replicas above Spec.MaxReplicas',
      none:
        desired > before ? 'cpu resource utilization (percentage of request) above target' : 'All metrics below target',
    }[limit];
    const message = `New size: ${desired}; reason: ${why}`;
    this.context.events.record(SOURCE, scaler, { type: 'Normal', reason: 'SuccessfulRescale', message });
  }

  private podsOf(target: KubeObject): Pod[] {
    const selector = valueAt(target, 'spec', 'selector');
    const pods = this.context.view.list('/pods', target.metadata.namespace);
    return pods.filter((pod) => {
      const running = pod.status?.phase === 'Running' && !isTerminating(pod);
      return running && isSelector(selector) && selects(selector, pod.metadata.labels);
    });
  }

  private targetChanged({ type, object, previous }: StoreEvent, enqueue: Enqueue): void {
    if (type === 'MODIFIED' && facts(object) === facts(previous)) return;
    for (const scaler of this.context.view.list(KEY, object.metadata.namespace)) {
      const { kind, name } = scaler.spec.scaleTargetRef;
      if (kind === object.kind && name === object.metadata.name) enqueue(idOf(scaler));
    }
  }
}

/** All of a target that an autoscaler reacts to. */
function facts(target: KubeObject | undefined): string {
  const counts = [
    numberAt(target, 'spec', 'replicas'),
    numberAt(target, 'status', 'replicas'),
    numberAt(target, 'status', 'readyReplicas'),
  ];
  return counts.join(' ');
}

function isSelector(value: unknown): value is LabelSelector {
  return isFields(value);
}

function isKubeObject(value: unknown): value is KubeObject {
  return isFields(value) && typeof value['kind'] === 'string' && isFields(value['metadata']);
}
