import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { exact, sumOf } from '../money/decimal.js';
import { timeZone } from '../../platform/time-zone.js';
import { billingPeriod, billingPeriodAt, type Anchor } from './billing-period.js';
import { shareOf } from './proration.js';

// One file for all of them: what is known of a zone is worked out once in each, which is what takes the time.
const zones = Intl.supportedValuesOf('timeZone');

/** Midnight of a date, by the clocks of the zone. */
function midnight(date: string, zone: string): string {
  return Temporal.PlainDate.from(date).toZonedDateTime(zone).toInstant().toString();
}

/** When the clocks of a zone are turned, 2020 to 2035. */
function turnsOf(zone: string): Temporal.Instant[] {
  const turns: Temporal.Instant[] = [];
  let at = Temporal.Instant.from('2020-01-01T00:00:00Z').toZonedDateTimeISO(zone);
  for (;;) {
    const next = at.getTimeZoneTransition('next');
    if (next === null || next.year > 2035) return turns;
    turns.push(next.toInstant());
    at = next;
  }
}

/** Seconds that pass, or dates that there are. */
function wholeOf({ from, to }: { from: string; to: string }, by: 'per_second' | 'per_day', zone: string): string {
  const [begin, end] = [from, to].map((at) => Temporal.Instant.from(at).toZonedDateTimeISO(zone));
  if (begin === undefined || end === undefined) throw new Error('no bounds');
  if (by === 'per_second') return String(begin.until(end, { largestUnit: 'seconds' }).seconds);
  return String(begin.toPlainDate().until(end.toPlainDate(), { largestUnit: 'days' }).days);
}

/** 2020 to 2035, as the clocks of the zone show it. */
const anchors = fc
  .record({
    zone: fc.constantFrom(...zones),
    year: fc.integer({ min: 2020, max: 2035 }),
    month: fc.integer({ min: 1, max: 12 }),
    day: fc.integer({ min: 1, max: 31 }),
    minute: fc.integer({ min: 0, max: 1_439 }),
    interval: fc.constantFrom('month' as const, 'year' as const),
  })
  .map(({ zone, interval, minute, ...date }) => ({
    day: date.day,
    minute,
    anchor: {
      at: Temporal.PlainDateTime.from({ ...date, hour: Math.floor(minute / 60), minute: minute % 60 })
        .toZonedDateTime(zone)
        .toInstant()
        .toString(),
      zone,
      interval,
    },
  }));

