import { isObject, type JsonObject } from '../json.js';
import { addInvalid, checkOneOf, itemsAt, partOf, textOf, textsOf } from './checks.js';
import { fieldInvalid, fieldNotSupported, fieldRequired, type FieldFault } from './fault.js';
import { checkLabels, checkSelector } from './metadata.js';
import { qualifiedNameFaults } from './names.js';

const EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];
const NODE_OPERATORS = ['In', 'NotIn', 'Exists', 'DoesNotExist', 'Gt', 'Lt'];
const REQUIRED = 'requiredDuringSchedulingIgnoredDuringExecution';
const PREFERRED = 'preferredDuringSchedulingIgnoredDuringExecution';

/** Where a pod may run: node labels, tolerations, affinity, spread. */
export function checkScheduling(spec: JsonObject, at: string, faults: FieldFault[]): void {
  checkLabels(partOf(spec, 'nodeSelector'), `${at}.nodeSelector`, faults);
  for (const { item, path } of itemsAt(spec, 'tolerations', at)) checkToleration(item, path, faults);
  for (const { item, path } of itemsAt(spec, 'topologySpreadConstraints', at)) checkSpread(item, path, faults);
  const affinity = partOf(spec, 'affinity');
  checkNodeAffinity(partOf(affinity, 'nodeAffinity'), `${at}.affinity.nodeAffinity`, faults);
  checkPodAffinity(partOf(affinity, 'podAffinity'), `${at}.affinity.podAffinity`, faults);
  checkPodAffinity(partOf(affinity, 'podAntiAffinity'), `${at}.affinity.podAntiAffinity`, faults);
}

function checkToleration(toleration: JsonObject, at: string, faults: FieldFault[]): void {
  const key = textOf(toleration, 'key');
  const operator = textOf(toleration, 'operator');
  const value = textOf(toleration, 'value');
  if (key !== '') addInvalid(faults, `${at}.key`, key, qualifiedNameFaults(key));
  else if (operator !== 'Exists') {
    const why = 'operator must be Exists when `key` is empty, which means "match all values and all keys"';
    faults.push(fieldInvalid(`${at}.operator`, operator, why));
  }
  if (toleration['tolerationSeconds'] !== undefined && textOf(toleration, 'effect') !== 'NoExecute') {
    const why = "effect must be 'NoExecute' when `tolerationSeconds` is set";
    faults.push(fieldInvalid(`${at}.effect`, textOf(toleration, 'effect'), why));
  }
  if (operator === 'Exists' && value !== '') {
    faults.push(fieldInvalid(`${at}.operator`, toleration, "value must be empty when `operator` is 'Exists'"));
  } else if (!['', 'Equal', 'Exists'].includes(operator)) {
    faults.push(fieldNotSupported(`${at}.operator`, operator, ['Equal', 'Exists']));
  }
  checkOneOf(toleration, 'effect', at, faults, EFFECTS, 'optional');
}

function checkSpread(constraint: JsonObject, at: string, faults: FieldFault[]): void {
  const { maxSkew = 0 } = constraint;
  if (typeof maxSkew === 'number' && maxSkew <= 0) {
    faults.push(fieldInvalid(`${at}.maxSkew`, maxSkew, 'must be greater than zero'));
  }
  if (textOf(constraint, 'topologyKey') === '') faults.push(fieldRequired(`${at}.topologyKey`, 'can not be empty'));
  const actions = ['DoNotSchedule', 'ScheduleAnyway'];
  const action = textOf(constraint, 'whenUnsatisfiable');
  if (!actions.includes(action)) faults.push(fieldNotSupported(`${at}.whenUnsatisfiable`, action, actions));
  checkSelector(partOf(constraint, 'labelSelector'), `${at}.labelSelector`, faults);
}

function checkNodeAffinity(affinity: JsonObject, at: string, faults: FieldFault[]): void {
  const required = affinity[REQUIRED];
  if (isObject(required)) {
    const terms = itemsAt(required, 'nodeSelectorTerms', `${at}.${REQUIRED}`);
    if (terms.length === 0) {
      const why = 'must have at least one node selector term';
      faults.push(fieldRequired(`${at}.${REQUIRED}.nodeSelectorTerms`, why));
    }
    for (const { item, path } of terms) checkNodeTerm(item, path, faults);
  }
  for (const { item, path } of itemsAt(affinity, PREFERRED, at)) {
    checkWeight(item, path, faults);
    checkNodeTerm(partOf(item, 'preference'), `${path}.preference`, faults);
  }
}

function checkWeight({ weight = 0 }: JsonObject, at: string, faults: FieldFault[]): void {
  if (typeof weight === 'number' && (weight <= 0 || weight > 100)) {
    faults.push(fieldInvalid(`${at}.weight`, weight, 'must be in the range 1-100'));
  }
}

function checkNodeTerm(term: JsonObject, at: string, faults: FieldFault[]): void {
  for (const { item, path } of itemsAt(term, 'matchExpressions', at)) {
    const operator = textOf(item, 'operator');
    const values = textsOf(item, 'values');
    if (!NODE_OPERATORS.includes(operator)) {
      faults.push(fieldInvalid(`${path}.operator`, operator, 'not a valid selector operator'));
    } else if (['In', 'NotIn'].includes(operator) && values.length === 0) {
      faults.push(fieldRequired(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'"));
    } else if (['Gt', 'Lt'].includes(operator) && values.length !== 1) {
      faults.push(fieldRequired(`${path}.values`, "must be specified single value when `operator` is 'Lt' or 'Gt'"));
    }
    addInvalid(faults, `${path}.key`, textOf(item, 'key'), qualifiedNameFaults(textOf(item, 'key')));
  }
}

function checkPodAffinity(affinity: JsonObject, at: string, faults: FieldFault[]): void {
  for (const { item, path } of itemsAt(affinity, REQUIRED, at)) checkPodTerm(item, path, faults);
  for (const { item, path } of itemsAt(affinity, PREFERRED, at)) {
    checkWeight(item, path, faults);
    checkPodTerm(partOf(item, 'podAffinityTerm'), `${path}.podAffinityTerm`, faults);
  }
}

function checkPodTerm(term: JsonObject, at: string, faults: FieldFault[]): void {
  checkSelector(partOf(term, 'labelSelector'), `${at}.labelSelector`, faults);
  const key = textOf(term, 'topologyKey');
  if (key === '') faults.push(fieldRequired(`${at}.topologyKey`, 'can not be empty'));
  addInvalid(faults, `${at}.topologyKey`, key, qualifiedNameFaults(key));
}
