import type { CronJob, Job } from '../kinds.js';
import { meta } from '../testing/objects.js';
import { cronStatus, jobsBeyondHistory, startVerdict } from './cron-job-decisions.js';

const jobTemplate = { spec: { template: { spec: { containers: [] } } } };

function cron(spec: Partial<CronJob['spec']> = {}, status?: CronJob['status']): CronJob {
  const whole = { schedule: '* * * * *', jobTemplate, ...spec };
  return {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: meta('c'),
    spec: whole,
    ...(status === undefined ? {} : { status }),
  };
}

/** A job that was started in that second, and how it ended. */
function job(second: number, end?: 'Complete' | 'Failed'): Job {
  const at = `2026-01-01T00:00:0${second}Z`;
  const conditions = end === undefined ? [] : [{ type: end, status: 'True' as const }];
  const completion = end === 'Complete' ? { completionTime: at } : {};
  const status = { startTime: at, conditions, ...completion };
  return { apiVersion: 'batch/v1', kind: 'Job', metadata: meta(`j${second}`), spec: jobTemplate.spec, status };
}

describe('a start that is due', () => {
  const DUE = Date.parse('2026-01-01T00:00:00Z');
  const rows: [string, Partial<CronJob['spec']>, number, number, string][] = [
    ['happens', {}, 0, 0, 'start, replacing 0'],
    ['happens beside others', { concurrencyPolicy: 'Allow' }, 2, 0, 'start, replacing 0'],
    ['does not happen beside others', { concurrencyPolicy: 'Forbid' }, 1, 0, 'skip: JobAlreadyActive'],
    ['happens alone', { concurrencyPolicy: 'Forbid' }, 0, 0, 'start, replacing 0'],
    ['replaces the others', { concurrencyPolicy: 'Replace' }, 2, 0, 'start, replacing 2'],
    ['may be late', { startingDeadlineSeconds: 10 }, 0, 10_000, 'start, replacing 0'],
    ['may not be later', { startingDeadlineSeconds: 10 }, 0, 10_001, 'skip: MissSchedule'],
  ];
  it.each(rows)('%s', (_what, spec, running, late, expected) => {
    const active = Array.from({ length: running }, (_none, i) => job(i));
    const verdict = startVerdict(cron(spec), active, DUE, DUE + late);
    const told =
      verdict.kind === 'start' ? `start, replacing ${verdict.replaces.length}` : `skip: ${verdict.told.reason}`;
    expect(told).toBe(expected);
  });
});

describe('the history', () => {
  const names = (spec: Partial<CronJob['spec']>, ...jobs: Job[]) =>
    jobsBeyondHistory(cron(spec), jobs).map(({ metadata }) => metadata.name);

  it('is three good ones and a bad one by default', () => {
    const jobs = [5, 3, 1, 2].map((second) => job(second, 'Complete'));
    expect(names({}, ...jobs, job(7, 'Failed'), job(6, 'Failed'))).toEqual(['j1', 'j6']);
  });

  it('may be none, and never takes what runs', () => {
    const limits = { successfulJobsHistoryLimit: 0, failedJobsHistoryLimit: 0 };
    expect(names(limits, job(1), job(2, 'Complete'), job(3, 'Failed'))).toEqual(['j2', 'j3']);
  });
});

describe('the status of a CronJob', () => {
  it('names what runs, the last start and the last success', () => {
    const status = cronStatus(
      cron(),
      [job(1, 'Complete'), job(3, 'Complete'), job(4, 'Failed'), job(5)],
      '2026-01-01T00:00:05Z',
    );
    expect(status).toEqual({
      active: [
        { apiVersion: 'batch/v1', kind: 'Job', namespace: 'ns', name: 'j5', uid: 'uid-of-j5', resourceVersion: '1' },
      ],
      lastScheduleTime: '2026-01-01T00:00:05Z',
      lastSuccessfulTime: '2026-01-01T00:00:03Z',
    });
  });

  it('remembers what has been deleted meanwhile', () => {
    const before = { lastScheduleTime: '2026-01-01T00:00:05Z', lastSuccessfulTime: '2026-01-01T00:00:03Z' };
    expect(cronStatus(cron({}, before), [], undefined)).toEqual(before);
    expect(cronStatus(cron(), [], undefined)).toEqual({});
  });
});
