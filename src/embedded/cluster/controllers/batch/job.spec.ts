import type { Draft } from '../cluster-view.js';
import { conditionOf } from '../conditions.js';
import type { Job, JobSpec } from '../kinds.js';
import { podSpec, VirtualCluster } from '../testing/virtual-cluster.js';

const KEY = 'batch/jobs';
let cluster: VirtualCluster;

beforeEach(() => {
  cluster = new VirtualCluster();
});

afterEach(() => cluster.stop());

function job(image: string, spec: Partial<JobSpec> = {}, restartPolicy = 'Never'): Draft {
  const template = { spec: podSpec(image, { restartPolicy }) };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'j' },
    spec: { completions: 1, parallelism: 1, template, ...spec },
  };
}

function withSpec(spec: Partial<JobSpec>) {
  return (object: Job): Job => ({ ...object, spec: { ...object.spec, ...spec } });
}

function status() {
  return cluster.get(KEY, 'j').status;
}

function conditions(): string[] {
  return (status()?.conditions ?? []).map(({ type, status: is, reason }) => `${type}=${is} ${reason}`);
}

describe('a Job', () => {
  it('is complete when its pod has succeeded', () => {
    cluster.add(KEY, job('x/task:1'));
    cluster.pass(30);
    expect(status()).toMatchObject({ active: 1, ready: 0, terminating: 0, startTime: '2026-01-01T00:00:00Z' });
    cluster.seconds(1);
    expect(status()).toMatchObject({ succeeded: 1, ready: 0, terminating: 0, completionTime: '2026-01-01T00:00:00Z' });
    expect(status()).not.toHaveProperty('active');
    expect(status()).not.toHaveProperty('failed');
    expect(conditions()).toEqual(['SuccessCriteriaMet=True CompletionsReached', 'Complete=True CompletionsReached']);
    expect(conditionOf(status()?.conditions, 'Complete')?.message).toBe('Reached expected number of succeeded pods');
    expect(cluster.eventsOf('j')).toEqual([
      `SuccessfulCreate: Created pod: ${cluster.list('/pods')[0]?.metadata.name}`,
      'Completed: Job completed',
    ]);
  });

  it('labels its pods by its name and uid, and counts each once', () => {
    cluster.add(KEY, job('x/task:1'));
    cluster.pass(30);
    const { uid } = cluster.get(KEY, 'j').metadata;
    const [pod] = cluster.list('/pods');
    expect(pod?.metadata.labels).toEqual({
      'batch.kubernetes.io/controller-uid': uid,
      'batch.kubernetes.io/job-name': 'j',
      'controller-uid': uid,
      'job-name': 'j',
    });
    expect(pod?.metadata.finalizers).toEqual(['batch.kubernetes.io/job-tracking']);
    cluster.seconds(1);
    expect(cluster.list('/pods')[0]?.metadata.finalizers).toBeUndefined();
  });

  it('runs as many at once as it may until enough have succeeded', () => {
    cluster.add(KEY, job('x/task:1', { completions: 5, parallelism: 2 }));
    const active: number[] = [];
    for (let i = 0; i < 200; i += 1) active.push(cluster.pass(5).get(KEY, 'j').status?.active ?? 0);
    expect(Math.max(...active)).toBe(2);
    expect(status()).toMatchObject({ succeeded: 5 });
    expect(cluster.list('/pods')).toHaveLength(5);
  });

  it('without completions is done when one has succeeded and none runs', () => {
    const { completions: _none, ...spec } = job('x/task:1').spec as JobSpec;
    cluster.add(KEY, { ...job('x/task:1'), spec: { ...spec, parallelism: 3 } });
    cluster.seconds(1);
    expect(status()).toMatchObject({ succeeded: 3 });
    expect(conditions()).toContain('Complete=True CompletionsReached');
  });

  it('with indexes runs each index once', () => {
    cluster.add(KEY, job('x/task:1', { completions: 4, parallelism: 2, completionMode: 'Indexed' }));
    cluster.seconds(2);
    expect(status()).toMatchObject({ succeeded: 4, completedIndexes: '0-3' });
    const indexes = cluster
      .list('/pods')
      .map(({ metadata }) => metadata.annotations?.['batch.kubernetes.io/job-completion-index'] ?? '');
    expect(indexes.sort()).toEqual(['0', '1', '2', '3']);
    expect(cluster.list('/pods')[0]?.metadata.name).toMatch(/^j-\d-/);
  });
});

