import { ageOf, humanDuration } from './human-duration.js';

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;

describe('humanDuration', () => {
  it.each([
    [-5, '<invalid>'],
    [-0.5, '0s'],
    [0, '0s'],
    [119, '119s'],
    [2 * MINUTE, '2m'],
    [5 * MINUTE + 30, '5m30s'],
    [10 * MINUTE + 30, '10m'],
    [3 * HOUR, '3h'],
    [7 * HOUR + 12 * MINUTE, '7h12m'],
    [9 * HOUR + 12 * MINUTE, '9h'],
    [47 * HOUR, '47h'],
    [3 * DAY + 4 * HOUR, '3d4h'],
    [8 * DAY + 4 * HOUR, '8d'],
    [2 * 365 * DAY + 10 * DAY, '2y10d'],
    [9 * 365 * DAY, '9y'],
  ])('%d seconds are %s', (seconds, expected) => {
    expect(humanDuration(seconds)).toBe(expected);
  });

  it('says that it does not know without a time', () => {
    const now = new Date('2026-01-01T00:01:00Z');
    expect(ageOf('2026-01-01T00:00:00Z', now)).toBe('60s');
    expect(ageOf(undefined, now)).toBe('<unknown>');
  });
});
