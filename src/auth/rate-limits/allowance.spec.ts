import { Allowance, type Grant, quietMs } from './allowance.js';

const limit = { name: 'caller', windowSeconds: 60 };
const grant = (pieces: number, remaining: number, resetsInMs = 60_000): Grant => ({
  window: 'w1',
  granted: pieces,
  remaining,
  resetsInMs,
});

/** An allowance that was granted something at time 0. */
function granted(...of: Parameters<typeof grant>): Allowance {
  const allowance = new Allowance(limit, 100);
  allowance.ask(1, 100);
  allowance.grant(grant(...of), 0);
  return allowance;
}

describe('what a replica may let through', () => {
  it('is nothing before it has asked', () => {
    expect(new Allowance(limit, 100).take(1, 0)).toBeUndefined();
  });

  it('is what was granted, told with what is left in all', () => {
    const allowance = granted(2, 90);
    expect(allowance.take(1, 1)).toEqual({ limit, quota: 100, passed: true, remaining: 91, resetSeconds: 60 });
    expect(allowance.take(1, 58_500)).toEqual({ limit, quota: 100, passed: true, remaining: 90, resetSeconds: 2 });
    expect(allowance.take(1, 58_501)).toBeUndefined();
  });

  it('is taken whole or not at all', () => {
    const allowance = granted(10, 0);
    expect(allowance.take(11, 1)).toBeUndefined();
    expect(allowance.take(10, 1)).toMatchObject({ passed: true, remaining: 0 });
  });

  it('is over with its window, counted from when the question was asked', () => {
    const allowance = new Allowance(limit, 100);
    allowance.grant(grant(10, 90, 5_000), 1_000);
    expect(allowance.take(1, 5_999)).toMatchObject({ passed: true, resetSeconds: 1 });
    expect(allowance.isOver(5_999)).toBe(false);
    expect(allowance.take(1, 6_000)).toBeUndefined();
    expect(allowance.isOver(6_000)).toBe(true);
  });

  it('is asked for again when the quota is another one', () => {
    const allowance = granted(10, 90);
    allowance.changeQuota(50);
    expect(allowance.take(1, 1)).toBeUndefined();
    expect(allowance.ask(1, 50)).toEqual({ window: 'w1', returned: 10, need: 1, want: 50 });
    allowance.grant(grant(5, 30), 2);
    expect(allowance.take(1, 3)).toMatchObject({ quota: 50, passed: true, remaining: 34 });
  });
});

describe('a refusal', () => {
  it('is repeated without asking, for a while', () => {
    const allowance = granted(0, 0);
    expect(allowance.takeOrRefuse(1, 10)).toMatchObject({ passed: false, remaining: 0, resetSeconds: 60 });
    expect(allowance.take(1, 10 + quietMs - 1)).toMatchObject({ passed: false });
    expect(allowance.take(1, 10 + quietMs)).toBeUndefined();
  });

  it('does not outlast the window', () => {
    const allowance = granted(0, 0, 500);
    allowance.takeOrRefuse(1, 10);
    expect(allowance.take(1, 500)).toBeUndefined();
  });

  it('of many units leaves what is held to those who want less', () => {
    const allowance = granted(3, 0);
    expect(allowance.takeOrRefuse(5, 1)).toMatchObject({ passed: false, remaining: 3 });
    expect(allowance.takeOrRefuse(3, 2)).toMatchObject({ passed: true, remaining: 0 });
  });
});

describe('while the database is asked', () => {
  it('nothing is held: it comes again with the answer', () => {
    const allowance = granted(5, 0);
    expect(allowance.ask(0, 5)).toEqual({ window: 'w1', returned: 5, need: 0, want: 5 });
    expect(allowance.take(1, 1)).toBeUndefined();
    allowance.grant(grant(2, 3), 1);
    expect(allowance.take(1, 2)).toMatchObject({ passed: true, remaining: 4 });
  });
});

describe('an allowance that nobody uses', () => {
  it('is offered back after a second, and not when it is over', () => {
    const allowance = granted(5, 10);
    allowance.take(1, 200);
    expect(allowance.idle(1_199)).toBe(0);
    expect(allowance.idle(1_200)).toBe(4);
    expect(allowance.isUnsettled(1_200)).toBe(true);
    expect(allowance.idle(60_000)).toBe(0);
    expect(allowance.returnable).toBe(4);
  });

  it('that is empty is nothing to offer', () => {
    expect(granted(0, 10).isUnsettled(5_000)).toBe(false);
  });
});

describe('an allowance that the database does not answer for', () => {
  it('goes on with what the database last said was left', () => {
    const allowance = granted(1, 2);
    allowance.ask(1, 100);
    allowance.goOnAlone(10);
    for (const remaining of [2, 1, 0]) expect(allowance.take(1, 11)).toMatchObject({ passed: true, remaining });
    expect(allowance.take(1, 12)).toMatchObject({ passed: false });
  });

  it('goes on with a whole quota where no window is known, and only once', () => {
    const allowance = new Allowance(limit, 3);
    allowance.ask(1, 4);
    allowance.goOnAlone(0);
    for (const remaining of [2, 1, 0]) expect(allowance.take(1, 1)).toMatchObject({ passed: true, remaining });
    allowance.ask(1, 4);
    allowance.goOnAlone(2_000);
    expect(allowance.take(1, 2_001)).toMatchObject({ passed: false, resetSeconds: 58 });
  });

  it('tells later what it let through, and offers nothing back that was never granted', () => {
    const allowance = granted(1, 10);
    allowance.ask(1, 100);
    allowance.goOnAlone(10);
    for (let count = 0; count < 4; count++) allowance.take(1, 11);
    expect(allowance.idle(5_000)).toBe(0);
    expect(allowance.returnable).toBe(0);
    expect(allowance.isUnsettled(11)).toBe(true);
    // 11 were held, of which 10 were borrowed: 7 are left of them, and 3 of the database's own were used.
    expect(allowance.ask(0, 0)).toEqual({ window: 'w1', returned: -3, need: 0, want: 0 });
  });
});
