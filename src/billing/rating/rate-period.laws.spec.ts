import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { exact, sumOf } from '../money/decimal.js';
import { planSegments } from './rate-period.js';
import { epoch, version, recurring, usage, ask, rate, always, month } from './testing/ask.js';

const days = fc
  .uniqueArray(fc.integer({ min: 1, max: 743 }), { maxLength: 5 })
  .map((hours) =>
    [...hours].sort((a, b) => a - b).map((hour) => Temporal.Instant.from(month.from).add({ hours: hour }).toString()),
  );

describe('laws', () => {
  it('lines tile the period, lines + residual equal the total, and again they are the same', () => {
    const cents = fc
      .integer({ min: 0, max: 100_000 })
      .map((value) => exact(String(value)).div(exact('1000')).toFixed());
    const currency = fc.constantFrom('JPY', 'MGA', 'USD', 'KWD', 'CLF');
    const proration = fc.constantFrom('none', 'per_second', 'per_day');
    fc.assert(
      fc.property(
        days,
        days,
        days,
        cents,
        cents,
        currency,
        proration,
        (changes, prices, overridden, a, b, code, by) => {
          const versions = [epoch, ...prices].map((from, index) =>
            version({ model: 'per_unit', unit_amount: index % 2 === 0 ? a : b }, { commitment: b }, `p${index}`, from),
          );
          const bounds = [epoch, ...changes];
          const components = [
            recurring([version({ model: 'flat', amount: a })], { proration: by }),
            usage(versions, { proration: by }),
          ];
          const phases = bounds.map((from, index) =>
            always(index % 2 === 0 ? components : components.toReversed(), {
              from,
              to: bounds[index + 1] ?? null,
              trial: index === 1,
            }),
          );
          const [from, to = null] = overridden;
          const overrides =
            from === undefined
              ? []
              : [{ id: 'o', component: 'base', from, to, terms: { price: { model: 'flat', amount: b } } }];
          const given = { currency: code, phases, overrides };
          const plan = planSegments((ask(given) as { subscription: unknown }).subscription);
          if (plan.state === 'refused') throw new Error(JSON.stringify(plan.faults));
          const quantities = plan.segments.flatMap(({ meter, from: begin, to: end }, index) =>
            meter === null ? [] : [{ meter, from: begin, to: end, quantity: String(index * 7) }],
          );
          const rated = rate({ ...given, quantities });

          for (const component of ['base', 'calls']) {
            const lines = rated.lines.filter((line) => line.component === component && line.kind !== 'true_up');
            expect(lines.at(0)?.from).toBe(month.from);
            expect(lines.at(-1)?.to).toBe(month.to);
            expect(lines.slice(1).map((line) => line.from)).toEqual(lines.slice(0, -1).map((line) => line.to));
          }
          expect(sumOf(rated.lines.map(({ amount }) => exact(amount))).eq(exact(rated.totals.total))).toBe(true);
          expect(exact(rated.totals.subtotal).plus(exact(rated.totals.rounding)).eq(exact(rated.totals.total))).toBe(
            true,
          );
          for (const { explanation, unrounded, kind } of rated.lines) {
            if (kind === 'rounding') continue;
            const off = sumOf(explanation.map(({ amount }) => exact(amount)))
              .minus(exact(unrounded))
              .abs();
            // Steps are written down to 30 places.
            expect(off.lt(exact('0.0000000000000000000000001'))).toBe(true);
          }
          expect(rate({ ...given, quantities: quantities.toReversed() })).toEqual(rated);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('a price that changes nothing but its version changes no total, however often', () => {
    fc.assert(
      fc.property(days, fc.constantFrom('per_second', 'per_day'), (cuts, proration) => {
        const versions = [epoch, ...cuts].map((from, index) =>
          version({ model: 'flat', amount: '99.99' }, {}, `p${index}`, from),
        );
        expect(rate({ phases: [always([recurring(versions, { proration })])] }).totals.total).toBe('99.99');
      }),
      { numRuns: 30 },
    );
  });
});
