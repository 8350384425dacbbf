import { usage, recurring, version, always, rate } from '../rating/testing/ask.js';
import { explained, explainLine, type StoredStep } from './explain-line.js';

const words = (step: StoredStep, currency = 'USD'): string => explainLine([step], currency).join('\n');

describe('an amount explained in words', () => {
  it.each([
    [{ step: 'included', quantity: '1000', rate: '0', amount: '0' }, 'first 1,000 included'],
    [{ step: 'flat', rate: '10', amount: '10' }, 'flat fee 10.00'],
    [{ step: 'unit', quantity: '4000', rate: '0.0020', amount: '8' }, '4,000 × 0.0020 = 8.00'],
    [
      { step: 'unit', quantity: '1234567.25', rate: '0.001', amount: '1234.56725' },
      '1,234,567.25 × 0.001 = 1,234.56725',
    ],
    [{ step: 'tier', tier: 0, quantity: '100', rate: '1.5', amount: '150' }, 'tier 1: 100 × 1.50 = 150.00'],
    [{ step: 'tier_flat', tier: 1, rate: '5', amount: '5' }, 'tier 2: flat fee 5.00'],
    [{ step: 'package', quantity: '1', rate: '3', amount: '3' }, '1 package × 3.00 = 3.00'],
    [{ step: 'package', quantity: '1200', rate: '3', amount: '3600' }, '1,200 packages × 3.00 = 3,600.00'],
    [{ step: 'percent', quantity: '2000', rate: '2.9', amount: '58' }, '2.9 % of 2,000.00 = 58.00'],
    [{ step: 'percent', tier: 2, quantity: '10', rate: '1', amount: '0.1' }, 'tier 3: 1 % of 10.00 = 0.10'],
    [{ step: 'dynamic', quantity: '20.5', rate: '1', amount: '20.5' }, 'prices of the events: 20.50'],
    [{ step: 'dynamic', quantity: '20', rate: '1.25', amount: '25' }, 'prices of the events: 20.00 × 1.25 = 25.00'],
    [{ step: 'minimum', rate: '50', amount: '12' }, 'raised to the minimum of 50.00: 12.00 more'],
    [{ step: 'maximum', rate: '50', amount: '-12' }, 'lowered to the maximum of 50.00: -12.00'],
    [{ step: 'true_up', rate: '100', amount: '20' }, 'commitment of 100.00 not reached: 20.00 more'],
    [
      { step: 'true_up', rate: '100', quantity: '2678400/2678400', amount: '20' },
      'commitment of 100.00 not reached: 20.00 more',
    ],
    [
      { step: 'true_up', rate: '100', quantity: '15/30', amount: '20' },
      'commitment of 100.00 for 1/2 of the period (50 %) not reached: 20.00 more',
    ],
    [{ step: 'proration', quantity: '1296000/2592000', amount: '-5' }, 'for 1/2 of the period (50 %): -5.00'],
    [{ step: 'proration', quantity: '5/31', amount: '-8.39' }, 'for 5/31 of the period (16.13 %): -8.39'],
    [{ step: 'proration', quantity: '0.5/2.5', amount: '-8' }, 'for 1/5 of the period (20 %): -8.00'],
    [{ step: 'trial', quantity: '7', rate: '0', amount: '0' }, 'trial: 7 free of charge'],
    [{ step: 'billed_before', amount: '-4' }, 'billed before: -4.00'],
  ])('%j', (step, said) => {
    expect(words(step)).toBe(said);
  });

  it.each([
    ['JPY', '1,200 × 3 = 3,600'],
    ['KWD', '1,200 × 3.000 = 3,600.000'],
    ['CLF', '1,200 × 3.0000 = 3,600.0000'],
  ])('has the decimals of %s', (currency, said) => {
    expect(words({ step: 'unit', quantity: '1200', rate: '3', amount: '3600' }, currency)).toBe(said);
  });

  it('groups no digits that are not there, and keeps a minus before them', () => {
    expect(words({ step: 'proration', quantity: '1/2', amount: '-100' })).toContain(': -100.00');
    expect(words({ step: 'proration', quantity: '1/2', amount: '-123456' })).toContain(': -123,456.00');
  });

  it('says of what rating made how it was made, in its order', () => {
    const tiers = [
      { up_to: '1000', unit_amount: '0.01' },
      { up_to: null, unit_amount: '0.002', flat_amount: '5' },
    ];
    const rated = rate({
      phases: [
        always([
          recurring([version({ model: 'flat', amount: '10' })]),
          usage([version({ model: 'graduated', tiers }, { included_quantity: '500', minimum: '40' })]),
        ]),
      ],
      quantities: [{ meter: 'api_calls', from: '2026-03-01T00:00:00Z', to: '2026-04-01T00:00:00Z', quantity: '2500' }],
    });
    expect(rated.lines.map(({ explanation }) => explainLine(explanation, rated.currency))).toEqual([
      ['flat fee 10.00'],
      [
        'first 500 included',
        'tier 1: 1,000 × 0.01 = 10.00',
        'tier 2: 1,000 × 0.002 = 2.00',
        'tier 2: flat fee 5.00',
        'raised to the minimum of 40.00: 23.00 more',
      ],
    ]);
  });
});

describe('a line in words', () => {
  it.each([
    ['-0.01', 'USD', 'the lines, each rounded, come to 0.01 more than what they are together'],
    ['1', 'JPY', 'the lines, each rounded, come to 1 less than what they are together'],
    ['0.0010', 'KWD', 'the lines, each rounded, come to 0.001 less than what they are together'],
  ])('says what a rounding of %s %s stands for', (amount, currency, sentence) => {
    expect(explained({ kind: 'rounding', amount, explanation: [] }, currency)).toEqual([sentence]);
  });

  it('has a sentence for each step otherwise', () => {
    const explanation = [{ step: 'flat', rate: '10', amount: '10' }];
    expect(explained({ kind: 'recurring', amount: '10.00', explanation }, 'USD')).toEqual(['flat fee 10.00']);
  });
});
