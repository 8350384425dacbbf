import { itemsAt, numberAt, stringAt, stringsAt, valueAt } from '../../store/fields.js';
import type { KubeObject } from '../../store/kube-object.js';
import { AGE, count, labelText, NAME, text, wide, type Column } from './column.js';
import { ageOf, humanDuration } from './human-duration.js';
import { podReadiness, podRestarts, podStatus } from './pod-status.js';
import { selectorText } from './selector-text.js';

function containers(path: readonly string[], member: 'name' | 'image'): (object: KubeObject) => string {
  return (object) =>
    itemsAt(object, ...path, 'containers')
      .map((item) => stringAt(item, member) ?? '')
      .join(',');
}

const TEMPLATE = ['spec', 'template', 'spec'];
const CONTAINERS = wide(text('Containers', containers(TEMPLATE, 'name')));
const IMAGES = wide(text('Images', containers(TEMPLATE, 'image')));
const SELECTOR = wide(text('Selector', (object) => selectorText(object, 'spec', 'selector')));

function statusCount(name: string, member: string): Column {
  return count(name, (object) => numberAt(object, 'status', member) ?? 0);
}

function desired(object: KubeObject): number {
  return numberAt(object, 'spec', 'replicas') ?? 1;
}

function orNone(name: string, ...path: readonly string[]): Column {
  return wide(text(name, (object) => stringAt(object, ...path) || '<none>'));
}

const PODS: readonly Column[] = [
  NAME,
  text('Ready', podReadiness),
  text('Status', podStatus),
  text('Restarts', podRestarts),
  AGE,
  orNone('IP', 'status', 'podIP'),
  orNone('Node', 'spec', 'nodeName'),
  orNone('Nominated Node', 'status', 'nominatedNodeName'),
  wide(text('Readiness Gates', () => '<none>')),
];

const REPLICA_SETS: readonly Column[] = [
  NAME,
  count('Desired', desired),
  statusCount('Current', 'replicas'),
  statusCount('Ready', 'readyReplicas'),
  AGE,
  CONTAINERS,
  IMAGES,
  SELECTOR,
];

function jobStatus(job: KubeObject): string {
  const isTrue = (type: string) =>
    itemsAt(job, 'status', 'conditions').some(
      (condition) => stringAt(condition, 'type') === type && stringAt(condition, 'status') === 'True',
    );
  if (isTrue('Complete')) return 'Complete';
  if (isTrue('Failed')) return 'Failed';
  if (job.metadata.deletionTimestamp !== undefined) return 'Terminating';
  if (isTrue('Suspended')) return 'Suspended';
  if (isTrue('FailureTarget')) return 'FailureTarget';
  return isTrue('SuccessCriteriaMet') ? 'SuccessCriteriaMet' : 'Running';
}

function jobCompletions(job: KubeObject): string {
  const succeeded = numberAt(job, 'status', 'succeeded') ?? 0;
  const completions = numberAt(job, 'spec', 'completions');
  if (completions !== undefined) return `${succeeded}/${completions}`;
  const parallelism = numberAt(job, 'spec', 'parallelism') ?? 1;
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`;
}

function jobDuration(job: KubeObject, now: Date): string {
  const start = stringAt(job, 'status', 'startTime');
  if (start === undefined) return '';
  const end = stringAt(job, 'status', 'completionTime');
  return humanDuration(((end === undefined ? now.getTime() : Date.parse(end)) - Date.parse(start)) / 1000);
}

function nodeSelector(object: KubeObject): string {
  return labelText(stringsAt(object, ...TEMPLATE, 'nodeSelector'));
}

function lastSchedule(cronJob: KubeObject, now: Date): string {
  const last = stringAt(cronJob, 'status', 'lastScheduleTime');
  return last === undefined ? '<none>' : ageOf(last, now);
}

const CRON_TEMPLATE = ['spec', 'jobTemplate', 'spec', 'template', 'spec'];

/** Columns of the types that run pods, by store key. */
export const WORKLOAD_COLUMNS: Readonly<Record<string, readonly Column[]>> = {
  '/pods': PODS,
  'apps/deployments': [
    NAME,
    text('Ready', (object) => `${numberAt(object, 'status', 'readyReplicas') ?? 0}/${desired(object)}`),
    statusCount('Up-to-date', 'updatedReplicas'),
    statusCount('Available', 'availableReplicas'),
    AGE,
    CONTAINERS,
    IMAGES,
    SELECTOR,
  ],
  'apps/replicasets': REPLICA_SETS,
  '/replicationcontrollers': REPLICA_SETS,
  'apps/statefulsets': [
    NAME,
    text('Ready', (object) => `${numberAt(object, 'status', 'readyReplicas') ?? 0}/${desired(object)}`),
    AGE,
    CONTAINERS,
    IMAGES,
  ],
  'apps/daemonsets': [
    NAME,
    statusCount('Desired', 'desiredNumberScheduled'),
    statusCount('Current', 'currentNumberScheduled'),
    statusCount('Ready', 'numberReady'),
    statusCount('Up-to-date', 'updatedNumberScheduled'),
    statusCount('Available', 'numberAvailable'),
    text('Node Selector', nodeSelector),
    AGE,
    CONTAINERS,
    IMAGES,
    SELECTOR,
  ],
  'apps/controllerrevisions': [
    NAME,
    text('Controller', ({ metadata }) => {
      const owner = metadata.ownerReferences?.find(({ controller }) => controller === true);
      return owner === undefined ? '<none>' : `${owner.kind.toLowerCase()}.apps/${owner.name}`;
    }),
    count('Revision', (object) => numberAt(object, 'revision') ?? 0),
    AGE,
  ],
  'batch/jobs': [
    NAME,
    text('Status', jobStatus),
    text('Completions', jobCompletions),
    text('Duration', jobDuration),
    AGE,
    CONTAINERS,
    IMAGES,
    SELECTOR,
  ],
  'batch/cronjobs': [
    NAME,
    text('Schedule', (object) => stringAt(object, 'spec', 'schedule') ?? ''),
    text('Timezone', (object) => stringAt(object, 'spec', 'timeZone') ?? '<none>'),
    text('Suspend', (object) => (valueAt(object, 'spec', 'suspend') === true ? 'True' : 'False')),
    count('Active', (object) => itemsAt(object, 'status', 'active').length),
    text('Last Schedule', lastSchedule),
    AGE,
    wide(text('Containers', containers(CRON_TEMPLATE, 'name'))),
    wide(text('Images', containers(CRON_TEMPLATE, 'image'))),
    wide(text('Selector', () => '<none>')),
  ],
};
