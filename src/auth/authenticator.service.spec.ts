import { hash } from 'node:crypto';
import { SystemClock } from '../platform/clock.js';
import { TenantryError } from '../platform/errors.js';
import { Authenticator } from './authenticator.service.js';
import { newKeyText } from './api-keys/key-text.js';
import type { Credentials } from './credentials/credentials.service.js';
import type { KeyUses } from './credentials/key-uses.service.js';
import { toKeyRecord } from './credentials/key-record.js';
import { toUserRecord } from './credentials/user-record.js';
import { newOperatorKey, OperatorKey } from './operator-key.js';
import type { Principal } from './principal.js';
import type { UserTokens } from './user-tokens/user-tokens.service.js';

const operatorKey = newOperatorKey();
const keys = {
  good: newKeyText('live'),
  expired: newKeyText('live'),
  revoked: newKeyText('live'),
  operators: newKeyText('live'),
};
const facts = (name: keyof typeof keys, parts: object = {}) =>
  toKeyRecord({
    id: name,
    name,
    hash: hash('sha256', keys[name], 'hex'),
    scopes: ['instances:read'],
    rate_limit_per_minute: 60,
    expires_at: null,
    revoked: false,
    tenant: { id: 't', slug: 'acme' },
    ...parts,
  });
const records = [
  facts('good'),
  facts('expired', { expires_at: '2020-01-01T00:00:00Z' }),
  facts('revoked', { revoked: true }),
  facts('operators', { tenant: null }),
];

/** Who stands behind the authenticator here: memory that knows the keys above, and one user. */
class Memory implements Pick<Credentials, 'recallKey' | 'findKey' | 'findUser'> {
  readonly asked: string[] = [];
  readonly noted: string[] = [];
  fresh = true;

  recallKey(name: string) {
    this.asked.push('recall');
    return this.fresh ? { found: this.recordOf(name) } : undefined;
  }
  findKey(name: string) {
    this.asked.push('find');
    return Promise.resolve(this.recordOf(name));
  }
  findUser(userId: string) {
    return Promise.resolve(
      userId === 'u' ? toUserRecord([{ tenant_id: 't', slug: 'acme', role: 'viewer' }]) : undefined,
    );
  }
  note(id: string): void {
    this.noted.push(id);
  }
  verify(token: string) {
    if (token !== 'a.b.c') return Promise.reject(new TenantryError('unauthenticated', 'unauthenticated', 'no'));
    return Promise.resolve({ userId: 'u', email: 'ann@acme.test', expiresAt: new Date() });
  }
  private recordOf(name: string) {
    return records.find(({ digest }) => digest.toString('hex') === name);
  }
}

function scene(): { memory: Memory; who: (header: string | undefined) => Principal | Promise<Principal> } {
  const memory = new Memory();
  const authenticator = new Authenticator(
    new OperatorKey(operatorKey),
    memory as unknown as Credentials,
    memory as unknown as KeyUses,
    memory as unknown as UserTokens,
    new SystemClock(),
  );
  return { memory, who: (header) => authenticator.authenticate(header) };
}

describe('telling who a caller is', () => {
  it('knows the first operator by the key, and asks nobody', () => {
    const { memory, who } = scene();
    expect(who(`Bearer ${operatorKey}`)).toMatchObject({ kind: 'operator', id: 'operator', granted: ['*'] });
    expect(memory.asked).toEqual([]);
  });

  it('knows a tenant by its key, at once where memory is fresh, and notes the use', async () => {
    const { memory, who } = scene();
    const expected = { kind: 'tenant_key', id: 'key:good', credential: 'good', rateLimitPerMinute: 60 };
    expect(who(`Bearer ${keys.good}`)).toMatchObject({ ...expected, grants: [{ tenant: { slug: 'acme' } }] });
    memory.fresh = false;
    expect(await who(`Bearer ${keys.good}`)).toMatchObject(expected);
    expect([memory.asked, memory.noted]).toEqual([
      ['recall', 'recall', 'find'],
      ['good', 'good'],
    ]);
  });

  it('knows an operator by a key without a tenant', () => {
    expect(scene().who(`Bearer ${keys.operators}`)).toMatchObject({ kind: 'operator', id: 'key:operators' });
  });

  it('knows a user by a token, and what the user is a member of', async () => {
    const { memory, who } = scene();
    memory.fresh = false;
    expect(await who('Bearer a.b.c')).toMatchObject({
      kind: 'user',
      id: 'user:u',
      display: 'ann@acme.test',
      credential: undefined,
      grants: [{ tenant: { id: 't' } }],
    });
    await expect(who('Bearer a.b.d')).rejects.toMatchObject({ kind: 'unauthenticated' });
  });

  it.each([
    ['no header', undefined, 'Send an API key or a user token: Authorization: Bearer <key>.'],
    ['another scheme', `Basic ${operatorKey}`, 'The Authorization header is not of the form: Bearer <key>.'],
    ['the bare key', operatorKey, 'The Authorization header is not of the form: Bearer <key>.'],
    ['another operator key', `Bearer ${newOperatorKey()}`, 'The API key is not known.'],
    ['nearly the operator key', `Bearer ${operatorKey.slice(0, -1)}`, 'The API key is not known.'],
    ['a key that nobody made', `Bearer ${newKeyText('live')}`, 'The API key is not known.'],
    ['a key that has expired', `Bearer ${keys.expired}`, 'The API key has expired.'],
    ['a key that was revoked', `Bearer ${keys.revoked}`, 'The API key was revoked.'],
  ])('knows nobody by %s', async (_, header, message) => {
    const { memory, who } = scene();
    memory.fresh = false;
    const attempt = async (): Promise<Principal> => who(header);
    await expect(attempt()).rejects.toMatchObject({ kind: 'unauthenticated', code: 'unauthenticated', message });
    expect(memory.noted).toEqual([]);
  });

  it('asks nobody about a text that can be no key', async () => {
    const { memory, who } = scene();
    memory.fresh = false;
    const mistyped = `${keys.good.slice(0, -1)}${keys.good.endsWith('a') ? 'b' : 'a'}`;
    await expect(async () => who(`Bearer ${mistyped}`)).rejects.toMatchObject({ kind: 'unauthenticated' });
    expect(memory.asked).toEqual(['recall']);
  });
});
