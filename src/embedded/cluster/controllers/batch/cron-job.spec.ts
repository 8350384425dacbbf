import type { Draft } from '../cluster-view.js';
import type { CronJob } from '../kinds.js';
import { podSpec, VirtualCluster } from '../testing/virtual-cluster.js';

const KEY = 'batch/cronjobs';
let cluster: VirtualCluster;

beforeEach(() => {
  cluster = new VirtualCluster();
});

afterEach(() => cluster.stop());

function cronJob(schedule: string, spec: Partial<CronJob['spec']> = {}, image = 'x/task:1'): Draft {
  const template = { spec: podSpec(image, { restartPolicy: 'Never' }) };
  const jobTemplate = {
    metadata: { labels: { app: 'c' } },
    spec: { completions: 1, parallelism: 1, backoffLimit: 0, template },
  };
  return { apiVersion: 'batch/v1', kind: 'CronJob', metadata: { name: 'c' }, spec: { schedule, jobTemplate, ...spec } };
}

function jobs(): string[] {
  return cluster.list('batch/jobs').map(({ metadata }) => metadata.name);
}

/** The minute since the epoch, which names a job. */
function minute(time: string): number {
  return Date.parse(time) / 60_000;
}

describe('a CronJob', () => {
  it('makes a job when it is time, named by that minute', () => {
    cluster.add(KEY, cronJob('*/5 * * * *'));
    cluster.seconds(299);
    expect(jobs()).toEqual([]);
    cluster.seconds(2);
    expect(jobs()).toEqual([`c-${minute('2026-01-01T00:05:00Z')}`]);
    expect(cluster.list('batch/jobs')[0]?.metadata).toMatchObject({
      labels: { app: 'c' },
      annotations: { 'batch.kubernetes.io/cronjob-scheduled-timestamp': '2026-01-01T00:05:00Z' },
    });
    expect(cluster.get(KEY, 'c').status).toMatchObject({
      lastScheduleTime: '2026-01-01T00:05:00Z',
      lastSuccessfulTime: '2026-01-01T00:05:00Z',
    });
    expect(cluster.eventsOf('c')).toEqual([
      `SuccessfulCreate: Created job ${jobs()[0]}`,
      `SawCompletedJob: Saw completed job: ${jobs()[0]}, condition: Complete`,
    ]);
  });

  it('tells what runs', () => {
    cluster.add(KEY, cronJob('* * * * *', {}, 'x/never-ready:1'));
    cluster.seconds(61);
    const [job] = cluster.list('batch/jobs');
    expect(cluster.get(KEY, 'c').status?.active).toMatchObject([
      { kind: 'Job', name: job?.metadata.name, uid: job?.metadata.uid },
    ]);
  });

  it('keeps the time of its zone', () => {
    cluster.add(KEY, cronJob('0 3 * * *', { timeZone: 'America/New_York' }));
    cluster.seconds(8 * 3600 - 60);
    expect(jobs()).toEqual([]);
    cluster.seconds(120);
    expect(jobs()).toEqual([`c-${minute('2026-01-01T08:00:00Z')}`]);
  });

  it('does nothing while it is suspended', () => {
    cluster.add(KEY, cronJob('* * * * *', { suspend: true }));
    cluster.seconds(600);
    expect(jobs()).toEqual([]);
    cluster.edit(KEY, 'c', (cron) => ({ ...cron, spec: { ...cron.spec, suspend: false } }));
    cluster.seconds(1);
    expect(jobs()).toEqual([`c-${minute('2026-01-01T00:10:00Z')}`]);
  });

  it('keeps three successful jobs and one that failed', () => {
    cluster.add(KEY, cronJob('* * * * *'));
    cluster.seconds(630);
    expect(jobs()).toHaveLength(3);
    cluster.edit(KEY, 'c', (cron) => {
      const { jobTemplate } = cron.spec;
      const template = { spec: podSpec('x/fail:1', { restartPolicy: 'Never' }) };
      return {
        ...cron,
        spec: { ...cron.spec, jobTemplate: { ...jobTemplate, spec: { ...jobTemplate.spec, template } } },
      };
    });
    cluster.seconds(300);
    expect(cluster.list('batch/jobs').filter(({ status }) => status?.failed === 1)).toHaveLength(1);
    expect(cluster.list('/pods')).toHaveLength(4);
  });

  const policies: [string, number][] = [
    ['Allow', 3],
    ['Forbid', 1],
    ['Replace', 1],
  ];
  it.each(policies)('when the last one still runs: %s', (concurrencyPolicy, running) => {
    cluster.add(KEY, cronJob('* * * * *', { concurrencyPolicy }, 'x/never-ready:1'));
    cluster.seconds(61);
    const [first] = jobs();
    cluster.seconds(122);
    expect(jobs()).toHaveLength(running);
    expect(jobs().includes(first ?? '')).toBe(concurrencyPolicy !== 'Replace');
    const told = cluster.eventsOf('c').some((event) => event.startsWith('JobAlreadyActive'));
    expect(told).toBe(concurrencyPolicy === 'Forbid');
  });

  it('that cannot be read says so and makes nothing', () => {
    cluster.add(KEY, cronJob('61 * * * *'));
    cluster.seconds(600);
    expect(jobs()).toEqual([]);
    expect(cluster.eventsOf('c')).toEqual([
      expect.stringMatching(/^UnparseableSchedule: unparseable schedule: "61 \* \* \* \*" : /),
    ]);
  });

  it('takes its jobs with it', () => {
    cluster.add(KEY, cronJob('* * * * *'));
    cluster.seconds(90);
    cluster.remove(KEY, 'c');
    cluster.seconds(1);
    expect([jobs(), cluster.list('/pods')]).toEqual([[], []]);
  });
});
