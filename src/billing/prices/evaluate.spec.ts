import fc from 'fast-check';
import { exact, exactOrUndefined, sumOf } from '../money/decimal.js';
import { evaluateTerms, graduatedAmount } from './evaluate.js';
import { terms, type Price, type Terms } from './price.js';

const of = (price: unknown, rest: object = {}): Terms => terms.parse({ price, ...rest });
const amountOf = (given: Terms, quantity: string): string => evaluateTerms(given, exact(quantity)).amount.toFixed();

const graduatedTiers = [
  { up_to: '100', unit_amount: '0.10' },
  { up_to: '1000', unit_amount: '0.05', flat_amount: '5' },
  { up_to: null, unit_amount: '0.01' },
];

const startingTiers = [
  { up_to: '10', unit_amount: '2', flat_amount: '3' },
  { up_to: null, unit_amount: '1', flat_amount: '7' },
];

describe('golden amounts, by hand', () => {
  it.each<[string, Terms, string, string]>([
    ['flat, whatever the quantity', of({ model: 'flat', amount: '10' }), '0', '10'],
    ['flat', of({ model: 'flat', amount: '10' }), '7', '10'],
    // 1234.5 x 0.003 = 3.7035
    ['per unit', of({ model: 'per_unit', unit_amount: '0.003' }), '1234.5', '3.7035'],
    // 10^30 x 10^-15 = 10^15; a double has not that many digits for 10^30 + 1.
    [
      'per unit, many digits',
      of({ model: 'per_unit', unit_amount: '0.000000000000001' }),
      '1000000000000000000000000000001',
      '1000000000000000.000000000000001',
    ],
    ['graduated, nothing', of({ model: 'graduated', tiers: graduatedTiers }), '0', '0'],
    // 100 x 0.10 = 10; the bound belongs to the lower tier.
    ['graduated, at the bound', of({ model: 'graduated', tiers: graduatedTiers }), '100', '10'],
    // 10 + 0.5 x 0.05 + 5 = 15.025
    ['graduated, half a unit beyond', of({ model: 'graduated', tiers: graduatedTiers }), '100.5', '15.025'],
    // 100 x 0.10 + 900 x 0.05 + 5 + 500 x 0.01 = 10 + 45 + 5 + 5 = 65
    ['graduated, in the last tier', of({ model: 'graduated', tiers: graduatedTiers }), '1500', '65'],
    ['volume, nothing', of({ model: 'volume', tiers: graduatedTiers }), '0', '0'],
    // 100 x 0.10 = 10
    ['volume, at the bound', of({ model: 'volume', tiers: graduatedTiers }), '100', '10'],
    // 101 x 0.05 + 5 = 10.05
    ['volume, beyond: all units are cheaper', of({ model: 'volume', tiers: graduatedTiers }), '101', '10.05'],
    // 1000 x 0.05 + 5 = 55, and not 1000 x 0.01 = 10.
    ['volume, at the second bound', of({ model: 'volume', tiers: graduatedTiers }), '1000', '55'],
    // 1500 x 0.01 = 15
    ['volume, in the last tier', of({ model: 'volume', tiers: graduatedTiers }), '1500', '15'],
    ['a tier begins with the first unit: not with none', of({ model: 'graduated', tiers: startingTiers }), '0', '0'],
    // 3 + 0.5 x 2 = 4
    ['graduated, the flat amount of the first tier', of({ model: 'graduated', tiers: startingTiers }), '0.5', '4'],
    // 3 + 10 x 2 = 23; the flat amount of the next is owed from the first unit beyond.
    ['graduated, with flat amounts, at the bound', of({ model: 'graduated', tiers: startingTiers }), '10', '23'],
    // 23 + 1 x 1 + 7 = 31
    ['graduated, with flat amounts, beyond', of({ model: 'graduated', tiers: startingTiers }), '11', '31'],
    ['volume, nothing, where tiers have flat amounts', of({ model: 'volume', tiers: startingTiers }), '0', '0'],
    // 10 x 2 + 3 = 23; 11 x 1 + 7 = 18
    ['volume, with flat amounts, at the bound', of({ model: 'volume', tiers: startingTiers }), '10', '23'],
    ['volume, with flat amounts, beyond', of({ model: 'volume', tiers: startingTiers }), '11', '18'],
    ['package, none', of({ model: 'package', package_size: '100', package_amount: '4' }), '0', '0'],
    ['package, begun', of({ model: 'package', package_size: '100', package_amount: '4' }), '0.001', '4'],
    ['package, full', of({ model: 'package', package_size: '100', package_amount: '4' }), '200', '8'],
    // 200.000…1 (30 places) / 100: three packages.
    [
      'package, a trace more',
      of({ model: 'package', package_size: '100', package_amount: '4' }),
      '200.000000000000000000000000000001',
      '12',
    ],
    // 12345.67 x 2.9 % = 358.02443
    ['percentage', of({ model: 'percentage', percent: '2.9' }), '12345.67', '358.02443'],
    // 1000 x 3 % + 500 x 1.5 % + 0.3 = 30 + 7.5 + 0.3 = 37.8
    [
      'graduated percentage',
      of({
        model: 'graduated_percentage',
        tiers: [
          { up_to: '1000', percent: '3' },
          { up_to: null, percent: '1.5', flat_amount: '0.3' },
        ],
      }),
      '1500',
      '37.8',
    ],
    // 17.123456 x 1.2 = 20.5481472
    // 1000 x 3 % = 30; the flat amount of the next tier is not owed yet.
    [
      'graduated percentage, at the bound',
      of({
        model: 'graduated_percentage',
        tiers: [
          { up_to: '1000', percent: '3' },
          { up_to: null, percent: '1.5', flat_amount: '0.3' },
        ],
      }),
      '1000',
      '30',
    ],
    [
      'graduated percentage, nothing',
      of({ model: 'graduated_percentage', tiers: [{ up_to: null, percent: '1', flat_amount: '9' }] }),
      '0',
      '0',
    ],
    ['dynamic with a margin', of({ model: 'dynamic', multiplier: '1.2' }), '17.123456', '20.5481472'],
    ['dynamic', of({ model: 'dynamic' }), '17.123456', '17.123456'],
    // (250 - 200) x 2 = 100
    ['included', of({ model: 'per_unit', unit_amount: '2' }, { included_quantity: '200' }), '250', '100'],
    ['less than is included', of({ model: 'per_unit', unit_amount: '2' }, { included_quantity: '200' }), '50', '0'],
    // Tiers count from what is included: 150 - 50 = 100 units in the first tier.
    [
      'included, with tiers',
      of({ model: 'graduated', tiers: graduatedTiers }, { included_quantity: '50' }),
      '150',
      '10',
    ],
    ['minimum', of({ model: 'per_unit', unit_amount: '2' }, { minimum: '10' }), '4', '10'],
    ['minimum reached', of({ model: 'per_unit', unit_amount: '2' }, { minimum: '10' }), '6', '12'],
    ['maximum', of({ model: 'per_unit', unit_amount: '2' }, { maximum: '10' }), '6', '10'],
    ['a commitment is not in the amount', of({ model: 'per_unit', unit_amount: '2' }, { commitment: '10' }), '4', '8'],
  ])('%s', (_what, given, quantity, amount) => {
    expect(amountOf(given, quantity)).toBe(amount);
  });

  it('what a commitment lacks', () => {
    const committed = of({ model: 'per_unit', unit_amount: '2' }, { commitment: '10' });
    // 10 - 4 x 2 = 2
    expect(evaluateTerms(committed, exact('4')).trueUp?.toFixed()).toBe('2');
    expect(evaluateTerms(committed, exact('5')).trueUp).toBeUndefined();
    // Half of the period: 5 of it are owed; 5 - 1 x 2 = 3.
    const half = { part: exact('15'), whole: exact('30') };
    expect(evaluateTerms(committed, exact('1'), half).trueUp?.toFixed()).toBe('3');
  });

  it('for a part of the period, that part of what is included, of the minimum and of the maximum', () => {
    const tenOfThirty = { part: exact('10'), whole: exact('30') };
    const of2 = (rest: object): Terms => of({ model: 'per_unit', unit_amount: '2' }, rest);
    const amount = (given: Terms, quantity: string): string =>
      evaluateTerms(given, exact(quantity), tenOfThirty).amount.toFixed();
    // (25 - 60 / 3) x 2 = 10
    expect(amount(of2({ included_quantity: '60' }), '25')).toBe('10');
    // 30 / 3 = 10: 4 x 2 = 8 is raised to it, 6 x 2 = 12 is more.
    expect(amount(of2({ minimum: '30' }), '4')).toBe('10');
    expect(amount(of2({ minimum: '30' }), '6')).toBe('12');
    expect(amount(of2({ maximum: '30' }), '6')).toBe('10');
    expect(amount(of2({ maximum: '30' }), '4')).toBe('8');
  });

  it('a minimum or maximum that is met exactly is no step', () => {
    const met = of({ model: 'per_unit', unit_amount: '2' }, { minimum: '10', maximum: '10' });
    expect(evaluateTerms(met, exact('5')).steps.map(({ step }) => step)).toEqual(['unit']);
  });

  it('says how it came to the amount', () => {
    const given = of({ model: 'graduated', tiers: graduatedTiers }, { included_quantity: '10', maximum: '20' });
    // 210 - 10 = 200: 100 x 0.10 + 100 x 0.05 + 5 = 20
    expect(evaluateTerms(given, exact('211')).steps).toEqual([
      { step: 'included', quantity: '10', rate: '0', amount: '0' },
      { step: 'tier', tier: 0, quantity: '100', rate: '0.10', amount: '10' },
      { step: 'tier', tier: 1, quantity: '101', rate: '0.05', amount: '5.05' },
      { step: 'tier_flat', tier: 1, rate: '5', amount: '5' },
      { step: 'maximum', rate: '20', amount: '-0.05' },
    ]);
  });
});

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
