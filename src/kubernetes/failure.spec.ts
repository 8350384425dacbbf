import { TenantryError } from '../platform/errors.js';
import { errorOf, failureFrom, failureOf } from './failure.js';

test('a failure carries its code’s advice', () => {
  expect(failureOf('helm_missing', 'no helm')).toEqual({
    code: 'helm_missing',
    message: 'no helm',
    retryable: false,
    next_action: expect.stringContaining('HELM_BIN'),
  });
  expect(failureOf('cluster_unreachable', 'x').retryable).toBe(true);
});

test('a failure survives being thrown', () => {
  const failure = failureOf('quota_exceeded', 'cpu');
  const cause = new Error('403');
  const error = errorOf(failure, { status: 403 }, cause);
  expect(error).toBeInstanceOf(TenantryError);
  expect(error).toMatchObject({ kind: 'unprocessable', code: 'quota_exceeded', message: 'cpu', cause });
  expect(error.members).toMatchObject({ status: 403, retryable: false });
  expect(failureFrom(error)).toEqual(failure);
});

test('that the cluster forbids Tenantry something does not forbid its caller anything', () => {
  expect(errorOf(failureOf('forbidden', 'x')).kind).toBe('unavailable');
});

test('other errors are no failures of this room', () => {
  expect(failureFrom(new Error('x'))).toBeUndefined();
  expect(failureFrom(new TenantryError('conflict', 'slug_taken', 'x'))).toBeUndefined();
  expect(failureFrom(new TenantryError('conflict', 'toString', 'x'))).toBeUndefined();
});
