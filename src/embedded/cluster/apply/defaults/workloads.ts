import { isEmptyObject, isObject, type JsonObject, objectAt } from '../json.js';
import { all, type Default, deep, each, fill, within } from './fill.js';
import { podTemplate } from './pod-spec.js';
import { claim } from './volumes.js';

const ROLLING = 'RollingUpdate';

/** Fills in a strategy's type, and the parameters of a rolling update if it is one. */
function strategy(member: string, parameters: JsonObject): Default {
  return (spec) => {
    const filled = fill(objectAt(spec, member) ?? {}, { type: ROLLING });
    const rolling = filled['type'] === ROLLING;
    const next = rolling
      ? within(fill(filled, { rollingUpdate: {} }), 'rollingUpdate', (r) => fill(r, parameters))
      : filled;
    return next === spec[member] ? spec : { ...spec, [member]: next };
  };
}

/** A stateful set that names its strategy but no parameters gets none. */
const statefulStrategy: Default = (spec) => {
  const named = objectAt(spec, 'updateStrategy', 'rollingUpdate');
  const typed = objectAt(spec, 'updateStrategy')?.['type'] !== undefined;
  return typed && named === undefined ? spec : strategy('updateStrategy', { partition: 0 })(spec);
};

const deploymentSpec = all(
  (spec) => fill(spec, { progressDeadlineSeconds: 600, replicas: 1, revisionHistoryLimit: 10 }),
  strategy('strategy', { maxSurge: '25%', maxUnavailable: '25%' }),
  podTemplate,
);

/** Claim templates that are whole already stay the very same list. */
const claimTemplates: Default = (spec) =>
  each(spec, 'volumeClaimTemplates', (template) => {
    const whole = template['apiVersion'] !== undefined && template['kind'] !== undefined;
    return whole ? claim(template) : claim({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', ...template });
  });

const statefulSetSpec = all(
  (spec) =>
    fill(spec, {
      persistentVolumeClaimRetentionPolicy: {},
      podManagementPolicy: 'OrderedReady',
      replicas: 1,
      revisionHistoryLimit: 10,
    }),
  (spec) =>
    within(spec, 'persistentVolumeClaimRetentionPolicy', (policy) =>
      fill(policy, { whenDeleted: 'Retain', whenScaled: 'Retain' }),
    ),
  statefulStrategy,
  podTemplate,
  claimTemplates,
);

const daemonSetSpec = all(
  (spec) => fill(spec, { revisionHistoryLimit: 10 }),
  strategy('updateStrategy', { maxSurge: 0, maxUnavailable: 1 }),
  podTemplate,
);

const jobSpec = all((spec) => {
  const counted = spec['completions'] === undefined && spec['parallelism'] === undefined ? { completions: 1 } : {};
  const perIndex = spec['backoffLimitPerIndex'] !== undefined;
  return fill(spec, {
    backoffLimit: perIndex ? 2 ** 31 - 1 : 6,
    completionMode: 'NonIndexed',
    ...counted,
    manualSelector: false,
    parallelism: 1,
    podReplacementPolicy: spec['podFailurePolicy'] === undefined ? 'TerminatingOrFailed' : 'Failed',
    suspend: false,
  });
}, podTemplate);

/** A job without labels takes those of its pods. */
const jobLabels: Default = (object) => {
  const labels = objectAt(object, 'spec', 'template', 'metadata', 'labels');
  const own = objectAt(object, 'metadata', 'labels');
  if (labels === undefined || (own !== undefined && !isEmptyObject(own))) return object;
  return { ...object, metadata: { ...(isObject(object['metadata']) ? object['metadata'] : {}), labels } };
};

const cronJobSpec = all(
  (spec) =>
    fill(spec, {
      concurrencyPolicy: 'Allow',
      failedJobsHistoryLimit: 1,
      successfulJobsHistoryLimit: 3,
      suspend: false,
    }),
  deep(['jobTemplate', 'spec'], podTemplate),
);

const replicaSetSpec = all((spec) => fill(spec, { replicas: 1 }), podTemplate);

const controllerLabels: Default = (object) => {
  const labels = objectAt(object, 'spec', 'template', 'metadata', 'labels');
  return labels === undefined ? object : jobLabels(within(object, 'spec', (spec) => fill(spec, { selector: labels })));
};

/** Defaults of kinds that run pods, by apiVersion and kind. */
export const WORKLOADS: Readonly<Record<string, Default>> = {
  'apps/v1/Deployment': deep(['spec'], deploymentSpec),
  'apps/v1/StatefulSet': deep(['spec'], statefulSetSpec),
  'apps/v1/DaemonSet': deep(['spec'], daemonSetSpec),
  'apps/v1/ReplicaSet': deep(['spec'], replicaSetSpec),
  'batch/v1/Job': all(deep(['spec'], jobSpec), jobLabels),
  'batch/v1/CronJob': deep(['spec'], cronJobSpec),
  'v1/PodTemplate': podTemplate,
  'v1/ReplicationController': all(deep(['spec'], replicaSetSpec), controllerLabels),
};
