import { isObject, type JsonObject } from '../json.js';
import { type Check, checkNotNegative, checkOneOf, partOf, textOf } from './checks.js';
import { fieldInvalid, fieldNotSupported, fieldRequired, type FieldFault } from './fault.js';
import { scheduleFault } from './cron-schedule.js';
import { checkSelector, selects } from './metadata.js';
import { checkPodTemplate } from './pod-spec.js';

const COUNTS = ['parallelism', 'completions', 'activeDeadlineSeconds', 'backoffLimit', 'ttlSecondsAfterFinished'];
const CRON_JOB_NAME_LENGTH = 52;

/** A Job that has its selector already. */
export const checkJob: Check = (object, _at, faults) => {
  const spec = partOf(object, 'spec');
  checkJobSpec(spec, 'spec', faults);
  const { selector } = spec;
  if (!isObject(selector)) {
    faults.push(fieldRequired('spec.selector'));
    return;
  }
  checkSelector(selector, 'spec.selector', faults);
  const labels = partOf(partOf(partOf(spec, 'template'), 'metadata'), 'labels');
  if (!selects(selector, labels)) {
    const why = '`selector` does not match template `labels`';
    faults.push(fieldInvalid('spec.template.metadata.labels', labels, why));
  }
};

function checkJobSpec(spec: JsonObject, at: string, faults: FieldFault[]): void {
  checkNotNegative(spec, COUNTS, at, faults);
  checkOneOf(spec, 'completionMode', at, faults, ['NonIndexed', 'Indexed'], 'optional');
  if (spec['completionMode'] === 'Indexed' && spec['completions'] === undefined) {
    faults.push(fieldRequired(`${at}.completions`, 'when completion mode is Indexed'));
  }
  const template = partOf(spec, 'template');
  checkPodTemplate(template, `${at}.template`, faults);
  const policy = textOf(partOf(template, 'spec'), 'restartPolicy');
  const path = `${at}.template.spec.restartPolicy`;
  const allowed = ['OnFailure', 'Never'];
  if (policy === '' || policy === 'Always') {
    faults.push(fieldRequired(path, 'valid values: "OnFailure", "Never"'));
  } else if (!allowed.includes(policy)) faults.push(fieldNotSupported(path, policy, allowed));
}

/** A CronJob. */
export const checkCronJob: Check = (object, _at, faults) => {
  const name = textOf(partOf(object, 'metadata'), 'name');
  if (name.length > CRON_JOB_NAME_LENGTH) {
    faults.push(fieldInvalid('metadata.name', name, `must be no more than ${CRON_JOB_NAME_LENGTH} characters`));
  }
  const spec = partOf(object, 'spec');
  checkSchedule(spec, faults);
  checkNotNegative(spec, ['startingDeadlineSeconds'], 'spec', faults);
  checkOneOf(spec, 'concurrencyPolicy', 'spec', faults, ['Allow', 'Forbid', 'Replace'], 'optional');
  checkJobTemplate(partOf(partOf(spec, 'jobTemplate'), 'spec'), faults);
  checkNotNegative(spec, ['successfulJobsHistoryLimit', 'failedJobsHistoryLimit'], 'spec', faults);
};

function checkSchedule(spec: JsonObject, faults: FieldFault[]): void {
  const schedule = textOf(spec, 'schedule');
  const fault = scheduleFault(schedule);
  if (schedule === '') faults.push(fieldRequired('spec.schedule'));
  else if (fault !== undefined) faults.push(fieldInvalid('spec.schedule', schedule, fault));
  const zone = spec['timeZone'];
  if (typeof zone === 'string' && !isTimeZone(zone)) {
    faults.push(fieldInvalid('spec.timeZone', zone, `unknown time zone ${zone}`));
  }
}

function isTimeZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

function checkJobTemplate(spec: JsonObject, faults: FieldFault[]): void {
  const at = 'spec.jobTemplate.spec';
  checkJobSpec(spec, at, faults);
  if (spec['selector'] !== undefined) {
    faults.push(fieldInvalid(`${at}.selector`, spec['selector'], '`selector` will be auto-generated'));
  }
  if (spec['manualSelector'] === true) {
    faults.push(fieldNotSupported(`${at}.manualSelector`, true, ['nil', 'false']));
  }
}
