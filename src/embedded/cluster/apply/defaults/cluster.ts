import { isObject, listAt, objectAt, sameJson, textAt, withValueAt } from '../json.js';
import { all, type Default, deep, each, fill, within } from './fill.js';

const RBAC = 'rbac.authorization.k8s.io';
const NAME_LABEL = 'kubernetes.io/metadata.name';

const namespace: Default = (object) => {
  const name = textAt(object, 'metadata', 'name');
  const filled = within(fill(object, { status: {} }), 'status', (status) => fill(status, { phase: 'Active' }));
  if (name === undefined || objectAt(filled, 'metadata', 'labels')?.[NAME_LABEL] === name) return filled;
  return withValueAt(filled, ['metadata', 'labels', NAME_LABEL], name);
};

/** Limits of containers follow from each other: a maximum is the default, which is the request, and a minimum is one too. */
const limit: Default = (item) => {
  if (item['type'] !== 'Container') return item;
  const { max, min } = item;
  const defaults = fill(objectAt(item, 'default') ?? {}, isObject(max) ? max : {});
  const asked = fill(objectAt(item, 'defaultRequest') ?? {}, { ...(isObject(min) ? min : {}), ...defaults });
  if (sameJson(defaults, item['default'] ?? {}) && sameJson(asked, item['defaultRequest'] ?? {})) return item;
  return { ...item, default: defaults, defaultRequest: asked };
};

const roleBinding: Default = (binding) =>
  each(
    within(binding, 'roleRef', (reference) => fill(reference, { apiGroup: RBAC })),
    'subjects',
    (subject) => (subject['kind'] === 'ServiceAccount' ? subject : fill(subject, { apiGroup: RBAC })),
  );

const PERIOD = 15;
const SCALE_UP = {
  policies: [
    { type: 'Pods', value: 4, periodSeconds: PERIOD },
    { type: 'Percent', value: 100, periodSeconds: PERIOD },
  ],
  selectPolicy: 'Max',
  stabilizationWindowSeconds: 0,
};
const SCALE_DOWN = { policies: [{ type: 'Percent', value: 100, periodSeconds: PERIOD }], selectPolicy: 'Max' };

const DEFAULT_METRIC = {
  type: 'Resource',
  resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } },
};

const scalerSpec = all(
  (spec) =>
    fill(spec, { minReplicas: 1, ...(listAt(spec, 'metrics').length === 0 ? { metrics: [DEFAULT_METRIC] } : {}) }),
  deep(
    ['behavior'],
    all(
      (behavior) => fill(behavior, { scaleUp: {}, scaleDown: {} }),
      deep(['scaleUp'], (rules) => fill(rules, SCALE_UP)),
      deep(['scaleDown'], (rules) => fill(rules, SCALE_DOWN)),
    ),
  ),
);

const nodeStatus: Default = (status) =>
  isObject(status['capacity']) ? fill(status, { allocatable: status['capacity'] }) : status;

/** Defaults of the kinds that are neither workloads nor traffic, by apiVersion and kind. */
export const CLUSTER: Readonly<Record<string, Default>> = {
  'v1/Namespace': namespace,
  'v1/Node': deep(['status'], nodeStatus),
  'v1/Secret': (secret) => fill(secret, { type: 'Opaque' }),
  'v1/LimitRange': deep(['spec'], (spec) => each(spec, 'limits', limit)),
  [`${RBAC}/v1/RoleBinding`]: roleBinding,
  [`${RBAC}/v1/ClusterRoleBinding`]: roleBinding,
  'autoscaling/v2/HorizontalPodAutoscaler': deep(['spec'], scalerSpec),
  'autoscaling/v1/HorizontalPodAutoscaler': deep(['spec'], (spec) => fill(spec, { minReplicas: 1 })),
  'storage.k8s.io/v1/StorageClass': (storage) =>
    fill(storage, { reclaimPolicy: 'Delete', volumeBindingMode: 'Immediate' }),
  'scheduling.k8s.io/v1/PriorityClass': (priority) => fill(priority, { preemptionPolicy: 'PreemptLowerPriority' }),
};
