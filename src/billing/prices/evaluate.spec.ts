import { exact } from '../money/decimal.js';
import { evaluateTerms } from './evaluate.js';
import { terms, type Terms } from './price.js';

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
