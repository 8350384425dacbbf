import fc from 'fast-check';
import { exact, exactOrUndefined, sumOf } from '../money/decimal.js';
import { evaluateTerms, graduatedAmount } from './evaluate.js';
import { terms, type Price, type Terms } from './price.js';

const of = (price: unknown, rest: object = {}): Terms => terms.parse({ price, ...rest });
const amountOf = (given: Terms, quantity: string): string => evaluateTerms(given, exact(quantity)).amount.toFixed();

const money = fc
  .bigInt({ min: 0n, max: 10n ** 8n })
  .map((value) => exact(value.toString()).div(exact('10000')).toFixed());
const someQuantity = fc.bigInt({ min: 0n, max: 10n ** 9n }).map((value) => exact(value.toString()).div(exact('1000')));
const tierBounds = fc
  .uniqueArray(fc.integer({ min: 1, max: 900_000 }), { maxLength: 6 })
  .map((bounds) => [...bounds.sort((a, b) => a - b).map(String), null]);
const tiers = (flat: fc.Arbitrary<string>) =>
  fc.tuple(tierBounds, fc.array(fc.tuple(money, flat), { minLength: 7, maxLength: 7 })).map(([bounds, rates]) =>
    bounds.map((up_to, index) => {
      const [unit_amount = '0', flat_amount = '0'] = rates[index] ?? [];
      return { up_to, unit_amount, flat_amount };
    }),
  );

const percents = fc.integer({ min: 0, max: 10_000 }).map((value) => exact(String(value)).div(exact('100')).toFixed());

describe('laws', () => {
  it('graduated prices without flat amounts are continuous at bounds', () => {
    const trace = exact('0.000000000001');
    fc.assert(
      fc.property(tiers(fc.constant('0')), (given) => {
        const graduated = of({ model: 'graduated', tiers: given });
        for (const { up_to } of given) {
          if (up_to === null) continue;
          const at = evaluateTerms(graduated, exact(up_to)).amount;
          const beyond = evaluateTerms(graduated, exact(up_to).plus(trace)).amount;
          const before = evaluateTerms(graduated, exact(up_to).minus(trace)).amount;
          // No unit costs more than 10000.
          expect(beyond.minus(at).lte(trace.times(exact('10000')))).toBe(true);
          expect(at.minus(before).lte(trace.times(exact('10000')))).toBe(true);
          expect(beyond.gte(at) && at.gte(before)).toBe(true);
        }
      }),
    );
  });

  it('graduated(a + b) = graduated(a) + marginal(b), flat amounts included', () => {
    fc.assert(
      fc.property(tiers(money), someQuantity, someQuantity, (given, a, b) => {
        const graduated = of({ model: 'graduated', tiers: given });
        const whole = evaluateTerms(graduated, a.plus(b)).amount;
        const first = evaluateTerms(graduated, a).amount;
        const { tiers: parsed } = graduated.price as Extract<Price, { model: 'graduated' }>;
        expect(first.plus(graduatedAmount(parsed, a, a.plus(b))).eq(whole)).toBe(true);
      }),
    );
  });

  it('graduated(a + b) = graduated(a) + marginal(b) where a is a bound', () => {
    fc.assert(
      fc.property(tiers(money), someQuantity, (given, b) => {
        const graduated = of({ model: 'graduated', tiers: given });
        const { tiers: parsed } = graduated.price as Extract<Price, { model: 'graduated' }>;
        for (const { up_to } of given) {
          const a = exact(up_to ?? '0');
          const sum = evaluateTerms(graduated, a).amount.plus(graduatedAmount(parsed, a, a.plus(b)));
          expect(sum.eq(evaluateTerms(graduated, a.plus(b)).amount)).toBe(true);
        }
      }),
    );
  });

  it('graduated percentages are what the percentage of each tier makes, and continuous without flat amounts', () => {
    fc.assert(
      fc.property(
        tierBounds,
        fc.array(percents, { minLength: 7, maxLength: 7 }),
        someQuantity,
        (bounds, rates, of1) => {
          const given = bounds.map((up_to, index) => ({ up_to, percent: rates[index] ?? '0' }));
          let [sum, begin] = [exact('0'), exact('0')];
          for (const { up_to, percent } of given) {
            const end = up_to === null || exact(up_to).gt(of1) ? of1 : exact(up_to);
            if (end.gt(begin)) sum = sum.plus(end.minus(begin).times(exact(percent)).div(exact('100')));
            begin = up_to === null ? begin : exact(up_to);
          }
          expect(amountOf(of({ model: 'graduated_percentage', tiers: given }), of1.toFixed())).toBe(sum.toFixed());
        },
      ),
    );
  });

  it('graduated prices are what adding unit by unit makes', () => {
    fc.assert(
      fc.property(tiers(fc.constant('0')), fc.integer({ min: 0, max: 300 }), (given, units) => {
        const scaled = given.map((tier) => ({
          ...tier,
          up_to: tier.up_to === null ? null : exact(tier.up_to).div(exact('3000')).ceil().toFixed(),
        }));
        const ascending = scaled.filter(
          ({ up_to }, index) => up_to === null || scaled.findIndex((other) => other.up_to === up_to) === index,
        );
        let sum = exact('0');
        for (let unit = 1; unit <= units; unit += 1) {
          const within = ascending.find(({ up_to }) => up_to === null || exact(up_to).gte(exact(String(unit))));
          sum = sum.plus(exact(within?.unit_amount ?? 'NaN'));
        }
        expect(amountOf(of({ model: 'graduated', tiers: ascending }), String(units))).toBe(sum.toFixed());
      }),
    );
  });

  // But volume: there, one more unit may make all the others cheaper.
  const rising = fc.oneof(
    money.map((amount) => ({ model: 'flat', amount })),
    money.map((unit_amount) => ({ model: 'per_unit', unit_amount })),
    tiers(money).map((given) => ({ model: 'graduated', tiers: given })),
    fc
      .tuple(fc.integer({ min: 1, max: 5_000 }), money)
      .map(([size, package_amount]) => ({ model: 'package', package_size: String(size), package_amount })),
    percents.map((percent) => ({ model: 'percentage', percent })),
    fc.tuple(tiers(money), percents).map(([given, percent]) => ({
      model: 'graduated_percentage',
      tiers: given.map(({ up_to, flat_amount }) => ({ up_to, flat_amount, percent })),
    })),
    fc.constant({ model: 'dynamic', multiplier: '1.1' }),
  );

  it('more is never cheaper, and never less than nothing', () => {
    const bound = fc.option(money);
    fc.assert(
      fc.property(rising, someQuantity, someQuantity, bound, bound, (price, a, b, least, most) => {
        const contradicts = least !== null && most !== null && exact(least).gt(exact(most));
        const given = of(price, contradicts ? {} : { minimum: least, maximum: most });
        const less = evaluateTerms(given, a).amount;
        const more = evaluateTerms(given, a.plus(b)).amount;
        expect(more.gte(less) && !less.isNegative()).toBe(true);
      }),
    );
  });

  it('the steps add up to the amount', () => {
    const volumes = tiers(money).map((given) => ({ model: 'volume', tiers: given }));
    fc.assert(
      fc.property(fc.oneof(rising, volumes), someQuantity, fc.option(money), (price, quantity, maximum) => {
        const { amount, steps } = evaluateTerms(of(price, { maximum }), quantity);
        expect(sumOf(steps.map((step) => exactOrUndefined(step.amount) ?? exact('NaN'))).eq(amount)).toBe(true);
      }),
    );
  });
});
