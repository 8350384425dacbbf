import type { Job, JobSpec, JobStatus } from '../kinds.js';
import { meta, pod } from '../testing/objects.js';
import { judgeJob, sortPods, wantedActive, type Verdict } from './job-decisions.js';
import { decidedEarlier, jobStatus } from './job-status.js';

const NOW = '2026-01-01T00:01:00Z';
const NOBODY = sortPods([]);
const TALLY = { succeeded: 0, failed: 0, indexes: new Set<number>() };

function job(spec: Partial<JobSpec> = {}, status?: JobStatus, restartPolicy = 'Never'): Job {
  const whole = { completions: 1, parallelism: 1, template: { spec: { containers: [], restartPolicy } }, ...spec };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: meta('j'),
    spec: whole,
    ...(status === undefined ? {} : { status }),
  };
}

function restarted(restartCount: number) {
  const status = {
    name: 'app',
    state: {},
    lastState: {},
    ready: true,
    started: true,
    restartCount,
    image: 'x',
    imageID: '',
  };
  return sortPods([pod('p', { containerStatuses: [status] })]);
}

describe('how a job stands', () => {
  const OnFailure = (spec: Partial<JobSpec>) => job(spec, undefined, 'OnFailure');
  const rows: [
    string,
    Job,
    ReturnType<typeof sortPods>,
    Partial<Record<'succeeded' | 'failed' | 'runningMs', number>>,
    string,
  ][] = [
    ['it goes on', job(), NOBODY, {}, 'goes on'],
    ['it is complete', job(), NOBODY, { succeeded: 1 }, 'complete'],
    ['it needs more', job({ completions: 3 }), NOBODY, { succeeded: 2 }, 'goes on'],
    ['it may fail six times', job(), NOBODY, { failed: 6 }, 'goes on'],
    ['it may not fail more often', job(), NOBODY, { failed: 7 }, 'BackoffLimitExceeded'],
    ['it may not fail at all', job({ backoffLimit: 0 }), NOBODY, { failed: 1 }, 'BackoffLimitExceeded'],
    [
      'restarts count when it is restarted in place',
      OnFailure({ backoffLimit: 2 }),
      restarted(2),
      {},
      'BackoffLimitExceeded',
    ],
    ['fewer restarts do not', OnFailure({ backoffLimit: 2 }), restarted(1), {}, 'goes on'],
    ['any restart is too many', OnFailure({ backoffLimit: 0 }), restarted(1), {}, 'BackoffLimitExceeded'],
    ['restarts do not count otherwise', job({ backoffLimit: 0 }), restarted(5), {}, 'goes on'],
    ['it has time', job({ activeDeadlineSeconds: 60 }), NOBODY, { runningMs: 59_999 }, 'goes on'],
    ['it has no more time', job({ activeDeadlineSeconds: 60 }), NOBODY, { runningMs: 60_000 }, 'DeadlineExceeded'],
  ];
  it.each(rows)('%s', (_what, object, pods, counts, expected) => {
    const verdict = judgeJob(object, pods, { succeeded: 0, failed: 0, runningMs: 0, ...counts });
    expect(verdict.kind === 'failed' ? verdict.reason : verdict.kind).toBe(expected);
  });
});

describe('how many pods should run', () => {
  const queue = (parallelism: number): Job => {
    const { completions: _none, ...spec } = job({ parallelism }).spec;
    return { ...job(), spec };
  };
  const rows: [string, Job, number, number, number][] = [
    ['one', job(), 0, 0, 1],
    ['as many as at once', job({ completions: 9, parallelism: 3 }), 2, 1, 3],
    ['no more than are needed', job({ completions: 9, parallelism: 3 }), 8, 1, 1],
    ['none when it is suspended', job({ suspend: true }), 0, 1, 0],
    ['none with no parallelism', job({ parallelism: 0 }), 0, 0, 0],
    ['a queue: all workers', queue(4), 0, 0, 4],
    ['a queue: no new ones after the first success', queue(4), 1, 2, 2],
  ];
  it.each(rows)('%s', (_what, object, succeeded, active, expected) => {
    expect(wantedActive(object, succeeded, active)).toBe(expected);
  });
});

describe('the end of a job', () => {
  const failed: Verdict = { kind: 'failed', reason: 'DeadlineExceeded', message: 'm' };
  const types = ({ conditions = [] }: JobStatus) => conditions.map(({ type }) => type);

  it('is decided first and told when the last pod has gone', () => {
    const ending = sortPods([pod('p', {}, { deletionTimestamp: NOW })]);
    const first = jobStatus(job(), ending, TALLY, failed, NOW);
    expect([types(first), first.terminating]).toEqual([['FailureTarget'], 1]);
    const then = jobStatus(
      job({}, first),
      NOBODY,
      TALLY,
      decidedEarlier(job({}, first)) ?? { kind: 'goes on' },
      '2026-01-01T00:02:00Z',
    );
    expect(types(then)).toEqual(['FailureTarget', 'Failed']);
    expect(then.conditions?.[0]).toEqual(first.conditions?.[0]);
    expect(then.conditions?.[1]).toMatchObject({
      reason: 'DeadlineExceeded',
      message: 'm',
      lastTransitionTime: '2026-01-01T00:02:00Z',
    });
  });

  it('has a time of completion only when it is complete', () => {
    expect(jobStatus(job(), NOBODY, TALLY, { kind: 'complete' }, NOW)).toMatchObject({ completionTime: NOW });
    expect(jobStatus(job(), NOBODY, TALLY, failed, NOW)).not.toHaveProperty('completionTime');
  });

  it('was not decided before it was', () => {
    expect(decidedEarlier(job())).toBeUndefined();
    expect(decidedEarlier(job({}, { conditions: [{ type: 'SuccessCriteriaMet', status: 'True' }] }))).toEqual({
      kind: 'complete',
    });
  });
});

describe('the status of a job that goes on', () => {
  const goes: Verdict = { kind: 'goes on' };

  it('begins now and keeps its beginning', () => {
    expect(jobStatus(job(), NOBODY, TALLY, goes, NOW)).toEqual({
      startTime: NOW,
      ready: 0,
      terminating: 0,
      uncountedTerminatedPods: {},
    });
    expect(jobStatus(job({}, { startTime: 'before' }), NOBODY, TALLY, goes, NOW).startTime).toBe('before');
  });

  it('begins anew when it was suspended', () => {
    const suspended = jobStatus(job({ suspend: true }, { startTime: 'before' }), NOBODY, TALLY, goes, NOW);
    expect(suspended).not.toHaveProperty('startTime');
    expect(suspended.conditions).toMatchObject([{ type: 'Suspended', status: 'True' }]);
    const resumed = jobStatus(job({}, suspended), NOBODY, TALLY, goes, '2026-01-01T00:02:00Z');
    expect(resumed).toMatchObject({
      startTime: '2026-01-01T00:02:00Z',
      conditions: [{ type: 'Suspended', status: 'False' }],
    });
  });
});
