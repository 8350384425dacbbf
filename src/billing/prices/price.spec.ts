import { terms } from './price.js';

function faultsOf(price: unknown, rest: object = {}): string[] {
  return (terms.safeParse({ price, ...rest }).error?.issues ?? []).map(
    ({ path, message }) => `${path.join('.')}: ${message}`,
  );
}

const tier = (up_to: string | null, more: object = {}): object => ({ up_to, unit_amount: '1', ...more });
const form = 'must be a decimal number such as "12.50"';

describe('prices that are taken', () => {
  it.each([
    [{ model: 'flat', amount: '10' }],
    [{ model: 'flat', amount: '0' }],
    [{ model: 'per_unit', unit_amount: '0.000000000000001' }],
    [
      {
        model: 'graduated',
        tiers: [
          tier('100', { from: '0' }),
          tier('200', { from: '100', flat_amount: '5' }),
          tier(null, { from: '200' }),
        ],
      },
    ],
    [{ model: 'volume', tiers: [tier('0.5'), tier(null)] }],
    [{ model: 'package', package_size: '0.1', package_amount: '1' }],
    [{ model: 'percentage', percent: '100' }],
    [
      {
        model: 'graduated_percentage',
        tiers: [
          { up_to: '1000', percent: '2.9' },
          { up_to: null, percent: '0' },
        ],
      },
    ],
    [{ model: 'dynamic' }],
  ])('%j', (price) => {
    expect(faultsOf(price)).toEqual([]);
  });
});

describe('prices that are refused, with every fault', () => {
  it.each<[string, unknown, string[]]>([
    [
      'tiers that overlap, leave a gap, and end',
      { model: 'graduated', tiers: [tier('100'), tier('200', { from: '90' }), tier('300', { from: '210' })] },
      [
        'price.tiers.1.from: overlaps with the tier before, which ends at 100',
        'price.tiers.2.from: leaves a gap to the tier before, which ends at 200',
        'price.tiers.2.up_to: must be null in the last tier',
      ],
    ],
    [
      'tiers that go back, and one without an end in the middle',
      { model: 'volume', tiers: [tier('100'), tier('100'), tier('50'), tier(null), tier(null)] },
      [
        'price.tiers.1.up_to: must be more than 100, where the tier begins',
        'price.tiers.2.up_to: must be more than 100, where the tier begins',
        'price.tiers.3.up_to: may be null in the last tier only',
      ],
    ],
    [
      'the first tier begins late',
      { model: 'graduated', tiers: [tier(null, { from: '1' })] },
      ['price.tiers.0.from: leaves a gap to the tier before, which ends at 0'],
    ],
    [
      'bad numbers beside bad tiers',
      { model: 'graduated', tiers: [tier('x'), tier('5', { unit_amount: '-1', flat_amount: '1e9' })] },
      [
        `price.tiers.0.up_to: ${form}`,
        'price.tiers.1.unit_amount: must not be negative',
        `price.tiers.1.flat_amount: ${form}`,
        'price.tiers.1.up_to: must be null in the last tier',
      ],
    ],
    [
      'a tier of nothing',
      { model: 'volume', tiers: [tier('0'), tier(null)] },
      ['price.tiers.0.up_to: must be more than 0', 'price.tiers.0.up_to: must be more than 0, where the tier begins'],
    ],
    ['a negative price', { model: 'per_unit', unit_amount: '-0.01' }, ['price.unit_amount: must not be negative']],
    ['an absurd price', { model: 'flat', amount: '1000000000001' }, ['price.amount: must be at most 1000000000000']],
    [
      'a price too fine',
      { model: 'per_unit', unit_amount: '0.0000000000000001' },
      ['price.unit_amount: must have at most 15 decimals'],
    ],
    [
      'packages of nothing',
      { model: 'package', package_size: '0', package_amount: '-1' },
      ['price.package_size: must be more than 0', 'price.package_amount: must not be negative'],
    ],
    ['more than all', { model: 'percentage', percent: '100.01' }, ['price.percent: must be at most 100']],
    ['less than nothing', { model: 'percentage', percent: '-1' }, ['price.percent: must not be negative']],
    ['an absurd factor', { model: 'dynamic', multiplier: '1000.1' }, ['price.multiplier: must be at most 1000']],
  ])('%s', (_what, price, faults) => {
    expect(faultsOf(price)).toEqual(faults);
  });

  it.each([
    ['no tiers', { model: 'graduated', tiers: [] }],
    ['an unknown model', { model: 'auction' }],
    ['a number', { model: 'flat', amount: 10 }],
    ['an unknown member', { model: 'flat', amount: '10', unit_amount: '3' }],
    [
      'too many tiers',
      {
        model: 'volume',
        tiers: Array.from({ length: 101 }, (_, index) => tier(index === 100 ? null : String(index + 1))),
      },
    ],
    ['nothing', null],
  ])('%s', (_what, price) => {
    expect(faultsOf(price)).not.toEqual([]);
  });

  it('bounds that contradict each other', () => {
    const price = { model: 'per_unit', unit_amount: '1' };
    expect(faultsOf(price, { minimum: '10', maximum: '9.99', commitment: '20' })).toEqual([
      'commitment: cannot stand beside a minimum: both are what is owed at least',
      'minimum: must not be more than the maximum',
      'commitment: must not be more than the maximum',
    ]);
    expect(faultsOf({ model: 'flat', amount: '1' }, { included_quantity: '5' })).toEqual([
      'included_quantity: a flat price has no quantity',
    ]);
  });
});
