import { Decimal } from 'decimal.js';
import fc from 'fast-check';
import { decimalText, exact, parseDecimal, roundedTo, sumOf, type DecimalLimits } from './decimal.js';

const limits: DecimalLimits = { wholeDigits: 10, places: 15, sign: 'not_negative', most: '1000000000' };

function faultsOf(text: string, given: DecimalLimits = limits): readonly string[] {
  const parsed = parseDecimal(text, given);
  return parsed.state === 'refused' ? parsed.faults : [];
}

describe('reading a decimal', () => {
  it.each(['0', '0.5', '12.50', '1000000000', '0.000000000000001'])('takes %s', (text) => {
    expect(parseDecimal(text, limits)).toEqual({ state: 'parsed', value: exact(text) });
  });

  it.each([
    '',
    ' ',
    ' 1',
    '1 ',
    '1.',
    '.5',
    '+1',
    '01',
    '00',
    '-',
    '--1',
    '1e3',
    '1E-3',
    '1,000',
    '1_000',
    '0x10',
    'NaN',
    'Infinity',
    '-Infinity',
    '1.2.3',
    '١',
    '１',
    '1\n',
    '½',
    'null',
    '9'.repeat(401),
  ])('refuses %j', (text) => {
    expect(faultsOf(text)).toEqual(['must be a decimal number such as "12.50"']);
  });

  it('tells every fault of one text', () => {
    expect(faultsOf('-12345678901.0000000000000001')).toEqual([
      'must have at most 10 digits before the point',
      'must have at most 15 decimals',
      'must not be negative',
    ]);
    expect(faultsOf('1000000000.01')).toEqual(['must be at most 1000000000']);
    expect(faultsOf('0.00', { ...limits, sign: 'positive' })).toEqual(['must be more than 0']);
  });

  it('knows no minus zero', () => {
    expect(parseDecimal('-0', { ...limits, sign: 'any' })).toMatchObject({ state: 'parsed', value: exact('0') });
    expect(roundedTo(exact('-0.001'), 2).toFixed(2)).toBe('0.00');
  });
});

describe('calculating', () => {
  it('is exact where decimal.js by itself cuts at 20 digits', () => {
    const price = '0.000000000000001';
    const quantity = '9999999999999999999999999999999999999999.999999999999999999999999999999';
    // 10^40 - 10^-30, moved by 15 places.
    const product = '9999999999999999999999999.999999999999999999999999999999999999999999999';
    expect(exact(quantity).times(exact(price)).toFixed()).toBe(product);
    expect(new Decimal(quantity).times(price).toFixed()).not.toBe(product);
  });

  it('does not hear when somebody sets the precision of decimal.js', () => {
    Decimal.set({ precision: 3 });
    expect(exact('1234567').plus(exact('0.001')).toFixed()).toBe('1234567.001');
    Decimal.set({ defaults: true });
  });

  it('writes no exponents', () => {
    expect(decimalText(exact('0.000000000000000000000000000001'))).toBe('0.000000000000000000000000000001');
    expect(decimalText(exact('1' + '0'.repeat(40)))).toBe('1' + '0'.repeat(40));
  });

  it('sums as integers do', () => {
    fc.assert(
      fc.property(fc.array(fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }), { maxLength: 20 }), (values) => {
        const sum = values.reduce((all, value) => all + value, 0n);
        expect(sumOf(values.map((value) => exact(value.toString()))).toFixed()).toBe(sum.toString());
      }),
    );
  });
});
