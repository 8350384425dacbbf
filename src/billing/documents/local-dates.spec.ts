import { dayText, periodText } from './local-dates.js';

describe('dates as the clocks of a zone have them', () => {
  it.each([
    ['2026-03-01T00:00:00Z', 'UTC', '1 March 2026'],
    ['2026-03-01T00:00:00Z', 'America/New_York', '28 February 2026'],
    ['2026-12-31T23:30:00Z', 'Europe/Vienna', '1 January 2027'],
    ['2028-02-28T13:00:00Z', 'Pacific/Kiritimati', '29 February 2028'],
  ])('%s in %s is %s', (at, zone, text) => {
    expect(dayText(at, zone)).toBe(text);
  });

  it.each([
    ['a month', '2026-02-28T23:00:00Z', '2026-03-31T22:00:00Z', 'Europe/Vienna', '1 March 2026 – 31 March 2026'],
    ['a day of 23 hours', '2026-03-28T23:00:00Z', '2026-03-29T22:00:00Z', 'Europe/Vienna', '29 March 2026'],
    [
      'a month in another zone',
      '2026-02-28T23:00:00Z',
      '2026-03-31T22:00:00Z',
      'UTC',
      '28 February 2026, 23:00 – 31 March 2026, 22:00',
    ],
    [
      'from the middle of a day',
      '2026-03-10T13:30:15Z',
      '2026-03-31T22:00:00Z',
      'Europe/Vienna',
      '10 March 2026, 14:30:15 – 1 April 2026, 00:00',
    ],
    // Midnight does not exist there on that day.
    ['days that begin at one', '2026-09-06T04:00:00Z', '2026-09-07T03:00:00Z', 'America/Santiago', '6 September 2026'],
  ])('%s', (_, from, to, zone, text) => {
    expect(periodText({ from, to }, zone)).toBe(text);
  });
});
