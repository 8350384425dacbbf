import { DatabaseError } from '../database-error.js';
import { type ErrorKind, errorKinds, TenantryError } from '../errors.js';
import { keptAnswer, keptProblem } from './kept-answer.js';

describe('the failure of a request', () => {
  const kept: readonly ErrorKind[] = ['not_found', 'conflict', 'precondition_failed', 'unprocessable'];

  it.each(kept)('of kind %s is its answer for good', (kind) => {
    expect(keptProblem(new TenantryError(kind, 'some_code', 'So it is.'), 'r1')).toMatchObject({
      status: expect.any(Number),
      headers: { 'content-type': 'application/problem+json' },
    });
  });

  it.each(errorKinds.filter((kind) => !kept.includes(kind)))('of kind %s is not kept', (kind) => {
    expect(keptProblem(new TenantryError(kind, 'some_code', 'Not so.'), 'r1')).toBeUndefined();
  });

  it.each([
    ['that nobody foresaw', new Error('oh')],
    ['of the database', new DatabaseError('away', { code: 'network', retryable: true })],
    [
      'that asks the caller to come again',
      new TenantryError('conflict', 'idempotency_in_progress', 'Later.', { members: { retry_after_seconds: 1 } }),
    ],
  ])('%s is not kept', (_, error) => {
    expect(keptProblem(error, 'r1')).toBeUndefined();
  });

  it('is kept as it is sent, with the request id of the first', () => {
    const error = new TenantryError('conflict', 'slug_taken', 'Taken.', {
      faults: [{ pointer: '/slug', message: 'is taken' }],
      members: { tenant_id: 't' },
    });
    const answer = keptProblem(error, 'r1');
    expect(keptAnswer.parse(answer)).toEqual(answer);
    expect(answer?.status).toBe(409);
    expect(JSON.parse(answer?.body ?? '')).toMatchObject({
      code: 'slug_taken',
      detail: 'Taken.',
      request_id: 'r1',
      tenant_id: 't',
      errors: [{ pointer: '/slug', message: 'is taken' }],
    });
  });
});
