import fc from 'fast-check';
import { maxWindows, windowBounds, type WindowSize } from './windows.js';

/** Lengths of the windows in minutes. */
function lengths(from: string, to: string, size: WindowSize, zone: string): number[] {
  const bounds = windowBounds({ from, to }, size, zone) ?? [];
  return bounds.slice(1).map((bound, n) => (Date.parse(bound) - Date.parse(bounds[n] ?? '')) / 60_000);
}

const zones = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'America/St_Johns',
  'America/Sao_Paulo',
  'Asia/Kathmandu',
  'Asia/Kolkata',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'Pacific/Kiritimati',
  'Africa/Casablanca',
  'Antarctica/Troll',
];

describe('windows', () => {
  it('without a size are one', () => {
    const range = { from: '2026-01-01T00:00:00.000001Z', to: '2026-01-02T00:00:00Z' };
    expect(windowBounds(range, undefined, 'UTC')).toEqual([range.from, range.to]);
  });

  it('begin and end with the range', () => {
    const range = { from: '2026-11-20T22:10:00Z', to: '2026-11-22T01:00:00.5Z' };
    expect(windowBounds(range, 'DAY', 'UTC')).toEqual([
      '2026-11-20T22:10:00Z',
      '2026-11-21T00:00:00Z',
      '2026-11-22T00:00:00Z',
      '2026-11-22T01:00:00.5Z',
    ]);
    expect(
      windowBounds({ from: '2026-11-20T00:00:00Z', to: '2026-11-20T00:00:00.000001Z' }, 'MONTH', 'UTC'),
    ).toHaveLength(2);
  });

  it.each<[string, string, string, WindowSize, string, number[]]>([
    ['a day of 23 hours', '2026-03-27T23:00:00Z', '2026-03-30T22:00:00Z', 'DAY', 'Europe/Berlin', [1440, 1380, 1440]],
    ['a day of 25 hours', '2026-10-23T22:00:00Z', '2026-10-26T23:00:00Z', 'DAY', 'Europe/Berlin', [1440, 1500, 1440]],
    ['an hour that is left out', '2026-03-29T00:00:00Z', '2026-03-29T02:00:00Z', 'HOUR', 'Europe/Berlin', [60, 60]],
    ['an hour that comes twice', '2026-10-25T00:00:00Z', '2026-10-25T03:00:00Z', 'HOUR', 'Europe/Berlin', [60, 60, 60]],
    ['days at +05:45', '2026-01-01T18:15:00Z', '2026-01-03T18:15:00Z', 'DAY', 'Asia/Kathmandu', [1440, 1440]],
    ['hours at +05:45', '2026-01-01T18:00:00Z', '2026-01-01T20:15:00Z', 'HOUR', 'Asia/Kathmandu', [15, 60, 60]],
    [
      'clocks half an hour back',
      '2026-04-04T13:00:00Z',
      '2026-04-04T16:30:00Z',
      'HOUR',
      'Australia/Lord_Howe',
      [60, 90, 60],
    ],
    ['clocks half an hour on', '2026-10-03T14:30:00Z', '2026-10-03T17:00:00Z', 'HOUR', 'Australia/Lord_Howe', [90, 60]],
    [
      'a day of 24 h and a half',
      '2026-04-03T13:00:00Z',
      '2026-04-05T13:30:00Z',
      'DAY',
      'Australia/Lord_Howe',
      [1440, 1470],
    ],
    [
      'a date that was left out',
      '2011-12-28T10:00:00Z',
      '2011-12-31T10:00:00Z',
      'DAY',
      'Pacific/Apia',
      [1440, 1440, 1440],
    ],
    [
      'a day without a midnight',
      '2018-11-03T03:00:00Z',
      '2018-11-05T02:00:00Z',
      'DAY',
      'America/Sao_Paulo',
      [1440, 1380],
    ],
    [
      'clocks back past midnight',
      '2006-10-28T02:30:00Z',
      '2006-10-30T03:30:00Z',
      'DAY',
      'America/St_Johns',
      [1440, 1500],
    ],
    ['a leap day', '2028-02-01T00:00:00Z', '2028-04-01T00:00:00Z', 'MONTH', 'UTC', [29 * 1440, 31 * 1440]],
    ['no leap day', '2100-02-01T00:00:00Z', '2100-03-01T00:00:00Z', 'MONTH', 'UTC', [28 * 1440]],
    [
      'a month with a change of clocks',
      '2026-02-28T23:00:00Z',
      '2026-03-31T22:00:00Z',
      'MONTH',
      'Europe/Berlin',
      [31 * 1440 - 60],
    ],
    ['weeks from Mondays', '2025-12-29T00:00:00Z', '2026-01-08T00:00:00Z', 'WEEK', 'UTC', [7 * 1440, 3 * 1440]],
    ['far ahead', '2100-03-27T23:00:00Z', '2100-03-29T22:00:00Z', 'DAY', 'Europe/Berlin', [1380, 1440]],
  ])('%s', (_what, from, to, size, zone, expected) => {
    expect(lengths(from, to, size, zone)).toEqual(expected);
  });

  it('are no more than a week of minutes', () => {
    const to = '2026-01-08T00:00:00Z';
    expect(windowBounds({ from: '2026-01-01T00:00:00Z', to }, 'MINUTE', 'Asia/Kolkata')).toHaveLength(maxWindows + 1);
    expect(windowBounds({ from: '2025-12-31T23:59:59.999999Z', to }, 'MINUTE', 'Asia/Kolkata')).toBeUndefined();
    expect(
      windowBounds({ from: '1970-01-01T00:00:00Z', to: '9999-12-31T23:59:59.999999Z' }, 'DAY', 'UTC'),
    ).toBeUndefined();
  });

  /** What the clocks of the zone say, by another way than the code under test. */
  const clocks = (zone: string): ((ms: number) => Record<string, string>) => {
    const format = new Intl.DateTimeFormat('en-GB', {
      timeZone: zone,
      calendar: 'iso8601',
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      weekday: 'short',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
    return (ms) => Object.fromEntries(format.formatToParts(ms).map(({ type, value }) => [type, value]));
  };
  /** The name of the window that a moment is in, as far as the clocks tell. */
  const names: Record<WindowSize, (clock: Record<string, string>) => string> = {
    MINUTE: ({ day, hour, minute }) => `${day} ${hour}:${minute}`,
    HOUR: ({ day, hour }) => `${day} ${hour}`,
    DAY: ({ month, day }) => `${month}-${day}`,
    WEEK: ({ year, month, day, weekday = '' }) => {
      const offset = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'].indexOf(weekday);
      return String(Date.UTC(Number(year), Number(month) - 1, Number(day) - offset));
    },
    MONTH: ({ year, month }) => `${year}-${month}`,
  };
  const spans: Record<WindowSize, number> = { MINUTE: 3e6, HOUR: 2e8, DAY: 3e9, WEEK: 2e10, MONTH: 5e10 };

  it('tile the range, and each holds what the clocks call one', () => {
    const from = fc.date({ min: new Date('1980-01-01'), max: new Date('2060-01-01'), noInvalidDate: true });
    const cases = fc
      .constantFrom(...(['MINUTE', 'HOUR', 'DAY', 'WEEK', 'MONTH'] as const))
      .chain((size) =>
        fc.tuple(fc.constant(size), fc.constantFrom(...zones), from, fc.integer({ min: 1, max: spans[size] })),
      );
    fc.assert(
      fc.property(cases, ([size, zone, begin, span]) => {
        const range = { from: begin.toISOString(), to: new Date(begin.getTime() + span).toISOString() };
        const bounds = (windowBounds(range, size, zone) ?? []).map((bound) => Date.parse(bound));
        expect([bounds[0], bounds.at(-1)]).toEqual([Date.parse(range.from), Date.parse(range.to)]);
        const clock = clocks(zone);
        const name = (ms: number): string => names[size](clock(ms));
        for (const [n, start] of bounds.slice(0, -1).entries()) {
          const end = bounds[n + 1] ?? 0;
          expect(end).toBeGreaterThan(start);
          // Where the clocks go back past the beginning of a day, the end of the day before comes again in it.
          if (zone === 'America/St_Johns' && size !== 'MINUTE') continue;
          const inside = Math.floor((start + end) / 2);
          expect([name(inside), name(end - 1)]).toEqual([name(start), name(start)]);
          if (n > 0 && size !== 'HOUR' && size !== 'MINUTE') expect(name(start - 1)).not.toBe(name(start));
          if (n > 0 && (size === 'HOUR' || size === 'MINUTE')) {
            const { minute, second } = clock(start);
            expect([size === 'HOUR' ? minute : '00', second, start % 1_000]).toEqual(['00', '00', 0]);
          }
        }
      }),
      { numRuns: 400 },
    );
  });

  it('add up: a range that is cut at any of its bounds has the same ones', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.date({ min: new Date('1980-01-01'), max: new Date('2060-01-01'), noInvalidDate: true }),
        fc.integer({ min: 2, max: 200 }),
        fc.nat(),
        (zone, begin, hours, cut) => {
          const range = { from: begin.toISOString(), to: new Date(begin.getTime() + hours * 3_600_000).toISOString() };
          const whole = windowBounds(range, 'HOUR', zone) ?? [];
          const at = whole[cut % whole.length] ?? '';
          if (at === whole[0] || at === whole.at(-1)) return;
          const left = windowBounds({ from: range.from, to: at }, 'HOUR', zone) ?? [];
          const right = windowBounds({ from: at, to: range.to }, 'HOUR', zone) ?? [];
          expect([...left, ...right.slice(1)]).toEqual(whole);
        },
      ),
    );
  });
});
