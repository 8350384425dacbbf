import { isObject, type JsonObject } from '../json.js';
import {
  type Check,
  checkAtMostAll,
  checkCountOrPercent,
  checkNotNegative,
  checkOneOf,
  itemsAt,
  partOf,
  textOf,
} from './checks.js';
import { fieldForbidden, fieldInvalid, fieldNotSupported, fieldRequired, type FieldFault } from './fault.js';
import { checkSelector, isEmptySelector, selects } from './metadata.js';
import { checkPodTemplate } from './pod-spec.js';

const ROLLING = 'RollingUpdate';

/** A Deployment. */
export const checkDeployment: Check = (object, _at, faults) => {
  const spec = partOf(object, 'spec');
  checkNotNegative(spec, ['replicas'], 'spec', faults);
  checkOwnSelector(spec, 'empty selector is invalid for deployment', faults);
  checkOwnTemplate(spec, faults);
  checkRollout(partOf(spec, 'strategy'), faults);
  checkNotNegative(spec, ['minReadySeconds', 'revisionHistoryLimit', 'progressDeadlineSeconds'], 'spec', faults);
  const { progressDeadlineSeconds: deadline, minReadySeconds: ready = 0 } = spec;
  if (typeof deadline === 'number' && typeof ready === 'number' && deadline <= ready) {
    faults.push(fieldInvalid('spec.progressDeadlineSeconds', deadline, 'must be greater than minReadySeconds'));
  }
};

function checkRollout(strategy: JsonObject, faults: FieldFault[]): void {
  checkOneOf(strategy, 'type', 'spec.strategy', faults, ['Recreate', ROLLING], 'optional');
  const rolling = strategy['rollingUpdate'];
  if (!isObject(rolling)) return;
  const at = 'spec.strategy.rollingUpdate';
  if (strategy['type'] === 'Recreate') {
    faults.push(fieldForbidden(at, "may not be specified when strategy `type` is 'Recreate'"));
    return;
  }
  checkRolling(rolling, at, faults);
  if (isNone(rolling['maxUnavailable']) && isNone(rolling['maxSurge'])) {
    const value = rolling['maxUnavailable'];
    faults.push(fieldInvalid(`${at}.maxUnavailable`, value, 'may not be 0 when `maxSurge` is 0'));
  }
}

function checkRolling(rolling: JsonObject, at: string, faults: FieldFault[]): void {
  checkCountOrPercent(rolling, 'maxUnavailable', at, faults);
  checkCountOrPercent(rolling, 'maxSurge', at, faults);
  checkAtMostAll(rolling, 'maxUnavailable', at, faults);
}

function isNone(value: unknown): boolean {
  return value === 0 || value === '0%' || value === '0';
}

/** A ReplicaSet. */
export const checkReplicaSet: Check = (object, _at, faults) => {
  const spec = partOf(object, 'spec');
  checkNotNegative(spec, ['replicas', 'minReadySeconds'], 'spec', faults);
  checkOwnSelector(spec, 'empty selector is invalid for deployment', faults);
  checkOwnTemplate(spec, faults);
};

/** A DaemonSet. */
export const checkDaemonSet: Check = (object, _at, faults) => {
  const spec = partOf(object, 'spec');
  checkOwnSelector(spec, 'empty selector is invalid for daemonset', faults);
  checkOwnTemplate(spec, faults);
  checkNotNegative(spec, ['minReadySeconds', 'revisionHistoryLimit'], 'spec', faults);
  const strategy = partOf(spec, 'updateStrategy');
  const at = 'spec.updateStrategy';
  checkOneOf(strategy, 'type', at, faults, ['OnDelete', ROLLING], 'optional');
  const rolling = strategy['rollingUpdate'];
  if (strategy['type'] !== ROLLING || !isObject(rolling)) return;
  checkRolling(rolling, `${at}.rollingUpdate`, faults);
  if (isNone(rolling['maxUnavailable']) === isNone(rolling['maxSurge'])) {
    const none = isNone(rolling['maxSurge']);
    const value = none ? rolling['maxUnavailable'] : rolling['maxSurge'];
    const why = none ? 'cannot be 0 when maxSurge is 0' : 'may not be set when maxUnavailable is non-zero';
    faults.push(fieldInvalid(`${at}.rollingUpdate.${none ? 'maxUnavailable' : 'maxSurge'}`, value, why));
  }
};

