import { exact } from '../money/decimal.js';
import { prorated, shareOf, shareText } from './proration.js';

const vienna = 'Europe/Vienna';

describe('shares, by hand', () => {
  // March 2026 in Vienna has 31 days less the hour that is skipped on the 29th: 31 x 86400 - 3600 = 2674800 s.
  const march = { from: '2026-02-28T23:00:00Z', to: '2026-03-31T22:00:00Z' };
  // October has the hour of the 25th twice: 31 x 86400 + 3600 = 2682000 s.
  const october = { from: '2026-09-30T22:00:00Z', to: '2026-10-31T23:00:00Z' };
  const leap = { from: '2028-01-31T23:00:00Z', to: '2028-02-29T23:00:00Z' };

  it.each([
    // 29 March, noon: 28 days, 11 hours passed: 28 x 86400 + 11 x 3600 = 2458800 s; 2.5 days are left.
    [
      'before noon of the day that is an hour short',
      march,
      { ...march, to: '2026-03-29T10:00:00Z' },
      '2458800/2674800',
      '28/31',
    ],
    ['after it', march, { ...march, from: '2026-03-29T10:00:00Z' }, '216000/2674800', '3/31'],
    // The 25th alone: 25 hours, one day.
    [
      'the day that is an hour long',
      october,
      { from: '2026-10-24T22:00:00Z', to: '2026-10-25T23:00:00Z' },
      '90000/2682000',
      '1/31',
    ],
    // 28 February, 23:00 UTC, is midnight of the leap day: 29 x 86400 = 2505600 s.
    ['the leap day', leap, { ...leap, from: '2028-02-28T23:00:00Z' }, '86400/2505600', '1/29'],
    ['within one date', leap, { from: '2028-02-10T08:00:00Z', to: '2028-02-10T08:00:01.5Z' }, '1.5/2505600', '0/29'],
  ])('%s', (_what, period, segment, seconds, days) => {
    expect(shareText(shareOf(segment, period, 'per_second', vienna))).toBe(seconds);
    expect(shareText(shareOf(segment, period, 'per_day', vienna))).toBe(days);
  });

  it('multiplies before it divides', () => {
    // 0.03 x 1 / 6 is 0.005, which is half a cent; 1 / 6 first would be a little less.
    expect(prorated(exact('0.03'), { part: exact('1'), whole: exact('6') }).toFixed()).toBe('0.005');
  });
});
