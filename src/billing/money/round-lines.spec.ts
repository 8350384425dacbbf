import fc from 'fast-check';
import { exact, sumOf } from './decimal.js';
import { minorDigits } from './currency.js';
import { moneyText, roundLines, roundMoney } from './round-lines.js';

describe('rounding', () => {
  // Half away from zero, at the decimals of the currency.
  it.each([
    ['JPY', '0.5', '1'],
    ['JPY', '1.5', '2'],
    ['JPY', '2.5', '3'],
    ['JPY', '2.4999', '2'],
    ['JPY', '-2.5', '-3'],
    ['MGA', '12.34', '12.3'],
    ['MGA', '12.35', '12.4'],
    ['MRU', '0.05', '0.1'],
    ['USD', '0.005', '0.01'],
    ['USD', '0.0049999999999', '0.00'],
    ['USD', '1.005', '1.01'],
    ['USD', '-1.005', '-1.01'],
    ['USD', '-0.001', '0.00'],
    ['KWD', '1.0005', '1.001'],
    ['KWD', '1.00049', '1.000'],
    ['CLF', '1.00005', '1.0001'],
  ])('%s %s is %s', (currency, amount, rounded) => {
    expect(moneyText(roundMoney(exact(amount), currency), currency)).toBe(rounded);
  });

  it('rounds a half that comes of thirds as a half', () => {
    // 8.005 / 3 = 2.668333…, cut after 200 digits; three times that is 8.00499…, and without the cut 8.005, which is 8.01.
    const third = exact('8.005').div(exact('3'));
    const sum = sumOf([third, third, third]);
    expect(sum.lt(exact('8.005'))).toBe(true);
    expect(moneyText(roundMoney(sum, 'USD'), 'USD')).toBe('8.01');
  });
});

describe('rounding line by line', () => {
  it('puts what is left into the residual', () => {
    // 3 x 0.333 = 0.999: the lines are 0.33 each, 0.99; the total is 1.00; 0.01 is left.
    const { lines, residual, total } = roundLines([exact('0.333'), exact('0.333'), exact('0.333')], 'USD');
    expect(lines.map((line) => line.toFixed(2))).toEqual(['0.33', '0.33', '0.33']);
    expect([residual.toFixed(2), total.toFixed(2)]).toEqual(['0.01', '1.00']);
  });

  it('takes away what is too much', () => {
    // 4 x 0.005 = 0.02: the lines are 0.01 each, 0.04.
    const amounts = Array.from({ length: 4 }, () => exact('0.005'));
    expect(roundLines(amounts, 'USD').residual.toFixed(2)).toBe('-0.02');
  });

  it('nothing is nothing', () => {
    const { residual, total } = roundLines([], 'USD');
    expect([residual.toFixed(), total.toFixed()]).toEqual(['0', '0']);
  });

  it('lines + residual equal the total, no line is half a minor unit off, and the total is not either', () => {
    const amount = fc
      .tuple(fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }), fc.integer({ min: 1, max: 1_000 }))
      .map(([whole, by]) => exact(whole.toString()).div(exact(by.toString())).div(exact('1000000')));
    const currency = fc.constantFrom('JPY', 'MGA', 'USD', 'KWD', 'CLF');
    fc.assert(
      fc.property(fc.array(amount, { maxLength: 30 }), currency, (amounts, code) => {
        const { lines, residual, total } = roundLines(amounts, code);
        expect(sumOf(lines).plus(residual).eq(total)).toBe(true);
        const half = exact('0.5')
          .div(exact('10').pow(minorDigits(code)))
          .plus(exact('1e-59'));
        for (const [index, line] of lines.entries()) {
          const off = line.minus(amounts[index] ?? line).abs();
          expect(off.lte(half)).toBe(true);
        }
        expect(total.minus(sumOf(amounts)).abs().lte(half)).toBe(true);
        // Each line and the total may be half a unit off, all to one side.
        expect(residual.abs().lte(half.times(exact((amounts.length + 1).toString())))).toBe(true);
      }),
    );
  });
});
