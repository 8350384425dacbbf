import { ForbiddenException, HttpException, InternalServerErrorException, NotFoundException } from '@nestjs/common';
import { DatabaseError } from '../database-error.js';
import type { ErrorKind } from '../errors.js';
import { errorKinds, TenantryError } from '../errors.js';
import { methodNotAllowed, problemAnswer, routeNotFound, statusOfKind, toTenantryError } from './problem.js';

const secret = 'postgres://user:hunter2@db';

describe('the status of each kind of error', () => {
  const expected: Record<ErrorKind, number> = {
    invalid: 400,
    unauthenticated: 401,
    payment_required: 402,
    forbidden: 403,
    not_found: 404,
    conflict: 409,
    precondition_failed: 412,
    too_large: 413,
    unsupported: 415,
    unprocessable: 422,
    limited: 429,
    internal: 500,
    unavailable: 503,
  };

  it.each(errorKinds)('%s', (kind) => {
    expect(statusOfKind(kind)).toBe(expected[kind]);
    expect(problemAnswer(new TenantryError(kind, 'some_code', 'Why.'), 'r').problem.status).toBe(expected[kind]);
  });
});

describe('what the database reports and no room has an answer for', () => {
  it.each([
    ['it is away', { code: 'network', retryable: true }, 'unavailable', 'database_unavailable'],
    [
      'the key of the caller was revoked',
      { code: 'PT401', retryable: false, hint: 'credential_revoked' },
      'unauthenticated',
      'unauthenticated',
    ],
    [
      'the membership of the caller has ended',
      { code: 'PT403', retryable: false, hint: 'membership_ended' },
      'forbidden',
      'forbidden',
    ],
    ['anything else', { code: '23505', retryable: false }, 'internal', 'internal'],
  ] as const)('%s', (_, options, kind, code) => {
    const error = new DatabaseError(secret, options);
    expect(toTenantryError(error)).toMatchObject({ kind, code, cause: error });
    expect(JSON.stringify(problemAnswer(error, 'r'))).not.toContain('hunter2');
  });
});

describe('a problem document', () => {
  it('says everything that RFC 9457 and our clients ask for', () => {
    const error = new TenantryError('conflict', 'slug_taken', 'The slug acme is taken.', {
      members: { tenant_id: 't1' },
    });
    expect(problemAnswer(error, 'req-1')).toEqual({
      headers: {},
      problem: {
        type: 'https://tenantry.dev/problems/slug_taken',
        title: 'Slug taken',
        status: 409,
        detail: 'The slug acme is taken.',
        code: 'slug_taken',
        request_id: 'req-1',
        errors: [],
        tenant_id: 't1',
      },
    });
  });

  it('lists every fault of the input', () => {
    const faults = [
      { pointer: '/a', message: 'is required' },
      { pointer: '?b', message: 'is not known here' },
    ];
    const { problem } = problemAnswer(
      new TenantryError('invalid', 'validation_failed', 'Two faults.', { faults }),
      'r',
    );
    expect(problem.errors).toEqual(faults);
    expect(problem.detail).toBe('Two faults.');
  });

  it('stays small however many faults there are, and says how many it leaves out', () => {
    const faults = Array.from({ length: 100_000 }, (_, index) => ({
      pointer: `/${index}`,
      message: 'is not known here',
    }));
    const { problem } = problemAnswer(new TenantryError('invalid', 'validation_failed', 'Many.', { faults }), 'r');
    expect(problem.errors).toHaveLength(100);
    expect(problem.detail).toBe('Many. The first 100 are listed; 99900 more are not.');
  });

  it('never lets a member replace one of its own', () => {
    const members = { status: 200, code: 'fine', request_id: 'forged', type: 'about:blank', errors: 'none' };
    const { problem } = problemAnswer(new TenantryError('conflict', 'slug_taken', 'Taken.', { members }), 'r');
    expect(problem).toMatchObject({ status: 409, code: 'slug_taken', request_id: 'r', errors: [] });
    expect(problem.type).toBe('https://tenantry.dev/problems/slug_taken');
  });

  it.each([
    ['an error of ours of kind internal', new TenantryError('internal', 'internal', secret, { members: { secret } })],
    ['an unknown error', new Error(secret, { cause: new Error(secret) })],
    ['text that was thrown', secret],
    ['nothing that was thrown', undefined],
    ['an error of Nest above 500', new InternalServerErrorException(secret)],
    [
      'an error that only looks like one of Fastify',
      Object.assign(new Error(secret), { code: 'ENOENT', statusCode: 404 }),
    ],
  ])('tells nothing of %s', (_, thrown) => {
    const { problem, headers } = problemAnswer(thrown, 'r');
    expect(problem).toMatchObject({ status: 500, code: 'internal', title: 'Internal', errors: [] });
    expect(JSON.stringify({ problem, headers })).not.toContain('hunter2');
  });
});

