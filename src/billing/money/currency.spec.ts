import { currencyCode, minorDigits } from './currency.js';

describe('currencies', () => {
  it.each([
    ['JPY', 0],
    ['KRW', 0],
    ['XPF', 0],
    ['MGA', 1],
    ['MRU', 1],
    ['USD', 2],
    ['EUR', 2],
    ['HUF', 2],
    ['IDR', 2],
    ['XCG', 2],
    ['BHD', 3],
    ['KWD', 3],
    ['IQD', 3],
    ['CLF', 4],
    ['UYW', 4],
  ])('%s has %d decimals', (code, digits) => {
    expect(minorDigits(code)).toBe(digits);
  });

  it.each(['usd', 'US', 'USDT', 'BTC', '', 'XXX', 'XTS', 'XAU', 'XDR', 'DEM', 'HRK', '840', '__proto__', ' USD'])(
    'refuses %j',
    (code) => {
      expect(currencyCode.safeParse(code).error?.issues).toMatchObject([
        { message: expect.stringContaining('ISO 4217') },
      ]);
      expect(() => minorDigits(code)).toThrow(RangeError);
    },
  );

  it('has all that Node knows but those that were withdrawn or have no minor unit', () => {
    const unknown = Intl.supportedValuesOf('currency').filter((code) => !currencyCode.safeParse(code).success);
    const gone = ['ANG', 'BGN', 'CUC', 'HRK', 'SLL', 'ZWL', 'XDR', 'XSU'];
    expect(unknown.filter((code) => !gone.includes(code))).toEqual([]);
  });
});
