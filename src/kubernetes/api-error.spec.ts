import { apiStatusOf, refused, unreachable } from './api-error.js';
import type { FailureCode } from './failure.js';

const rows: readonly (readonly [what: string, code: FailureCode, status: number, body: unknown])[] = [
  ['a bad token', 'forbidden', 401, { message: 'Unauthorized', reason: 'Unauthorized' }],
  [
    'a missing permission',
    'forbidden',
    403,
    { message: 'pods is forbidden: User "x" cannot list', reason: 'Forbidden' },
  ],
  [
    'a quota',
    'quota_exceeded',
    403,
    { message: 'pods "a" is forbidden: exceeded quota: q, requested: cpu=2', reason: 'Forbidden' },
  ],
  [
    'a limit range',
    'quota_exceeded',
    403,
    { message: 'pods "a" is forbidden: maximum cpu usage per Container is 1, but limit is 2', reason: 'Forbidden' },
  ],
  [
    'a namespace that is going',
    'namespace_terminating',
    403,
    {
      message: 'secrets "a" is forbidden: unable to create new content in namespace n because it is being terminated',
      reason: 'Forbidden',
    },
  ],
  [
    'a security level',
    'render_failed',
    403,
    { message: 'pods "a" is forbidden: violates PodSecurity "restricted:latest"', reason: 'Forbidden' },
  ],
  ['a name that exists', 'name_taken', 409, { message: 'namespaces "a" already exists', reason: 'AlreadyExists' }],
  ['a stale write', 'conflict', 409, { message: 'the object has been modified', reason: 'Conflict' }],
  ['an invalid object', 'render_failed', 422, { message: 'Deployment "a" is invalid', reason: 'Invalid' }],
  ['a malformed body', 'render_failed', 400, { message: 'strict decoding error', reason: 'BadRequest' }],
  [
    'an apply of a field that the schema lacks',
    'render_failed',
    500,
    { message: 'failed to create typed patch object (n/a; /v1, Kind=ConfigMap): .dataX: field not declared in schema' },
  ],
  ['too many requests', 'cluster_unreachable', 429, { message: 'too many requests' }],
  ['a server that is starting', 'cluster_unreachable', 503, undefined],
  ['an internal error', 'cluster_unreachable', 500, 'oops'],
  ['a version that is too old', 'unknown', 410, { message: 'too old resource version', reason: 'Expired' }],
];

test.each(rows)('%s is %s', (_what, code, status, body) => {
  const error = refused({ status, body, method: 'GET', path: '/x' });
  expect(error.code).toBe(code);
  expect(apiStatusOf(error)).toBe(status);
  expect(error.members['next_action']).toEqual(expect.any(String));
});

test('an apply conflict names the other manager', () => {
  const error = refused({
    status: 409,
    body: {
      message: 'Apply failed with 1 conflict: conflict with "kubectl-scale" using apps/v1: .spec.replicas',
      reason: 'Conflict',
      details: {
        causes: [
          {
            reason: 'FieldManagerConflict',
            message: 'conflict with "kubectl-scale" using apps/v1',
            field: '.spec.replicas',
          },
        ],
      },
    },
    method: 'PATCH',
    path: '/x',
  });
  expect(error.kind).toBe('conflict');
  expect(error.members['causes']).toEqual([
    { field: '.spec.replicas', message: 'conflict with "kubectl-scale" using apps/v1' },
  ]);
});

test('an answer without a message says what was asked', () => {
  expect(refused({ status: 503, body: undefined, method: 'GET', path: '/x' }).message).toBe('GET /x answered 503');
});

test('no answer is unreachable, retryable, and says why', () => {
  const cause = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
  const error = unreachable('GET', '/version', cause);
  expect(error).toMatchObject({ code: 'cluster_unreachable', kind: 'unavailable', cause });
  expect(error.message).toBe('GET /version: ECONNREFUSED');
  expect(error.members['retryable']).toBe(true);
  expect(apiStatusOf(error)).toBe(0);
  expect(apiStatusOf(new Error('x'))).toBeUndefined();
});
