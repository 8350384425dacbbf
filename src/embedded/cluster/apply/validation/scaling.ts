import { isObject, type JsonObject } from '../json.js';
import { type Check, checkAtMostAll, checkCountOrPercent, itemsAt, partOf, requireText, textOf } from './checks.js';
import { fieldForbidden, fieldInvalid, fieldNotSupported, fieldRequired, type FieldFault } from './fault.js';
import { checkSelector } from './metadata.js';

const METRICS: Readonly<Record<string, string>> = {
  ContainerResource: 'containerResource',
  External: 'external',
  Object: 'object',
  Pods: 'pods',
  Resource: 'resource',
};
const TARGETS = ['AverageValue', 'Utilization', 'Value'];

/** A HorizontalPodAutoscaler, autoscaling/v2. */
export const checkScaler: Check = (object, _at, faults) => {
  const spec = partOf(object, 'spec');
  const { minReplicas = 1, maxReplicas = 0 } = spec;
  if (typeof minReplicas === 'number' && minReplicas < 1) {
    faults.push(fieldInvalid('spec.minReplicas', minReplicas, 'must be greater than or equal to 1'));
  }
  if (typeof maxReplicas === 'number' && maxReplicas < 1) {
    faults.push(fieldInvalid('spec.maxReplicas', maxReplicas, 'must be greater than 0'));
  }
  if (typeof minReplicas === 'number' && typeof maxReplicas === 'number' && maxReplicas < minReplicas) {
    faults.push(fieldInvalid('spec.maxReplicas', maxReplicas, 'must be greater than or equal to `minReplicas`'));
  }
  const target = partOf(spec, 'scaleTargetRef');
  requireText(target, 'kind', 'spec.scaleTargetRef', faults);
  requireText(target, 'name', 'spec.scaleTargetRef', faults);
  for (const { item, path } of itemsAt(spec, 'metrics', 'spec')) checkMetric(item, path, faults);
};

function checkMetric(metric: JsonObject, at: string, faults: FieldFault[]): void {
  const type = textOf(metric, 'type');
  const member = METRICS[type];
  if (type === '') faults.push(fieldRequired(`${at}.type`, 'must specify a metric source type'));
  else if (member === undefined) faults.push(fieldNotSupported(`${at}.type`, type, Object.keys(METRICS)));
  else if (!isObject(metric[member])) {
    const why = `must populate information for the given metric source`;
    faults.push(fieldRequired(`${at}.${member}`, why));
  } else checkSource(partOf(metric, member), member, `${at}.${member}`, faults);
}

function checkSource(source: JsonObject, member: string, at: string, faults: FieldFault[]): void {
  if (member === 'resource' || member === 'containerResource') {
    requireText(source, 'name', at, faults, 'must specify a resource name');
  } else requireText(partOf(source, 'metric'), 'name', `${at}.metric`, faults, 'must specify a metric name');
  const { target } = source;
  if (!isObject(target)) {
    faults.push(fieldRequired(`${at}.target`, 'must specify a metric target'));
    return;
  }
  const type = textOf(target, 'type');
  if (type === '') faults.push(fieldRequired(`${at}.target.type`, 'must specify a metric target type'));
  else if (!TARGETS.includes(type)) {
    faults.push(fieldInvalid(`${at}.target.type`, type, 'must be either Utilization, Value, or AverageValue'));
  }
  checkTarget(target, member, `${at}.target`, faults);
}

function checkTarget(target: JsonObject, member: string, at: string, faults: FieldFault[]): void {
  const { averageUtilization } = target;
  if (typeof averageUtilization === 'number' && averageUtilization < 1) {
    faults.push(fieldInvalid(`${at}.averageUtilization`, averageUtilization, 'must be greater than 0'));
  }
  if (member !== 'resource' && member !== 'containerResource') return;
  const values = [averageUtilization, target['averageValue']].filter((value) => value !== undefined).length;
  if (values === 0) {
    const why = 'must set either a target raw value or a target utilization';
    faults.push(fieldRequired(`${at}.averageUtilization`, why));
  } else if (values === 2) {
    const why = 'may not set both a target raw value and a target utilization';
    faults.push(fieldForbidden(`${at}.averageValue`, why));
  }
}

/** A PodDisruptionBudget. */
export const checkBudget: Check = (object, _at, faults) => {
  const spec = partOf(object, 'spec');
  if (spec['minAvailable'] !== undefined && spec['maxUnavailable'] !== undefined) {
    faults.push(fieldInvalid('spec', spec, 'minAvailable and maxUnavailable cannot be both set'));
  }
  for (const member of ['minAvailable', 'maxUnavailable']) {
    checkCountOrPercent(spec, member, 'spec', faults);
    checkAtMostAll(spec, member, 'spec', faults);
  }
  checkSelector(partOf(spec, 'selector'), 'spec.selector', faults);
};
