import { ObjectStore } from '../../store/object-store.js';
import type { ApiParts } from '../api-parts.js';
import { parseResourcePath } from '../http/request-info.js';
import { Authentication } from './authentication.js';
import { Rbac } from './rbac.js';
import { review } from './reviews.js';
import { ADMIN, type User } from './user.js';

const DEV: User = { name: 'dev', uid: 'u', groups: ['developers'], extra: { scope: ['a'] } };

function answerTo(user: User, resource: string, body: object): Record<string, unknown> {
  const store = new ObjectStore();
  const path = parseResourcePath(`/apis/${resource}`);
  if (path === undefined) throw new Error('no such path');
  const parts: Pick<ApiParts, 'rbac' | 'authentication'> = {
    rbac: new Rbac(store),
    authentication: new Authentication(store, { adminToken: 'admin', tokens: { dev: DEV } }),
  };
  const answer = review(parts, {
    method: 'POST',
    path,
    query: new URLSearchParams(),
    headers: {},
    user,
    body: Buffer.from(JSON.stringify(body)),
    as: 'json',
  });
  if ('stream' in answer) throw new Error('no answer');
  expect(answer.code).toBe(201);
  return JSON.parse(answer.body.toString()) as Record<string, unknown>;
}

describe('reviews', () => {
  it('say who one is', () => {
    expect(answerTo(DEV, 'authentication.k8s.io/v1/selfsubjectreviews', {})).toEqual({
      kind: 'SelfSubjectReview',
      apiVersion: 'authentication.k8s.io/v1',
      metadata: { creationTimestamp: null },
      status: { userInfo: { username: 'dev', uid: 'u', groups: ['developers'], extra: { scope: ['a'] } } },
    });
  });

  it.each([
    ['an administrator', ADMIN, true],
    ['somebody without a role', DEV, false],
  ])('say what %s may', (_what, user, allowed) => {
    const spec = { resourceAttributes: { verb: 'list', resource: 'pods', namespace: 'ns' } };
    const path = 'authorization.k8s.io/v1/selfsubjectaccessreviews';
    expect(answerTo(user, path, { spec })).toMatchObject({ spec, status: { allowed } });
    const paths = { spec: { nonResourceAttributes: { verb: 'get', path: '/metrics' } } };
    expect(answerTo(user, path, paths)).toMatchObject({ status: { allowed } });
  });

  it('say what somebody else may', () => {
    const resourceAttributes = { verb: 'list', resource: 'pods' };
    const spec = { user: 'x', groups: ['system:masters'], resourceAttributes };
    expect(answerTo(ADMIN, 'authorization.k8s.io/v1/subjectaccessreviews', { spec })).toMatchObject({
      status: { allowed: true },
    });
  });

  it('list what one may', () => {
    const path = 'authorization.k8s.io/v1/selfsubjectrulesreviews';
    expect(answerTo(ADMIN, path, { spec: { namespace: 'ns' } })['status']).toEqual({
      resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }],
      nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
      incomplete: false,
    });
    expect(answerTo(DEV, path, { spec: { namespace: 'ns' } })['status']).toMatchObject({ resourceRules: [] });
  });

  it('say whose a token is', () => {
    const path = 'authentication.k8s.io/v1/tokenreviews';
    expect(answerTo(ADMIN, path, { spec: { token: 'dev' } })['status']).toMatchObject({
      authenticated: true,
      user: { username: 'dev' },
    });
    expect(answerTo(ADMIN, path, { spec: { token: 'wrong' } })['status']).toEqual({ authenticated: false, user: {} });
  });

  it('refuse to guess what was meant', () => {
    expect(() => answerTo(DEV, 'authorization.k8s.io/v1/selfsubjectaccessreviews', { spec: {} })).toThrow(
      'is required',
    );
  });
});
