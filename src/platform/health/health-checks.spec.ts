import { HealthChecks } from './health-checks.js';

describe('the state of dependencies', () => {
  it('is told by name', async () => {
    const checks = new HealthChecks();
    checks.add({ name: 'database', check: async () => undefined });
    checks.add({
      name: 'cluster',
      check: async () => {
        throw new Error('connection refused');
      },
    });
    expect(await checks.run(1_000)).toEqual({
      database: { status: 'up' },
      cluster: { status: 'down', reason: 'connection refused' },
    });
  });

  it('is down when the answer does not come in time, and the check is told to stop', async () => {
    const checks = new HealthChecks();
    let stopped = false;
    checks.add({
      name: 'hangs',
      check: (signal) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => {
            stopped = true;
            reject(new Error('stopped'));
          });
        }),
    });
    checks.add({ name: 'deaf', check: () => new Promise(() => undefined) });
    expect(await checks.run(20)).toEqual({
      hangs: { status: 'down', reason: 'no answer after 20 ms' },
      deaf: { status: 'down', reason: 'no answer after 20 ms' },
    });
    expect(stopped).toBe(true);
  });

  it('asks all at once', async () => {
    const checks = new HealthChecks();
    let [running, most] = [0, 0];
    for (const name of ['a', 'b', 'c', 'd']) {
      checks.add({
        name,
        check: async () => {
          running += 1;
          most = Math.max(most, running);
          await new Promise((resolve) => setTimeout(resolve, 50));
          running -= 1;
        },
      });
    }
    await checks.run(1_000);
    expect(most).toBe(4);
  });

  it('is down when a check throws at once, or throws no error', async () => {
    const checks = new HealthChecks();
    checks.add({
      name: 'sync',
      check: () => {
        throw new Error('at once');
      },
    });
    checks.add({ name: 'text', check: () => Promise.reject('just text') });
    expect(await checks.run(100)).toMatchObject({ sync: { reason: 'at once' }, text: { reason: 'just text' } });
  });

  it('refuses two checks of one name', () => {
    const checks = new HealthChecks();
    checks.add({ name: 'database', check: async () => undefined });
    expect(() => checks.add({ name: 'database', check: async () => undefined })).toThrow(
      'two health checks are called database',
    );
  });

  it('nothing to ask is well', async () => {
    expect(await new HealthChecks().run(10)).toEqual({});
  });
});
