import { dueBetween, parseSchedule } from './cron-schedule.js';

const FROM = Date.parse('2026-03-28T12:00:00Z');

describe('the next time of a schedule', () => {
  const rows: [string, string | undefined, string | undefined][] = [
    ['0 3 * * *', undefined, '2026-03-29T03:00:00.000Z'],
    ['*/5 * * * *', undefined, '2026-03-28T12:05:00.000Z'],
    ['@daily', undefined, '2026-03-29T00:00:00.000Z'],
    ['0 0 ? * 7', undefined, '2026-03-29T00:00:00.000Z'],
    ['0 0 13 * 5', undefined, '2026-04-03T00:00:00.000Z'],
    ['0 9 * JAN MON-FRI', undefined, '2027-01-01T09:00:00.000Z'],
    ['30 4 * * *', 'Europe/Berlin', '2026-03-29T02:30:00.000Z'],
    ['0 0 30 2 *', undefined, undefined],
  ];
  it.each(rows)('%s %s', (schedule, zone, next) => {
    const found = parseSchedule(schedule, zone).next(FROM);
    expect(found === undefined ? undefined : new Date(found).toISOString()).toBe(next);
  });

  it.each(['61 * * * *', 'often', '* * *  *', ''])('%j is no schedule', (schedule) => {
    expect(() => parseSchedule(schedule, undefined)).toThrow(Error);
  });

  it('needs a zone that exists', () => {
    expect(() => parseSchedule('* * * * *', 'Middle/Earth')).toThrow(Error);
  });
});

describe('what was due', () => {
  const every = parseSchedule('*/10 * * * *', undefined);

  it('nothing before the first time', () => {
    expect(dueBetween(every, FROM, FROM + 599_000)).toEqual({ latest: undefined, missed: 0, next: FROM + 600_000 });
  });

  it('only the latest of those that were missed', () => {
    expect(dueBetween(every, FROM, FROM + 1_900_000)).toEqual({
      latest: FROM + 1_800_000,
      missed: 3,
      next: FROM + 2_400_000,
    });
  });

  it('after a year away is found without counting every one', () => {
    const now = FROM + 365 * 86_400_000 + 1;
    const { latest, missed, next } = dueBetween(every, FROM, now);
    expect([latest, next]).toEqual([now - 1, now - 1 + 600_000]);
    expect(missed).toBeLessThan(110);
    expect(missed).toBeGreaterThan(100);
  });
});
