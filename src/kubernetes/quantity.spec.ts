import fc from 'fast-check';
import { quantityInNano } from './quantity.js';

describe('a quantity', () => {
  it.each([
    ['0', 0n],
    ['1', 1_000_000_000n],
    ['250m', 250_000_000n],
    ['12345678n', 12_345_678n],
    ['5u', 5_000n],
    ['0.5', 500_000_000n],
    ['.5', 500_000_000n],
    ['1.', 1_000_000_000n],
    ['72Mi', 75_497_472_000_000_000n],
    ['1.5Gi', 1_610_612_736_000_000_000n],
    ['129e6', 129_000_000_000_000_000n],
    ['129E6', 129_000_000_000_000_000n],
    ['1E', 10n ** 27n],
    ['123k', 123_000_000_000_000n],
    ['100m', 100_000_000n],
    ['1e-3', 1_000_000n],
    ['-2', -2_000_000_000n],
    ['0.1n', 1n],
    [2, 2_000_000_000n],
  ])('%s is exact', (quantity, nano) => expect(quantityInNano(quantity)).toBe(nano));

  it.each([undefined, null, '', '.', 'm', '1 Gi', '1gi', '1Kib', '1e999', 'NaN', '١', {}, '9'.repeat(65)])(
    'is not %p',
    (quantity) => expect(quantityInNano(quantity)).toBeUndefined(),
  );

  it('of bytes is read without loss, however large', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 80n }), (bytes) => {
        expect(quantityInNano(String(bytes))).toBe(bytes * 10n ** 9n);
        expect(quantityInNano(`${bytes}Ki`)).toBe(bytes * 1024n * 10n ** 9n);
      }),
    );
  });
});
