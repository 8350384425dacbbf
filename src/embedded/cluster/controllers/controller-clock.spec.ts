import { SystemControllerClock } from './controller-clock.js';
import { VirtualClock } from './testing/virtual-clock.js';

describe('the real clock', () => {
  const clock = new SystemControllerClock();

  it('waits, and can be told not to', async () => {
    const ran: string[] = [];
    const cancel = clock.after(1, () => ran.push('cancelled'));
    cancel();
    const cancelSoon = clock.soon(() => ran.push('cancelled'));
    cancelSoon();
    await new Promise<void>((resolve) => {
      clock.after(5, () => {
        ran.push('late');
        resolve();
      });
      clock.soon(() => ran.push('soon'));
    });
    expect(ran).toEqual(['soon', 'late']);
  });

  it('does not take a month for no time at all', async () => {
    let ran = false;
    const cancel = clock.after(40 * 86_400_000, () => (ran = true));
    await new Promise<void>((resolve) => {
      clock.after(20, resolve);
    });
    cancel();
    expect(ran).toBe(false);
  });

  it('prints whole seconds', () => {
    expect(clock.timestamp()).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(clock.since(undefined)).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('the virtual clock', () => {
  it('runs what is due in order of time, then of asking, each at its time', () => {
    const clock = new VirtualClock(0);
    const ran: string[] = [];
    for (const [name, ms] of [
      ['c', 30],
      ['a', 10],
      ['b', 10],
    ] as const)
      clock.after(ms, () => ran.push(`${name}${clock.now()}`));
    clock.advance(20);
    expect(ran).toEqual(['a10', 'b10']);
    expect([clock.now(), clock.waiting]).toEqual([20, 1]);
    clock.advance(20);
    expect(ran.at(-1)).toBe('c30');
  });

  it('runs what the run asks for, when it is due', () => {
    const clock = new VirtualClock(0);
    let ticks = 0;
    const tick = (): void => {
      ticks += 1;
      clock.soon(() => clock.after(10, tick));
    };
    clock.after(10, tick);
    clock.advance(100);
    expect(ticks).toBe(10);
  });
});