/** A StatefulSet: its claim templates are volumes of its pods. */
export const checkStatefulSet: Check = (object, _at, faults) => {
  const spec = partOf(object, 'spec');
  checkPodManagement(spec, faults);
  checkNotNegative(spec, ['replicas', 'minReadySeconds', 'revisionHistoryLimit'], 'spec', faults);
  checkNotNegative(partOf(spec, 'ordinals'), ['start'], 'spec.ordinals', faults);
  checkOwnSelector(spec, 'empty selector is invalid for statefulset', faults);
  const claims = itemsAt(spec, 'volumeClaimTemplates', 'spec').map(({ item }) =>
    textOf(partOf(item, 'metadata'), 'name'),
  );
  checkOwnTemplate(spec, faults, claims);
};

function checkPodManagement(spec: JsonObject, faults: FieldFault[]): void {
  const policy = spec['podManagementPolicy'];
  if (policy !== undefined && policy !== 'OrderedReady' && policy !== 'Parallel') {
    const why = "must be 'OrderedReady' or 'Parallel'";
    faults.push(fieldInvalid('spec.podManagementPolicy', policy, why));
  }
  const strategy = partOf(spec, 'updateStrategy');
  const rolling = strategy['rollingUpdate'];
  const at = 'spec.updateStrategy';
  const { type } = strategy;
  if (type === 'OnDelete') {
    const why = "only allowed for updateStrategy 'RollingUpdate'";
    if (rolling !== undefined) faults.push(fieldInvalid(`${at}.rollingUpdate`, rolling, why));
  } else if (type !== undefined && type !== ROLLING) {
    faults.push(fieldInvalid(at, strategy, "must be 'RollingUpdate' or 'OnDelete'"));
  } else if (isObject(rolling)) checkNotNegative(rolling, ['partition'], `${at}.rollingUpdate`, faults);
}

function checkOwnSelector(spec: JsonObject, emptyFault: string, faults: FieldFault[]): void {
  const { selector } = spec;
  if (!isObject(selector)) {
    faults.push(fieldRequired('spec.selector'));
    return;
  }
  checkSelector(selector, 'spec.selector', faults);
  if (isEmptySelector(selector)) faults.push(fieldInvalid('spec.selector', selector, emptyFault));
}

/** A template whose pods the selector finds and that always restarts. */
function checkOwnTemplate(spec: JsonObject, faults: FieldFault[], claims: readonly string[] = []): void {
  const at = 'spec.template';
  const template = partOf(spec, 'template');
  const labels = partOf(partOf(template, 'metadata'), 'labels');
  const { selector } = spec;
  if (isObject(selector) && !isEmptySelector(selector) && !selects(selector, labels)) {
    const why = '`selector` does not match template `labels`';
    faults.push(fieldInvalid(`${at}.metadata.labels`, labels, why));
  }
  checkPodTemplate(template, at, faults, claims);
  const pod = partOf(template, 'spec');
  const { restartPolicy = 'Always', activeDeadlineSeconds } = pod;
  if (restartPolicy !== 'Always') {
    faults.push(fieldNotSupported(`${at}.spec.restartPolicy`, restartPolicy, ['Always']));
  }
  if (activeDeadlineSeconds !== undefined) {
    const why = 'activeDeadlineSeconds in ReplicaSet is not Supported';
    faults.push(fieldForbidden(`${at}.spec.activeDeadlineSeconds`, why));
  }
}
