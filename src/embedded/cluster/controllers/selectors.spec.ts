import type { LabelSelector } from './common-kinds.js';
import { selects } from './selectors.js';

describe('a selector', () => {
  const labels = { app: 'web', size: '3' };
  const expression = (key: string, operator: string, ...values: string[]): LabelSelector => ({
    matchExpressions: [{ key, operator, values }],
  });
  const rows: [string, LabelSelector | undefined, boolean][] = [
    ['that is missing', undefined, false],
    ['that is empty', {}, true],
    ['of a label', { matchLabels: { app: 'web' } }, true],
    ['of another label', { matchLabels: { app: 'db' } }, false],
    ['In', expression('app', 'In', 'db', 'web'), true],
    ['NotIn', expression('app', 'NotIn', 'web'), false],
    ['NotIn, without the label', expression('tier', 'NotIn', 'web'), true],
    ['Exists', expression('app', 'Exists'), true],
    ['DoesNotExist', expression('app', 'DoesNotExist'), false],
    ['Gt', expression('size', 'Gt', '2'), true],
    ['Lt', expression('size', 'Lt', '2'), false],
    ['of an operator that is none', expression('app', 'Like', 'w'), false],
    ['of both kinds', { matchLabels: { app: 'web' }, ...expression('size', 'In', '4') }, false],
  ];
  it.each(rows)('%s', (_which, selector, expected) => {
    expect(selects(selector, labels)).toBe(expected);
  });
});