describe('laws', () => {
  it('takes all that Node has', () => {
    expect(zones.length).toBeGreaterThan(400);
    expect(zones.filter((name) => !timeZone.safeParse(name).success)).toEqual([]);
  });

  it('every zone, 2020 to 2035, days 1 to 31: each period begins on the day of the anchor, or on the last of its month', () => {
    for (const [index, zone] of zones.entries()) {
      const day = (index % 31) + 1;
      const date = Temporal.PlainDate.from({ year: 2020, month: 1, day });
      const anchor: Anchor = { at: midnight(date.toString(), zone), zone, interval: 'month' };
      // All of them take half a minute; 23 is prime to twelve, so that each month of the year has its turn.
      for (let month = index % 23; month < 192; month += 23) {
        const { from, to } = billingPeriod(anchor, month);
        const first = date.add({ months: month });
        // Where midnight is skipped the date begins later.
        const began = Temporal.Instant.from(from).toZonedDateTimeISO(zone).toPlainDate();
        if (!began.equals(first) || first.day !== Math.min(day, first.daysInMonth)) throw new Error(`${zone} ${from}`);
        if (Temporal.Instant.compare(from, to) >= 0) throw new Error(`${zone} ${from}`);
      }
    }
    expect(zones.length).toBeGreaterThan(400);
  });

  it('an instant is in the period that it is said to be in, and in no other', () => {
    fc.assert(
      fc.property(anchors, fc.integer({ min: 0, max: 500_000_000 }), ({ anchor }, seconds) => {
        const at = Temporal.Instant.from(anchor.at).add({ seconds }).toString();
        const period = billingPeriodAt(anchor, at);
        if (period === undefined) throw new Error('none');
        expect(Temporal.Instant.compare(period.from, at)).toBeLessThanOrEqual(0);
        expect(Temporal.Instant.compare(at, period.to)).toBe(-1);
        expect(billingPeriod(anchor, period.index)).toEqual(period);
        expect(billingPeriod(anchor, period.index + 1).from).toBe(period.to);
      }),
      { numRuns: 200 },
    );
  });

  it('segments that are cut where clocks turn tile their period: every zone, every turn from 2020 to 2035, days 1 to 31', () => {
    let [periods, cutAtTurns] = [0, 0];
    const judged = new Set<string>();
    for (const [index, zone] of zones.entries()) {
      const turns = turnsOf(zone);
      // All days of all zones take minutes: four in each, so that every day has more than fifty zones, and other months in each of them.
      const days = Array.from({ length: 4 }, (_, n) => {
        const month = (index * 7 + n * 13) % 192;
        const day = ((index + n * 8) % 31) + 1;
        return Temporal.PlainDate.from({ year: 2020 + Math.floor(month / 12), month: (month % 12) + 1, day });
      });
      // Zones whose clocks are turned at the same times from the same time on are one in these years.
      const rules = `${Temporal.Instant.from('2020-01-01T00:00:00Z').toZonedDateTimeISO(zone).offset} ${turns.join(' ')}`;
      const dates = judged.has(rules) ? [] : turns.map((turn) => turn.toZonedDateTimeISO(zone).toPlainDate());
      judged.add(rules);
      const starts = [...days, ...dates];
      for (const date of starts) {
        const period = billingPeriod({ at: midnight(date.toString(), zone), zone, interval: 'month' }, 0);
        const from = Temporal.Instant.from(period.from);
        const to = Temporal.Instant.from(period.to);
        const isWithin = (cut: Temporal.Instant): boolean =>
          from.epochMilliseconds < cut.epochMilliseconds && cut.epochMilliseconds < to.epochMilliseconds;
        const inner = turns
          .filter(isWithin)
          .flatMap((turn) => [turn.subtract({ seconds: 1 }), turn, turn.add({ hours: 1 })])
          .concat(from.add({ hours: 333 }))
          .filter(isWithin)
          .sort((a, b) => Temporal.Instant.compare(a, b));
        const bounds = [period.from, ...new Set(inner.map(String)), period.to];
        for (const by of ['per_second', 'per_day'] as const) {
          const shares = bounds.slice(1).map((end, n) => shareOf({ from: bounds[n] ?? '', to: end }, period, by, zone));
          const whole = wholeOf(period, by, zone);
          const fits = shares.every(({ part, whole: of }) => !part.isNegative() && of.eq(exact(whole)));
          if (!fits || !sumOf(shares.map(({ part }) => part)).eq(exact(whole)))
            throw new Error(`${zone} ${period.from} ${by}`);
        }
        periods += 1;
        if (bounds.length > 4) cutAtTurns += 1;
      }
    }
    expect(periods).toBeGreaterThan(400 * 4 + 1_000);
    expect(cutAtTurns).toBeGreaterThan(1_000);
  });

  it('segments tile their period in every zone, 2020 to 2035, days 1 to 31, by second and by day', () => {
    const arbitrary = fc.record({
      zone: fc.constantFrom(...zones),
      year: fc.integer({ min: 2020, max: 2035 }),
      month: fc.integer({ min: 1, max: 12 }),
      day: fc.integer({ min: 1, max: 31 }),
      interval: fc.constantFrom('month' as const, 'year' as const),
      cuts: fc.array(fc.integer({ min: 1, max: 9_999 }), { maxLength: 8 }),
    });
    fc.assert(
      fc.property(arbitrary, ({ zone, year, month, day, interval, cuts }) => {
        const at = Temporal.PlainDate.from({ year, month, day }).toZonedDateTime(zone).toInstant().toString();
        const period = billingPeriod({ at, zone, interval }, 0);
        const from = Temporal.Instant.from(period.from).epochNanoseconds;
        const length = Temporal.Instant.from(period.to).epochNanoseconds - from;
        const inner = [...new Set(cuts)]
          .sort((a, b) => a - b)
          .map((cut) => Temporal.Instant.fromEpochNanoseconds(from + (length * BigInt(cut)) / 10_000n).toString());
        const bounds = [period.from, ...inner, period.to];
        for (const by of ['per_second', 'per_day'] as const) {
          const shares = bounds
            .slice(1)
            .map((to, index) => shareOf({ from: bounds[index] ?? '', to }, period, by, zone));
          const [first] = shares;
          expect(sumOf(shares.map(({ part }) => part)).eq(first?.whole ?? exact('NaN'))).toBe(true);
          expect(
            shares.every(({ part, whole }) => !part.isNegative() && part.lte(whole) && whole.gt(exact('27'))),
          ).toBe(true);
        }
      }),
      { numRuns: 250 },
    );
  });
});
