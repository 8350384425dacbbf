import { BackgroundTasksConfig, backgroundTasksEnvironment } from './background-tasks.config.js';

const faultsOf = (environment: object): string[] => {
  const parsed = backgroundTasksEnvironment.safeParse(environment);
  return parsed.success ? [] : parsed.error.issues.map(({ path }) => path.join('/'));
};

describe('the settings of background tasks', () => {
  it('have sensible defaults', () => {
    const config = new BackgroundTasksConfig(backgroundTasksEnvironment.parse({}));
    expect(config).toMatchObject({ concurrency: 32, leaseMs: 10_000, pollMs: 1_000, drainMs: 10_000, outboxDays: 30 });
  });

  it('tell two processes of one replica apart', () => {
    const config = new BackgroundTasksConfig(backgroundTasksEnvironment.parse({ TENANTRY_REPLICA: 'node-1' }));
    expect(config.replica).toBe(`node-1/${process.pid}`);
  });

  it.each([
    [{ TENANTRY_REPLICA: 'a.b_c-1', TENANTRY_OPERATION_CONCURRENCY: '256', TENANTRY_LEASE_SECONDS: '0300' }, []],
    [{ TENANTRY_REPLICA: 'a/b' }, ['TENANTRY_REPLICA']],
    [{ TENANTRY_REPLICA: '' }, ['TENANTRY_REPLICA']],
    [{ TENANTRY_REPLICA: 'x'.repeat(101) }, ['TENANTRY_REPLICA']],
    [{ TENANTRY_OPERATION_CONCURRENCY: '0' }, ['TENANTRY_OPERATION_CONCURRENCY']],
    [{ TENANTRY_OPERATION_CONCURRENCY: '1.5' }, ['TENANTRY_OPERATION_CONCURRENCY']],
    [
      { TENANTRY_OPERATION_CONCURRENCY: 'many', TENANTRY_LEASE_SECONDS: '0' },
      ['TENANTRY_OPERATION_CONCURRENCY', 'TENANTRY_LEASE_SECONDS'],
    ],
    [{ TENANTRY_LEASE_SECONDS: '301' }, ['TENANTRY_LEASE_SECONDS']],
    [{ TENANTRY_OUTBOX_DAYS: '0' }, ['TENANTRY_OUTBOX_DAYS']],
  ])('%j', (environment, faults) => {
    expect(faultsOf(environment)).toEqual(faults);
  });
});
