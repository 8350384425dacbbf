import { completeCreation } from './create-strategy.js';

describe('completing a new object', () => {
  const job = {
    metadata: { name: 'migrate', uid: 'u-1' },
    spec: { template: { metadata: { labels: { app: 'a' } }, spec: {} } },
  };

  it('makes a job select its pods by its uid', () => {
    expect(completeCreation('batch/v1', 'Job', job)).toEqual({
      metadata: job.metadata,
      spec: {
        selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': 'u-1' } },
        template: {
          metadata: {
            labels: {
              app: 'a',
              'batch.kubernetes.io/controller-uid': 'u-1',
              'batch.kubernetes.io/job-name': 'migrate',
              'controller-uid': 'u-1',
              'job-name': 'migrate',
            },
          },
          spec: {},
        },
      },
    });
  });

  it('leaves a job that chose its selector, or has no uid yet', () => {
    const manual = { ...job, spec: { ...job.spec, manualSelector: true } };
    expect(completeCreation('batch/v1', 'Job', manual)).toBe(manual);
    const early = { ...job, metadata: { name: 'x' } };
    expect(completeCreation('batch/v1', 'Job', early)).toBe(early);
  });

  it.each([
    ['PersistentVolumeClaim', 'kubernetes.io/pvc-protection'],
    ['PersistentVolume', 'kubernetes.io/pv-protection'],
  ])('protects a %s', (kind, finalizer) => {
    const made = completeCreation('v1', kind, { metadata: { name: 'x', finalizers: ['own'] } });
    expect(made).toEqual({ metadata: { name: 'x', finalizers: ['own', finalizer] } });
    expect(completeCreation('v1', kind, made)).toBe(made);
  });

  it('keeps a namespace until its content is gone', () => {
    const made = completeCreation('v1', 'Namespace', { metadata: { name: 'n' } });
    expect(made).toEqual({ metadata: { name: 'n' }, spec: { finalizers: ['kubernetes'] } });
    expect(completeCreation('v1', 'Namespace', made)).toBe(made);
  });

  it('adds nothing to other kinds', () => {
    const pod = { metadata: { name: 'p' } };
    expect(completeCreation('v1', 'Pod', pod)).toBe(pod);
  });
});
