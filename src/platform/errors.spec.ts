import { TenantryError } from './errors.js';

describe('TenantryError', () => {
  it('carries kind, code and message, and is an Error', () => {
    const error = new TenantryError('conflict', 'slug_taken', 'The slug is taken.');
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ name: 'TenantryError', kind: 'conflict', code: 'slug_taken' });
    expect(error.message).toBe('The slug is taken.');
  });

  it('has no faults and no members unless given', () => {
    const error = new TenantryError('not_found', 'tenant_not_found', 'No such tenant.');
    expect(error.faults).toEqual([]);
    expect(error.members).toEqual({});
    expect('cause' in error).toBe(false);
  });

  it('keeps cause, faults and members', () => {
    const cause = new Error('inner');
    const faults = [{ pointer: '/slug', message: 'too long' }];
    const error = new TenantryError('invalid', 'validation_failed', 'Bad.', {
      cause,
      faults,
      members: { operation_id: 'o1' },
    });
    expect(error.cause).toBe(cause);
    expect(error.faults).toEqual(faults);
    expect(error.members).toEqual({ operation_id: 'o1' });
  });
});
