import { Temporal } from 'temporal-polyfill';
import {
  billingPeriod,
  billingPeriodAt,
  endedPeriods,
  trialEnd,
  zoneDataVersion,
  type Anchor,
} from './billing-period.js';

function starts(anchor: Anchor, count: number): string[] {
  return Array.from({ length: count }, (_, index) => billingPeriod(anchor, index).from);
}

/** Midnight of a date, by the clocks of the zone. */
function midnight(date: string, zone: string): string {
  return Temporal.PlainDate.from(date).toZonedDateTime(zone).toInstant().toString();
}

describe('periods that are anchored', () => {
  it('31 January, then 28 February, then 31 March; 29 in a leap year', () => {
    // Vienna: +01:00 in winter, +02:00 from 29 March 2026 and from 26 March 2028.
    const anchor = (date: string): Anchor => ({
      at: midnight(date, 'Europe/Vienna'),
      zone: 'Europe/Vienna',
      interval: 'month',
    });
    expect(starts(anchor('2026-01-31'), 5)).toEqual([
      '2026-01-30T23:00:00Z',
      '2026-02-27T23:00:00Z',
      '2026-03-30T22:00:00Z',
      '2026-04-29T22:00:00Z',
      '2026-05-30T22:00:00Z',
    ]);
    expect(starts(anchor('2028-01-31'), 3)).toEqual([
      '2028-01-30T23:00:00Z',
      '2028-02-28T23:00:00Z',
      '2028-03-30T22:00:00Z',
    ]);
  });

  it('29 February comes back every four years', () => {
    const anchor: Anchor = { at: '2028-02-29T12:00:00Z', zone: 'UTC', interval: 'year' };
    expect(starts(anchor, 5)).toEqual([
      '2028-02-29T12:00:00Z',
      '2029-02-28T12:00:00Z',
      '2030-02-28T12:00:00Z',
      '2031-02-28T12:00:00Z',
      '2032-02-29T12:00:00Z',
    ]);
  });

  it.each([
    // 02:30 is skipped on 29 March 2026: 03:30 summer time is 01:30 UTC.
    ['a time that the clocks skip', 'Europe/Vienna', '2026-02-28T01:30:00Z', 1, '2026-03-28T01:30:00Z'],
    ['a time that the clocks skip, on the day', 'Europe/Vienna', '2026-01-29T01:30:00Z', 2, '2026-03-29T01:30:00Z'],
    // 02:30 is there twice on 25 October 2026: first in summer time, 00:30 UTC.
    ['a time that is there twice', 'Europe/Vienna', '2026-09-25T00:30:00Z', 1, '2026-10-25T00:30:00Z'],
    // Midnight is skipped in Cairo on 24 April 2026: 01:00 summer time is 22:00 UTC.
    ['midnight that is skipped', 'Africa/Cairo', '2026-03-23T22:00:00Z', 1, '2026-04-23T22:00:00Z'],
    // Lord Howe turns its clocks by half an hour on 5 April 2026, from +11:00 to +10:30.
    ['half an hour', 'Australia/Lord_Howe', '2026-03-15T13:00:00Z', 1, '2026-04-15T13:30:00Z'],
  ])('%s', (_what, zone, at, index, from) => {
    expect(billingPeriod({ at, zone, interval: 'month' }, index).from).toBe(from);
  });
});

describe('which period', () => {
  const anchor: Anchor = { at: '2026-01-31T00:00:00Z', zone: 'UTC', interval: 'month' };

  it.each([
    ['2026-01-31T00:00:00Z', 0],
    ['2026-02-27T23:59:59.999999999Z', 0],
    ['2026-02-28T00:00:00Z', 1],
    ['2026-03-30T23:59:59Z', 1],
    ['2026-03-31T00:00:00Z', 2],
  ])('%s is in period %d', (at, index) => {
    expect(billingPeriodAt(anchor, at)).toEqual(billingPeriod(anchor, index));
  });

  it('none before the anchor', () => {
    expect(billingPeriodAt(anchor, '2026-01-30T23:59:59Z')).toBeUndefined();
  });

  it('those that have ended, in order', () => {
    const ended = [...endedPeriods(anchor, 1, '2026-04-30T00:00:00Z')];
    expect(ended.map(({ index, to }) => [index, to])).toEqual([
      [1, '2026-03-31T00:00:00Z'],
      [2, '2026-04-30T00:00:00Z'],
    ]);
    expect([...endedPeriods(anchor, 0, '2026-02-27T23:59:59Z')]).toEqual([]);
  });
});

describe('trials', () => {
  it('end at the same time of day, an hour of summer time less', () => {
    // 20 March 12:00 +01:00, 14 days later 12:00 +02:00.
    expect(trialEnd('2026-03-20T11:00:00Z', 14, 'Europe/Vienna')).toBe('2026-04-03T10:00:00Z');
  });
});

describe('zones', () => {
  it('says which data', () => {
    expect(zoneDataVersion()).toMatch(/^20\d\d[a-z]$/);
  });
});
