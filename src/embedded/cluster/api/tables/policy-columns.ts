import { itemsAt, numberAt, stringAt, textAt, valueAt } from '../../store/fields.js';
import type { KubeObject } from '../../store/kube-object.js';
import { AGE, count, NAME, text, wide, type Column } from './column.js';

const CREATED: Column = text('Created At', (object) => object.metadata.creationTimestamp);

function roleRef(binding: KubeObject): string {
  return `${stringAt(binding, 'roleRef', 'kind')}/${stringAt(binding, 'roleRef', 'name')}`;
}

function subjects(kind: string): (binding: KubeObject) => string {
  return (binding) =>
    itemsAt(binding, 'subjects')
      .filter((subject) => stringAt(subject, 'kind') === kind)
      .map((subject) => {
        const namespace = stringAt(subject, 'namespace');
        return `${namespace === undefined ? '' : `${namespace}/`}${stringAt(subject, 'name') ?? ''}`;
      })
      .join(', ');
}

const BINDING: readonly Column[] = [
  NAME,
  text('Role', roleRef),
  AGE,
  wide(text('Users', subjects('User'))),
  wide(text('Groups', subjects('Group'))),
  wide(text('ServiceAccounts', subjects('ServiceAccount'))),
];

function budget(name: string, member: string): Column {
  return text(name, (object) => textAt(object, 'spec', member) ?? 'N/A');
}

function scaleTarget(scaler: KubeObject): string {
  return `${stringAt(scaler, 'spec', 'scaleTargetRef', 'kind')}/${stringAt(scaler, 'spec', 'scaleTargetRef', 'name')}`;
}

function targets(scaler: KubeObject): string {
  const current = itemsAt(scaler, 'status', 'currentMetrics');
  const texts = itemsAt(scaler, 'spec', 'metrics').map((metric, index) => {
    const name = stringAt(metric, 'resource', 'name') ?? stringAt(metric, 'type') ?? '';
    const wanted = numberAt(metric, 'resource', 'target', 'averageUtilization');
    const seen = numberAt(current[index], 'resource', 'current', 'averageUtilization');
    if (wanted !== undefined) return `${name}: ${seen === undefined ? '<unknown>' : `${seen}%`}/${wanted}%`;
    return `${name}: <unknown>/${stringAt(metric, 'resource', 'target', 'averageValue') ?? '<auto>'}`;
  });
  return texts.length === 0 ? '<none>' : texts.join(', ');
}

/** Columns of roles, budgets, scalers and what storage and scheduling choose by, by store key. */
export const POLICY_COLUMNS: Readonly<Record<string, readonly Column[]>> = {
  'rbac.authorization.k8s.io/roles': [NAME, CREATED],
  'rbac.authorization.k8s.io/clusterroles': [NAME, CREATED],
  'rbac.authorization.k8s.io/rolebindings': BINDING,
  'rbac.authorization.k8s.io/clusterrolebindings': BINDING,
  'policy/poddisruptionbudgets': [
    NAME,
    budget('Min Available', 'minAvailable'),
    budget('Max Unavailable', 'maxUnavailable'),
    count('Allowed Disruptions', (object) => numberAt(object, 'status', 'disruptionsAllowed') ?? 0),
    AGE,
  ],
  'autoscaling/horizontalpodautoscalers': [
    NAME,
    text('Reference', scaleTarget),
    text('Targets', targets),
    text('MinPods', (object) => String(numberAt(object, 'spec', 'minReplicas') ?? '<unset>')),
    count('MaxPods', (object) => numberAt(object, 'spec', 'maxReplicas') ?? 0),
    count('Replicas', (object) => numberAt(object, 'status', 'currentReplicas') ?? 0),
    AGE,
  ],
  'storage.k8s.io/storageclasses': [
    {
      ...NAME,
      cell: ({ metadata }) =>
        metadata.annotations?.['storageclass.kubernetes.io/is-default-class'] === 'true'
          ? `${metadata.name} (default)`
          : metadata.name,
    },
    text('Provisioner', (object) => stringAt(object, 'provisioner') ?? ''),
    text('ReclaimPolicy', (object) => stringAt(object, 'reclaimPolicy') ?? 'Delete'),
    text('VolumeBindingMode', (object) => stringAt(object, 'volumeBindingMode') ?? 'Immediate'),
    text('AllowVolumeExpansion', (object) => String(valueAt(object, 'allowVolumeExpansion') === true)),
    AGE,
  ],
  'scheduling.k8s.io/priorityclasses': [
    NAME,
    count('Value', (object) => numberAt(object, 'value') ?? 0),
    text('Global-Default', (object) => String(valueAt(object, 'globalDefault') === true)),
    AGE,
    text('PreemptionPolicy', (object) => stringAt(object, 'preemptionPolicy') ?? 'PreemptLowerPriority'),
  ],
  'coordination.k8s.io/leases': [
    NAME,
    text('Holder', (object) => stringAt(object, 'spec', 'holderIdentity') ?? ''),
    AGE,
  ],
};
