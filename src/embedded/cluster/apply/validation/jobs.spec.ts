import type { JsonObject } from '../json.js';
import { faultsOf } from '../testing/faults.js';
import { scheduleFault } from './cron-schedule.js';

const labels = { 'controller-uid': 'u' };
const pod = { restartPolicy: 'Never', containers: [{ name: 'a', image: 'a:1' }] };
const template = (spec: JsonObject = pod): JsonObject => ({ metadata: { labels }, spec });
const job = (spec: JsonObject): string[] =>
  faultsOf('batch/v1', 'Job', { spec: { selector: { matchLabels: labels }, template: template(), ...spec } });
const cronJob = (spec: JsonObject, name = 'x'): string[] =>
  faultsOf('batch/v1', 'CronJob', {
    metadata: { name },
    spec: { schedule: '*/5 * * * *', jobTemplate: { spec: { template: template() } }, ...spec },
  });

describe('a Job', () => {
  it('that is whole has no fault', () => {
    expect(job({})).toEqual([]);
  });

  const at = 'spec.template.spec.restartPolicy';

  it.each([
    [
      { template: template({ ...pod, restartPolicy: 'Always' }) },
      `${at}: Required value: valid values: "OnFailure", "Never"`,
    ],
    [
      { template: template({ containers: pod.containers }) },
      `${at}: Required value: valid values: "OnFailure", "Never"`,
    ],
    [{ selector: undefined }, 'spec.selector: Required value'],
    [
      { selector: { matchLabels: { a: 'b' } } },
      'spec.template.metadata.labels: Invalid value: {"controller-uid":"u"}: `selector` does not match template `labels`',
    ],
    [{ parallelism: -1 }, 'spec.parallelism: Invalid value: -1: must be greater than or equal to 0'],
    [{ backoffLimit: -1 }, 'spec.backoffLimit: Invalid value: -1: must be greater than or equal to 0'],
    [
      { completionMode: 'Counted' },
      'spec.completionMode: Unsupported value: "Counted": supported values: "Indexed", "NonIndexed"',
    ],
    [{ completionMode: 'Indexed' }, 'spec.completions: Required value: when completion mode is Indexed'],
  ])('refuses %j', (spec, expected) => {
    expect(job(spec)).toEqual([expected]);
  });

  it('refuses an unknown restart policy both as a pod and as a job', () => {
    expect(job({ template: template({ ...pod, restartPolicy: 'Odd' }) })).toEqual([
      `${at}: Unsupported value: "Odd": supported values: "Always", "Never", "OnFailure"`,
      `${at}: Unsupported value: "Odd": supported values: "Never", "OnFailure"`,
    ]);
  });
});

describe('a CronJob', () => {
  it('that is whole has no fault', () => {
    expect(cronJob({ timeZone: 'Europe/Berlin' })).toEqual([]);
  });

  it.each([
    [{ schedule: '' }, 'spec.schedule: Required value'],
    [{ schedule: '* * *' }, 'spec.schedule: Invalid value: "* * *": expected exactly 5 fields, found 3: [* * *]'],
    [{ timeZone: 'Mars/Base' }, 'spec.timeZone: Invalid value: "Mars/Base": unknown time zone Mars/Base'],
    [
      { concurrencyPolicy: 'Maybe' },
      'spec.concurrencyPolicy: Unsupported value: "Maybe": supported values: "Allow", "Forbid", "Replace"',
    ],
    [
      { startingDeadlineSeconds: -1 },
      'spec.startingDeadlineSeconds: Invalid value: -1: must be greater than or equal to 0',
    ],
    [
      { jobTemplate: { spec: { template: template(), selector: {} } } },
      'spec.jobTemplate.spec.selector: Invalid value: {}: `selector` will be auto-generated',
    ],
    [
      { jobTemplate: { spec: { template: template(), manualSelector: true } } },
      'spec.jobTemplate.spec.manualSelector: Unsupported value: true: supported values: "false", "nil"',
    ],
  ])('refuses %j', (spec, expected) => {
    expect(cronJob(spec)).toEqual([expected]);
  });

  it('has a name that leaves room for those of its jobs', () => {
    expect(cronJob({}, 'a'.repeat(53))).toEqual([
      `metadata.name: Invalid value: "${'a'.repeat(53)}": must be no more than 52 characters`,
    ]);
  });
});

describe('a schedule', () => {
  it.each(['* * * * *', '*/15 0-6,12 1 jan-MAR mon', '0 0 1 1 0', '@daily', '@every 1h30m', '5/10 * ? * *'])(
    'may be %s',
    (schedule) => {
      expect(scheduleFault(schedule)).toBeUndefined();
    },
  );

  it.each([
    ['', 'empty spec string'],
    ['@never', 'unrecognized descriptor: @never'],
    ['* * * * * *', 'expected exactly 5 fields, found 6: [* * * * * *]'],
    ['60 * * * *', 'end of range (60) above maximum (59): 60'],
    ['* * 0 * *', 'beginning of range (0) below minimum (1): 0'],
    ['30-10 * * * *', 'beginning of range (30) beyond end of range (10): 30-10'],
    ['x * * * *', 'failed to parse int from x: strconv.Atoi: parsing "x": invalid syntax'],
    ['1-x * * * *', 'failed to parse int from x: strconv.Atoi: parsing "x": invalid syntax'],
    ['*/x * * * *', 'failed to parse int from x: strconv.Atoi: parsing "x": invalid syntax'],
    ['*/0 * * * *', 'step of range should be a positive number: */0'],
    ['1-2-3 * * * *', 'too many hyphens: 1-2-3'],
    ['1/2/3 * * * *', 'too many slashes: 1/2/3'],
  ])('may not be %s', (schedule, expected) => {
    expect(scheduleFault(schedule)).toBe(expected);
  });
});
