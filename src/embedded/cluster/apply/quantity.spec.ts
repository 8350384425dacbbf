import * as fc from 'fast-check';

import {
  addQuantities,
  canonicalQuantity,
  compareQuantities,
  formatQuantity,
  nanoOf,
  parseQuantity,
  quantityFault,
} from './quantity.js';

describe('the canonical form of a quantity', () => {
  it.each([
    ['0', '0'],
    ['0Gi', '0'],
    ['1', '1'],
    ['0.5', '500m'],
    ['1500m', '1500m'],
    ['1000m', '1'],
    ['.25', '250m'],
    ['1.', '1'],
    ['100k', '100k'],
    ['1000', '1k'],
    ['1024', '1024'],
    ['1024Mi', '1Gi'],
    ['1.5Gi', '1536Mi'],
    ['0.5Ki', '512'],
    ['1Ki', '1Ki'],
    ['128974848', '128974848'],
    ['129e6', '129e6'],
    ['1e3', '1e3'],
    ['1e0', '1'],
    ['12e-3', '12e-3'],
    ['-500m', '-500m'],
    ['+1', '1'],
    ['100u', '100u'],
    ['1n', '1n'],
    ['0.1n', '1n'],
    ['1E', '1E'],
    ['2Ei', '2Ei'],
  ])('of %s is %s', (text, expected) => {
    expect(canonicalQuantity(text)).toBe(expected);
  });

  it('is its own canonical form, of the same size', () => {
    const text = fc
      .tuple(fc.integer({ min: 0, max: 100_000 }), fc.constantFrom('', 'm', 'k', 'M', 'Ki', 'Mi', 'Gi', 'u', 'e3'))
      .map(([number, suffix]) => `${number}${suffix}`);
    fc.assert(
      fc.property(text, (quantity) => {
        const canonical = canonicalQuantity(quantity) ?? '';
        expect(canonicalQuantity(canonical)).toBe(canonical);
        expect(compareQuantities(quantity, canonical)).toBe(0);
      }),
    );
  });
});

describe('what is no quantity', () => {
  const format = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

  it.each([
    ['', format],
    ['abc', format],
    ['1GB', format],
    ['1 Gi', format],
    [true, format],
    [{}, format],
    ['1mi', "unable to parse quantity's suffix"],
    ['1KiB'.slice(0, 3).toLowerCase(), "unable to parse quantity's suffix"],
  ])('%j is refused', (value, expected) => {
    expect(quantityFault(value)).toBe(expected);
  });

  it('is not a number or a quantity in a text', () => {
    expect([1, 0.5, '1', '100Mi'].map(quantityFault)).toEqual([undefined, undefined, undefined, undefined]);
  });

  it('cannot be parsed', () => {
    expect(parseQuantity('x')).toBeUndefined();
    expect(parseQuantity('.')).toBeUndefined();
    expect(parseQuantity('1e9999')).toBeUndefined();
  });
});

describe('counting with quantities', () => {
  it.each([
    ['1', '1000m', 0],
    ['1Gi', '1G', 1],
    ['999m', 1, -1],
    ['-1', '0', -1],
  ])('compares %s and %s', (left, right, expected) => {
    expect(compareQuantities(left, right)).toBe(expected);
  });

  it('adds in the format of the first', () => {
    expect(addQuantities(['500m', '1', 0.25])).toBe('1750m');
    expect(addQuantities(['512Mi', '512Mi'])).toBe('1Gi');
    expect(addQuantities(['0', '1Gi'])).toBe('1Gi');
    expect(addQuantities([])).toBe('0');
    expect(addQuantities(['x', '1'])).toBe('1');
  });

  it('counts in units of 10^-9, exactly', () => {
    expect(nanoOf('1')).toBe(1_000_000_000n);
    expect(nanoOf('8Ei')).toBe(8n * 1024n ** 6n * 1_000_000_000n);
    expect(nanoOf('junk')).toBe(0n);
  });

  it('writes back what it read', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 10n ** 24n }),
        fc.constantFrom('BinarySI', 'DecimalSI', 'DecimalExponent'),
        (nano, format) => {
          expect(nanoOf(formatQuantity({ nano, format }))).toBe(nano);
        },
      ),
    );
  });
});
