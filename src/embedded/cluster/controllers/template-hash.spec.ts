import fc from 'fast-check';

import { templateHash } from './template-hash.js';

describe('the hash of a template', () => {
  it('does not depend on the order of fields', () => {
    expect(templateHash({ a: 1, b: { c: [1, 2], d: 'x' } })).toBe(templateHash({ b: { d: 'x', c: [1, 2] }, a: 1 }));
  });

  it('depends on the order of lists, on values and on the collisions', () => {
    const hashes = [templateHash([1, 2]), templateHash([2, 1]), templateHash([1, 3]), templateHash([1, 2], 1)];
    expect(new Set(hashes).size).toBe(4);
  });

  it('is a word that may stand in a name', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => /^[bcdfghjklmnpqrstvwxz2456789]{1,10}$/.test(templateHash(value))),
    );
  });
});
