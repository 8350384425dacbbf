import fc from 'fast-check';
import { groupedDigits } from './grouped-digits.js';

describe('digits in groups', () => {
  it.each([
    ['0', '0'],
    ['999', '999'],
    ['1000', '1,000'],
    ['-1234567.5', '-1,234,567.5'],
    ['-100', '-100'],
    ['0.123456789', '0.123456789'],
    ['1234.5678', '1,234.5678'],
  ])('%s is %s', (decimal, grouped) => {
    expect(groupedDigits(decimal)).toBe(grouped);
  });

  it('loses no digit', () => {
    fc.assert(
      fc.property(fc.bigInt(), fc.option(fc.stringMatching(/^\d{1,40}$/)), (whole, fraction) => {
        const decimal = fraction === null ? `${whole}` : `${whole}.${fraction}`;
        const grouped = groupedDigits(decimal);
        expect(grouped.replaceAll(',', '')).toBe(decimal);
        expect(grouped).toMatch(/^-?\d{1,3}(,\d{3})*(\.\d+)?$/);
      }),
    );
  });
});
