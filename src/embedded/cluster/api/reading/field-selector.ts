import { textAt } from '../../store/fields.js';
import type { KubeObject } from '../../store/kube-object.js';
import { badRequest } from '../../store/status-error.js';

export type FieldPredicate = (object: KubeObject) => boolean;

const EVENT_FIELDS = [
  'involvedObject.kind',
  'involvedObject.namespace',
  'involvedObject.name',
  'involvedObject.uid',
  'involvedObject.apiVersion',
  'involvedObject.resourceVersion',
  'involvedObject.fieldPath',
  'reason',
  'reportingComponent',
  'source',
  'type',
];

/** The fields each type can be selected by, besides its name and namespace. */
const SELECTABLE: Readonly<Record<string, readonly string[]>> = {
  '/pods': [
    'spec.nodeName',
    'spec.restartPolicy',
    'spec.schedulerName',
    'spec.serviceAccountName',
    'spec.hostNetwork',
    'status.phase',
    'status.podIP',
    'status.nominatedNodeName',
  ],
  '/events': EVENT_FIELDS,
  '/secrets': ['type'],
  '/services': ['spec.clusterIP', 'spec.type'],
  '/namespaces': ['status.phase'],
  '/nodes': ['spec.unschedulable'],
  '/replicationcontrollers': ['status.replicas'],
  'apps/replicasets': ['status.replicas'],
  'batch/jobs': ['status.successful'],
};

/** Other places of the same thing, and what an absent value counts as. */
const PATHS: Readonly<Record<string, string>> = { source: 'source.component', 'status.successful': 'status.succeeded' };
const ABSENT: Readonly<Record<string, string>> = {
  'spec.hostNetwork': 'false',
  'spec.unschedulable': 'false',
  'status.replicas': '0',
  'status.successful': '0',
};

/** Parses `metadata.name=a,status.phase!=Running`. Undefined when empty; 400 on fields that cannot be selected by. */
export function parseFieldSelector(key: string, text: string): FieldPredicate | undefined {
  const terms = text.split(',').filter((term) => term !== '');
  if (terms.length === 0) return undefined;
  const predicates = terms.map((term) => parseTerm(key, term));
  return (object) => predicates.every((matches) => matches(object));
}

/** The name in a selector that can match one object only. */
export function nameInFieldSelector(text: string): string | undefined {
  return /(?:^|,)metadata\.name==?([^,!=]+)(?:$|,)/.exec(text)?.[1];
}

function parseTerm(key: string, term: string): FieldPredicate {
  const match = /^([^=!]+)(==|=|!=)(.*)$/.exec(term);
  if (match === null)
    throw badRequest(`invalid field selector: invalid selector: '${term}'; can't understand '${term}'`);
  const [, field = '', operator, wanted = ''] = match;
  if (field !== 'metadata.name' && field !== 'metadata.namespace' && !SELECTABLE[key]?.includes(field)) {
    throw badRequest(`field label not supported: ${field}`);
  }
  const path = (PATHS[field] ?? field).split('.');
  const equal = operator !== '!=';
  return (object) => ((textAt(object, ...path) ?? ABSENT[field] ?? '') === wanted) === equal;
}
