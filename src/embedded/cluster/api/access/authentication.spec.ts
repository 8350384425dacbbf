import { ObjectStore } from '../../store/object-store.js';
import { draft } from '../../store/testing/draft.js';
import { Authentication } from './authentication.js';
import { issueToken, verifyToken } from './service-account-token.js';

const KEY = Buffer.from('k'.repeat(32));
const NOW = new Date();
const SOON = Math.floor(NOW.getTime() / 1000) + 60;

function basic(user: string, password: string): { authorization: string } {
  return { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` };
}

describe('Authentication', () => {
  const store = new ObjectStore();
  const account = store.create('/serviceaccounts', draft('v1', 'ServiceAccount', { name: 'bob' }));
  const bob = { namespace: 'ns', name: 'bob', uid: account.metadata.uid, expires: SOON };
  const authentication = new Authentication(store, {
    adminToken: 'admin-token',
    tokens: { 'dev-token': { name: 'dev', groups: ['developers', 'system:authenticated'] } },
    key: KEY,
  });

  it.each([
    ['the token of the kubeconfig', { authorization: 'Bearer admin-token' }, 'kubernetes-admin'],
    [
      'the same as a password, which is all that helm and kubectl send over plain HTTP',
      basic('anybody', 'admin-token'),
      'kubernetes-admin',
    ],
    ['a token from the options', { authorization: 'bearer dev-token' }, 'dev'],
    [
      'a service account token',
      { authorization: `Bearer ${authentication.issue(bob, ['a'], NOW)}` },
      'system:serviceaccount:ns:bob',
    ],
  ])('knows %s', (_what, headers, name) => {
    expect(authentication.userOf('/api', headers).name).toBe(name);
  });

  it.each([
    ['no token', {}],
    ['a wrong token', { authorization: 'Bearer wrong' }],
    ['another scheme', { authorization: 'Digest x' }],
    ['a token of another key', { authorization: `Bearer ${issueToken(bob, [], Buffer.from('other'), NOW)}` }],
    ['an expired token', { authorization: `Bearer ${issueToken({ ...bob, expires: 1 }, [], KEY, NOW)}` }],
    [
      'the token of an account that was replaced',
      { authorization: `Bearer ${issueToken({ ...bob, uid: 'old' }, [], KEY, NOW)}` },
    ],
    [
      'the token of an account that is gone',
      { authorization: `Bearer ${issueToken({ ...bob, name: 'gone' }, [], KEY, NOW)}` },
    ],
  ])('answers 401 to %s', (_what, headers) => {
    expect(() => authentication.userOf('/api/v1/pods', headers)).toThrow(
      expect.objectContaining({ code: 401, reason: 'Unauthorized' }),
    );
  });

  it.each(['/version', '/healthz', '/livez', '/readyz/etcd'])('lets anybody see %s', (path) => {
    expect(authentication.userOf(path, {}).name).toBe('system:anonymous');
  });

  it('reviews tokens', () => {
    expect(authentication.review('dev-token')?.name).toBe('dev');
    expect(authentication.review('wrong')).toBeUndefined();
  });
});

describe('service account tokens', () => {
  const claims = { namespace: 'ns', name: 'bob', uid: 'u', expires: SOON };

  it('carry what was put in', () => {
    expect(verifyToken(issueToken(claims, ['api'], KEY, NOW), KEY, NOW)).toEqual(claims);
  });

  it('are refused when anything of them was changed', () => {
    const [header = '', payload = '', signature = ''] = issueToken(claims, [], KEY, NOW).split('.');
    const forged = Buffer.from(JSON.stringify({ sub: 'root', exp: SOON })).toString('base64url');
    expect(verifyToken(`${header}.${forged}.${signature}`, KEY, NOW)).toBeUndefined();
    expect(verifyToken(`e30.${payload}.${signature}`, KEY, NOW)).toBeUndefined();
    expect(verifyToken(`${header}.${payload}.${signature}.x`, KEY, NOW)).toBeUndefined();
    expect(verifyToken('nonsense', KEY, NOW)).toBeUndefined();
  });
});
