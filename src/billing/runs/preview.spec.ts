import { component } from '../catalog/component.js';
import { holdingFrom } from './preview.js';

const march = '2026-03-01T00:00:00Z';

/** When the prices of a component hold from in a preview of March on, by their amounts. */
function held(...prices: readonly (readonly [amount: string, from: string])[]): (readonly [string, string])[] {
  const versions = prices.map(([amount, effective_from]) => {
    return { id: amount, effective_from, terms: { price: { model: 'flat', amount } } };
  });
  const sold = component.parse({ key: 'base', kind: 'recurring', proration: 'none', versions });
  return holdingFrom([sold], march).flatMap((each) =>
    each.versions.map(({ id, effective_from }) => [id, effective_from] as const),
  );
}

describe('prices on a history', () => {
  it.each([
    [[['1', '2026-01-01T00:00:00Z']], [['1', '2026-01-01T00:00:00Z']]],
    [[['1', march]], [['1', march]]],
    [[['1', '2026-04-01T00:00:00Z']], [['1', march]]],
    // The one that held last holds on.
    [
      [
        ['1', '2026-01-01T00:00:00Z'],
        ['2', '2026-02-01T00:00:00Z'],
      ],
      [
        ['1', '2026-01-01T00:00:00Z'],
        ['2', '2026-02-01T00:00:00Z'],
      ],
    ],
    [
      [
        ['2', '2026-05-01T00:00:00Z'],
        ['1', '2026-04-01T00:00:00Z'],
      ],
      [
        ['1', march],
        ['2', '2026-05-01T00:00:00Z'],
      ],
    ],
  ] as const)('%j hold as %j', (prices, expected) => {
    expect(held(...prices)).toEqual(expected);
  });
});
