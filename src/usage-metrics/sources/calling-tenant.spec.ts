import { allowance, firstOperator, type Principal } from '../../auth/principal.js';
import { callingTenant } from './calling-tenant.js';

const [acme, other] = ['acme', 'other'].map((slug) => ({ id: `id-of-${slug}`, slug }));
const grants = (...tenants: (typeof acme)[]): { tenant: { id: string; slug: string } & object }[] =>
  tenants.flatMap((tenant) => (tenant === undefined ? [] : [{ tenant, ...allowance(['usage:read']) }]));
const user = (...tenants: (typeof acme)[]): Principal =>
  ({ ...firstOperator, kind: 'user', userId: 'u', grants: grants(...tenants) }) as unknown as Principal;

describe('the tenant whose call it is', () => {
  it.each([
    ["the caller's, where they have one", user(acme), undefined, 'id-of-acme'],
    ["the caller's, where they may not do what they asked", user(acme), [], 'id-of-acme'],
    ['of several the one that the call is about', user(acme, other), [other], 'id-of-other'],
    ['none, where the call is about several', user(acme, other), [acme, other], undefined],
    ['none, for an operator, whatever it is about', firstOperator, 'all', undefined],
    ['none, for a stranger', undefined, undefined, undefined],
  ])('is %s', (_, principal, reach, tenantId) => {
    const refs = Array.isArray(reach) ? reach.filter((ref) => ref !== undefined) : undefined;
    expect(callingTenant(principal, reach === 'all' ? 'all' : refs)).toBe(tenantId);
  });
});