describe('headers of a problem', () => {
  it('asks an unknown caller for a bearer token', () => {
    const { headers } = problemAnswer(new TenantryError('unauthenticated', 'unauthenticated', 'Who?'), 'r');
    expect(headers).toEqual({ 'www-authenticate': 'Bearer realm="tenantry"' });
  });

  it.each([
    [2.1, '3'],
    [60, '60'],
    [0, '1'],
  ])('says Retry-After in whole seconds, at least one: %s', (retry_after_seconds, expected) => {
    const error = new TenantryError('limited', 'rate_limited', 'Slow down.', { members: { retry_after_seconds } });
    expect(problemAnswer(error, 'r').headers).toEqual({ 'retry-after': expected });
  });

  it('names the allowed methods', () => {
    const { problem, headers } = problemAnswer(methodNotAllowed('PUT', '/v1/x', ['GET', 'POST']), 'r');
    expect(problem).toMatchObject({ status: 405, code: 'method_not_allowed', allowed_methods: ['GET', 'POST'] });
    expect(headers).toEqual({ allow: 'GET, POST' });
  });
});

describe('what was thrown, in our own terms', () => {
  const fastifyError = (code: string, statusCode: number) => Object.assign(new Error(secret), { code, statusCode });

  it.each([
    ['FST_ERR_CTP_BODY_TOO_LARGE', 413, 'too_large', 'body_too_large'],
    ['FST_ERR_CTP_INVALID_MEDIA_TYPE', 415, 'unsupported', 'unsupported_media_type'],
    ['FST_ERR_CTP_INVALID_CONTENT_LENGTH', 400, 'invalid', 'invalid_content_length'],
    ['FST_ERR_BAD_URL', 400, 'invalid', 'invalid_url'],
    ['FST_ERR_MAX_PARAM_LENGTH', 414, 'invalid', 'invalid_url'],
    ['FST_ERR_SOMETHING_NEW', 418, 'invalid', 'bad_request'],
  ])('%s, alone and as Nest wraps it', (code, status, kind, expected) => {
    const cause = fastifyError(code, status);
    for (const thrown of [cause, new HttpException(secret, status, { cause })]) {
      const error = toTenantryError(thrown);
      expect(error).toMatchObject({ kind, code: expected, cause: thrown });
      expect(error.message).not.toContain('hunter2');
    }
  });

  it('an error of Fastify above 500 is internal', () => {
    expect(toTenantryError(fastifyError('FST_ERR_HANDLER_TIMEOUT', 503))).toMatchObject({ code: 'internal' });
  });

  it.each([
    [new NotFoundException(secret), 'not_found', 'not_found'],
    [new ForbiddenException(secret), 'forbidden', 'forbidden'],
    [new HttpException(secret, 401), 'unauthenticated', 'unauthenticated'],
    [new HttpException(secret, 422), 'invalid', 'bad_request'],
  ])('%s of Nest', (thrown, kind, code) => {
    const error = toTenantryError(thrown);
    expect(error).toMatchObject({ kind, code });
    expect(error.message).not.toContain('hunter2');
  });

  it('an error of ours stays what it is, even inside one of Nest', () => {
    const ours = new TenantryError('unavailable', 'shutting_down', 'Later.');
    expect(toTenantryError(ours)).toBe(ours);
    expect(toTenantryError(new HttpException('x', 400, { cause: ours }))).toBe(ours);
  });

  it('a path that nobody serves', () => {
    expect(routeNotFound('GET', '/v1/x')).toMatchObject({ kind: 'not_found', code: 'route_not_found' });
  });
});
