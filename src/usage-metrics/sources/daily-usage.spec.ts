import { lastDays, lastDayToMake, nextDayToMakeAt } from './daily-usage.js';

describe('the days of daily usage', () => {
  it.each([
    ['2026-03-29T00:04:59.999Z', '2026-03-27', '2026-03-29T00:05:00.000Z'],
    ['2026-03-29T00:05:00.000Z', '2026-03-28', '2026-03-30T00:05:00.000Z'],
    ['2026-03-29T23:59:59.999Z', '2026-03-28', '2026-03-30T00:05:00.000Z'],
    ['2028-03-01T12:00:00.000Z', '2028-02-29', '2028-03-02T00:05:00.000Z'],
  ])('at %s are made up to %s, and the next one at %s', (now, day, next) => {
    expect(lastDayToMake(new Date(now))).toBe(day);
    expect(nextDayToMakeAt(new Date(now)).toISOString()).toBe(next);
  });

  it('read are the last ones, today included', () => {
    expect(lastDays(new Date('2026-03-01T00:00:00Z'), 30)).toEqual({ from: '2026-01-31', to: '2026-03-01' });
    expect(lastDays(new Date('2026-03-01T23:59:59Z'), 1)).toEqual({ from: '2026-03-01', to: '2026-03-01' });
  });
});
