import { allowance, firstOperator, type Principal } from '../../auth/principal.js';
import { callingTenant } from './calling-tenant.js';

const acme = { id: 'id-of-acme', slug: 'acme' };
const other = { id: 'id-of-other', slug: 'other' };
const user = (...tenants: (typeof acme)[]): Principal => ({
  ...firstOperator,
  kind: 'user',
  userId: 'u',
  grants: tenants.map((tenant) => ({ tenant, ...allowance(['usage:read']) })),
});

describe('the tenant whose call it is', () => {
  it.each([
    ["the caller's, where they have one", user(acme), undefined, 'id-of-acme'],
    ["the caller's, where they may not do what they asked", user(acme), [], 'id-of-acme'],
    ['of several the one that the call is about', user(acme, other), [other], 'id-of-other'],
    ['none, where the call is about several', user(acme, other), [acme, other], undefined],
    ['none, for an operator, whatever it is about', firstOperator, 'all', undefined],
    ['none, for a stranger', undefined, undefined, undefined],
  ] as const)('is %s', (_, principal, reach, tenantId) => {
    expect(callingTenant(principal, reach)).toBe(tenantId);
  });
});
