import { parseQuantity, resolveShare } from './numbers.js';

describe('a quantity', () => {
  const rows: [string | number | undefined, number][] = [
    ['1', 1],
    ['500m', 0.5],
    ['1.5', 1.5],
    ['64Mi', 67_108_864],
    ['1Gi', 1_073_741_824],
    ['2k', 2000],
    ['1e3', 1000],
    ['12345n', 0.000012345],
    [2, 2],
    ['', 0],
    [undefined, 0],
    ['much', 0],
    ['5Xi', 0],
  ];
  it.each(rows)('%j', (quantity, number) => {
    expect(parseQuantity(quantity)).toBeCloseTo(number, 12);
  });
});

describe('a share', () => {
  const rows: [number | string, number, number, number][] = [
    [3, 10, 3, 3],
    ['25%', 10, 2, 3],
    ['50%', 10, 5, 5],
    ['100%', 3, 3, 3],
    ['0%', 3, 0, 0],
    ['half', 10, 0, 0],
  ];
  it.each(rows)('%j of %i', (share, whole, down, up) => {
    expect([resolveShare(share, whole, Math.floor), resolveShare(share, whole, Math.ceil)]).toEqual([down, up]);
  });
});
