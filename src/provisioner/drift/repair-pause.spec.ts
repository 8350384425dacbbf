import { repairPauseMs } from './repair-pause.js';

describe('the pause after a repair', () => {
  it.each([
    [0, 2_000],
    [1, 6_000],
    [2, 18_000],
    [3, 54_000],
    [4, 162_000],
    [5, 300_000],
    [6, 300_000],
    [10_000, 300_000],
  ])('after %i without success is %i ms: tripled, at most five minutes', (attempts, pauseMs) => {
    expect(repairPauseMs(attempts)).toBe(pauseMs);
  });
});
