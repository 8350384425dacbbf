import { formatIndexes, parseIndexes } from './job-decisions.js';

describe('completed indexes', () => {
  const rows: [string, number[]][] = [
    ['', []],
    ['3', [3]],
    ['0-2', [0, 1, 2]],
    ['0,2-4,9', [0, 2, 3, 4, 9]],
  ];
  it.each(rows)('%s', (text, indexes) => {
    expect([...parseIndexes(text)]).toEqual(indexes);
    expect(formatIndexes(new Set(indexes.toReversed()))).toBe(text);
  });
});
