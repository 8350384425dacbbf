import {
  ListingIssuer,
  makeKey,
  sign,
  type SigningKey,
} from '../../../src/auth/user-tokens/testing/token-issuer.service.js';
import { newId } from '../../../src/platform/ids.js';
import { TenantsModule } from '../../../src/tenants/tenants.module.js';
import { BreakableDatabase } from '../../setup/breakable-database.js';
import { createTestDatabase, type TestDatabase } from '../../setup/database.js';
import { Provisioning } from '../../setup/provisioning.js';
import { until } from '../../setup/until.js';
import { claimsOfUser } from '../../setup/user-tokens.js';
import { Replica } from './callers.js';

describe('a signing key that its issuer took back', () => {
  let test: TestDatabase;
  let issuer: ListingIssuer;
  let one: Replica;
  let other: Replica;
  let [taken, next]: SigningKey[] = [];
  const user = newId();

  class IssuedDatabase extends BreakableDatabase {
    override readonly userTokenIssuer = issuer.described;
  }

  beforeAll(async () => {
    test = await createTestDatabase();
    await Provisioning.in(test);
    issuer = await ListingIssuer.start();
    [taken, next] = await Promise.all([makeKey('ES256', 'taken'), makeKey('ES256', 'next')]);
    const database = new IssuedDatabase(test.database);
    [one, other] = await Promise.all([
      Replica.start(database, [TenantsModule]),
      Replica.start(database, [TenantsModule]),
    ]);
    await one.send('PUT', `/v1/tenants/acme/members/${user}`, undefined, { role: 'viewer' });
  });
  afterAll(async () => {
    await one.stop();
    await other.stop();
    await issuer.stop();
    await test.drop();
  });

  const tokenBy = (key: SigningKey | undefined): Promise<string> => {
    if (key === undefined) throw new Error('there is no key');
    return sign({ ...claimsOfUser(user), iss: issuer.described.name }, key);
  };
  const seen = (token: string) =>
    Promise.all([one, other].map((replica) => replica.status('GET', '/v1/my/tenants', token)));

  it('proves nobody from the flush on: at once there, and within a second on every other replica', async () => {
    if (taken === undefined || next === undefined) throw new Error('there are no keys');
    issuer.lists(taken);
    const [old, fresh] = await Promise.all([tokenBy(taken), tokenBy(next)]);
    expect(await seen(old)).toEqual([200, 200]);
    issuer.lists(next);
    expect(await seen(old)).toEqual([200, 200]);

    expect(await one.status('POST', '/v1/user-tokens/flush')).toBe(204);
    const flushedAt = performance.now();
    expect(await one.status('GET', '/v1/my/tenants', old)).toBe(401);
    let last = flushedAt;
    await until('the other replica refuses it', async () => {
      const askedAt = performance.now();
      const status = await other.status('GET', '/v1/my/tenants', old);
      if (status === 200) last = askedAt;
      return status === 401;
    });
    expect(last - flushedAt).toBeLessThanOrEqual(1_000);
    expect(await seen(fresh)).toEqual([200, 200]);
    expect(await test.sql(`select actor from public.audit_log where action = 'user_tokens.flush'`)).toEqual([
      { actor: 'operator' },
    ]);
  });

  it('is flushed by operators who may change the installation, and by nobody else', async () => {
    const tenants = await one.makeKey({ tenant: 'acme', scopes: ['keys:*'] });
    const reading = await one.makeKey({ scopes: ['admin:read'] });
    for (const { key } of [tenants, reading]) expect(await one.status('POST', '/v1/user-tokens/flush', key)).toBe(403);
  });
});
