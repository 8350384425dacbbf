import fc from 'fast-check';
import { faultOfTime } from './event-time.js';

describe('the time of an event', () => {
  it.each([
    '1970-01-01T00:00:00Z',
    '2026-11-20T08:30:00Z',
    '2026-11-20t08:30:00z',
    '2026-11-20T08:30:00.123456789+05:45',
    '2024-02-29T00:00:00-00:00',
    '2000-02-29T00:00:00Z',
    '2016-12-31T23:59:60Z',
    '2017-01-01T00:59:60+01:00',
    '1969-12-31T23:00:00-02:00',
    '9999-12-31T23:59:59.999Z',
    '2026-11-20T08:30:00+15:59',
  ])('%s', (time) => {
    expect(faultOfTime(time)).toBeUndefined();
  });

  it.each(['0000-01-01T00:00:00Z', '0099-06-01T00:00:00Z', '1969-12-31T23:59:59.999Z', '1970-01-01T00:00:00+00:01'])(
    '%s is before what is counted',
    (time) => {
      expect(faultOfTime(time)).toBe('out_of_range');
    },
  );

  it.each([
    ['', 'nothing'],
    ['2026-11-20', 'a day'],
    ['2026-11-20T08:30:00', 'no zone'],
    ['2026-11-20 08:30:00Z', 'a blank'],
    ['2026-11-20T08:30Z', 'no seconds'],
    ['2026-02-29T00:00:00Z', 'a day that is not'],
    ['1900-02-29T00:00:00Z', 'another'],
    ['2026-04-31T00:00:00Z', 'another'],
    ['2026-00-10T00:00:00Z', 'month 0'],
    ['2026-13-10T00:00:00Z', 'month 13'],
    ['2026-11-20T24:00:00Z', 'hour 24'],
    ['2026-11-20T08:60:00Z', 'minute 60'],
    ['2026-11-20T08:30:61Z', 'second 61'],
    ['2026-11-20T08:30:60Z', 'a leap second where none is'],
    ['2026-11-20T23:59:60Z', 'another'],
    ['2016-12-31T23:59:60.5Z', 'a fraction of one'],
    ['2026-11-20T08:30:00+16:00', 'an offset of no zone'],
    ['2026-11-20T08:30:00.0123456789Z', 'less than nanoseconds'],
    ['12026-11-20T08:30:00Z', 'a year of five digits'],
    ['-0001-11-20T08:30:00Z', 'before Christ'],
    ['２026-11-20T08:30:00Z', 'other digits'],
    [' 2026-11-20T08:30:00Z', 'a blank before'],
  ])('%s is none: %s', (time) => {
    expect(faultOfTime(time)).toBe('malformed');
  });

  it('is what a Date writes, from 1970 on', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date('1900-01-01'), max: new Date('9999-12-31'), noInvalidDate: true }),
        (date) => {
          expect(faultOfTime(date.toISOString())).toBe(date.getTime() < 0 ? 'out_of_range' : undefined);
        },
      ),
    );
  });
});