describe('a Job that fails', () => {
  it('at once when it may not try again', () => {
    cluster.add(KEY, job('x/fail:1', { backoffLimit: 0 }));
    cluster.seconds(1);
    expect(status()).toMatchObject({ failed: 1 });
    expect(conditions()).toEqual(['FailureTarget=True BackoffLimitExceeded', 'Failed=True BackoffLimitExceeded']);
    expect(conditionOf(status()?.conditions, 'Failed')?.message).toBe('Job has reached the specified backoff limit');
    expect(cluster.eventsOf('j')).toContain('BackoffLimitExceeded: Job has reached the specified backoff limit');
  });

  it('tries again after waits that double, each time in a new pod', () => {
    cluster.add(KEY, job('x/fail:1', { backoffLimit: 2 }));
    cluster.seconds(5);
    expect([status()?.failed, cluster.list('/pods').length]).toEqual([1, 1]);
    cluster.seconds(10);
    expect([status()?.failed, cluster.list('/pods').length]).toEqual([2, 2]);
    cluster.seconds(10);
    expect(cluster.list('/pods')).toHaveLength(2);
    cluster.seconds(10);
    expect([status()?.failed, cluster.list('/pods').length]).toEqual([3, 3]);
    expect(conditions()).toContain('Failed=True BackoffLimitExceeded');
  });

  it('when its container was restarted too often', () => {
    cluster.add(KEY, job('x/fail:1', { backoffLimit: 1 }, 'OnFailure'));
    cluster.seconds(5);
    expect(conditions()).toContain('Failed=True BackoffLimitExceeded');
    expect(cluster.list('/pods')).toEqual([]);
  });

  it('when it runs too long, and its pods are ended', () => {
    cluster.add(KEY, job('x/never-ready:1', { activeDeadlineSeconds: 30 }));
    cluster.seconds(29);
    expect(status()).toMatchObject({ active: 1 });
    cluster.seconds(3);
    expect(conditions()).toEqual(['FailureTarget=True DeadlineExceeded', 'Failed=True DeadlineExceeded']);
    expect(conditionOf(status()?.conditions, 'Failed')?.message).toBe('Job was active longer than specified deadline');
    expect(cluster.list('/pods')).toEqual([]);
  });

  it('has failed only when its last pod is gone', () => {
    const containers = ['never-ready', 'hang-termination'].map((fault) => ({ name: fault, image: `x/${fault}:1` }));
    const template = { spec: { restartPolicy: 'Never', containers } };
    cluster.add(KEY, job('x/task:1', { activeDeadlineSeconds: 5, template }));
    cluster.seconds(10);
    expect(conditions()).toEqual(['FailureTarget=True DeadlineExceeded']);
    expect(status()).toMatchObject({ terminating: 1 });
    cluster.seconds(30);
    expect(conditions()).toContain('Failed=True DeadlineExceeded');
    expect(status()).toMatchObject({ terminating: 0 });
  });
});

describe('a Job that is suspended', () => {
  it('runs nothing until it is resumed', () => {
    cluster.add(KEY, job('x/task:1', { suspend: true }));
    cluster.seconds(5);
    expect(cluster.list('/pods')).toEqual([]);
    expect(conditions()).toEqual(['Suspended=True JobSuspended']);
    expect(status()).not.toHaveProperty('startTime');
    cluster.edit(KEY, 'j', withSpec({ suspend: false }));
    cluster.seconds(5);
    expect(status()).toMatchObject({ succeeded: 1, startTime: '2026-01-01T00:00:05Z' });
    expect(conditions()).toContain('Suspended=False JobResumed');
  });

  it('ends the pods that run', () => {
    cluster.add(KEY, job('x/never-ready:1'));
    cluster.seconds(1);
    cluster.edit(KEY, 'j', withSpec({ suspend: true }));
    cluster.seconds(1);
    expect(cluster.list('/pods')).toEqual([]);
    expect(cluster.eventsOf('j').map((event) => event.split(':')[0])).toContain('Suspended');
  });
});

describe('the end of a Job', () => {
  it('comes by itself when its time to live is over', () => {
    cluster.add(KEY, job('x/task:1', { ttlSecondsAfterFinished: 60 }));
    cluster.seconds(59);
    expect(cluster.list(KEY)).toHaveLength(1);
    cluster.seconds(3);
    expect([cluster.list(KEY), cluster.list('/pods')]).toEqual([[], []]);
  });

  const policies = ['Background', 'Foreground'] as const;
  it.each(policies)('takes a running pod with it (%s)', (propagationPolicy) => {
    cluster.add(KEY, job('x/never-ready:1'));
    cluster.seconds(1);
    cluster.remove(KEY, 'j', { propagationPolicy });
    cluster.seconds(1);
    expect([cluster.list(KEY), cluster.list('/pods')]).toEqual([[], []]);
  });

  it('can leave the pods', () => {
    cluster.add(KEY, job('x/task:1'));
    cluster.seconds(1);
    cluster.remove(KEY, 'j', { propagationPolicy: 'Orphan' });
    cluster.seconds(1);
    expect(cluster.list(KEY)).toEqual([]);
    expect(cluster.list('/pods')[0]?.metadata.ownerReferences).toBeUndefined();
  });
});
