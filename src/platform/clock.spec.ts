import { SystemClock } from './clock.js';

describe('SystemClock', () => {
  const clock = new SystemClock();

  it('tells the time of the system', () => {
    const before = Date.now();
    const now = clock.now().getTime();
    expect(now).toBeGreaterThanOrEqual(before);
    expect(now).toBeLessThanOrEqual(Date.now());
  });

  it('sleeps at least as long as asked', async () => {
    const start = performance.now();
    await clock.sleep(20);
    expect(performance.now() - start).toBeGreaterThanOrEqual(18);
  });

  it('ends a sleep at once with the reason of the abort', async () => {
    const controller = new AbortController();
    const reason = new Error('stopping');
    const sleeping = clock.sleep(60_000, controller.signal);
    controller.abort(reason);
    await expect(sleeping).rejects.toBe(reason);
  });

  it('does not sleep when already aborted', async () => {
    const reason = new Error('stopped');
    await expect(clock.sleep(60_000, AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});
