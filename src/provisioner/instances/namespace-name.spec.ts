import fc from 'fast-check';
import { namespaceName } from './namespace-name.js';

const rfc1123Label = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,51}[a-z0-9])?$/);

describe('the namespace of an instance', () => {
  it('is t-<tenant>-<instance>', () => {
    expect(namespaceName('acme', 'main')).toBe('t-acme-main');
  });

  it('is kept whole up to 63 characters and ends in a hash beyond', () => {
    expect(namespaceName('a'.repeat(30), 'b'.repeat(30))).toBe(`t-${'a'.repeat(30)}-${'b'.repeat(30)}`);
    expect(namespaceName('a'.repeat(30), 'b'.repeat(31))).toMatch(/^t-a{30}-b{21}-[0-9a-f]{8}$/);
    expect(namespaceName('a'.repeat(63), 'b'.repeat(53))).toHaveLength(63);
  });

  it('tells apart what would spell the same', () => {
    expect(namespaceName('a-b', 'c')).toBe(namespaceName('a', 'b-c'));
    expect(namespaceName('a-b', 'c', true)).not.toBe(namespaceName('a', 'b-c', true));
  });

  it('is always a valid label and never a hash after two dashes', () => {
    fc.assert(
      fc.property(label, label, fc.boolean(), (tenant, instance, distinct) => {
        const name = namespaceName(tenant, instance, distinct);
        expect(name).toMatch(rfc1123Label);
        if (distinct) expect(name).not.toMatch(/--[0-9a-f]{8}$/);
      }),
    );
  });
});
