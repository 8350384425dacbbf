import fc from 'fast-check';
import { fromMinorUnits, toMinorUnits } from './stripe-amount.js';

describe('amounts as Stripe counts them', () => {
  it.each([
    ['10.00', 'USD', 1_000],
    ['0.01', 'EUR', 1],
    ['19.9', 'USD', 1_990],
    ['90071992547409.91', 'USD', 9_007_199_254_740_991],
    ['500', 'JPY', 500],
    ['500.00', 'KRW', 500],
    ['5', 'ISK', 500],
    ['5.00', 'UGX', 500],
    ['10.45', 'HUF', 1_045],
    ['800.45', 'TWD', 80_045],
    ['12', 'MGA', 12],
    ['5.120', 'KWD', 5_120],
    ['5.12', 'BHD', 5_120],
    ['-3.50', 'USD', -350],
    ['0', 'USD', 0],
  ])('%s %s are %d', (amount, currency, minor) => {
    expect(toMinorUnits(amount, currency)).toEqual({ state: 'exact', minor });
  });

  it.each([
    ['10.005', 'USD', 'too many decimals'],
    ['0.5', 'JPY', 'too many decimals'],
    ['12.4', 'MGA', 'too many decimals'],
    ['5.5', 'ISK', 'too many decimals'],
    ['5.50', 'UGX', 'too many decimals'],
    ['5.124', 'KWD', 'too many decimals'],
    ['1.000', 'IQD', 'does not take IQD'],
    ['1.0000', 'CLF', 'does not take CLF'],
    ['90071992547409.92', 'USD', 'too much'],
  ])('%s %s are refused: %s', (amount, currency, reason) => {
    expect(toMinorUnits(amount, currency)).toEqual({ state: 'refused', reason: expect.stringContaining(reason) });
  });

  it('come back as they went', () => {
    const currencies = fc.constantFrom('USD', 'JPY', 'KWD', 'ISK', 'UGX', 'HUF');
    fc.assert(
      fc.property(fc.maxSafeInteger(), currencies, (some, currency) => {
        const text = fromMinorUnits(some, currency);
        const again = toMinorUnits(text ?? '', currency);
        if (again.state === 'exact') expect(again.minor).toBe(some);
        else expect(['KWD', 'ISK', 'UGX']).toContain(currency);
      }),
    );
    expect(fromMinorUnits(1, 'LYD')).toBeUndefined();
  });
});
