import { newId } from '../../../src/platform/ids.js';
import { TenantsModule } from '../../../src/tenants/tenants.module.js';
import { BreakableDatabase } from '../../setup/breakable-database.js';
import { createTestDatabase, type TestDatabase } from '../../setup/database.js';
import { Provisioning } from '../../setup/provisioning.js';
import { until } from '../../setup/until.js';
import { claimsOfUser, makeToken } from '../../setup/user-tokens.js';
import { Replica } from './callers.js';

describe('users who have signed in', () => {
  let test: TestDatabase;
  let world: Provisioning;
  let database: BreakableDatabase;
  let replica: Replica;
  let globex: string;

  beforeAll(async () => {
    test = await createTestDatabase();
    world = await Provisioning.in(test);
    globex = await world.tenant('globex');
    await world.tenant('others');
    database = new BreakableDatabase(test.database);
    replica = await Replica.start(database, [TenantsModule]);
  });
  afterAll(async () => {
    await replica.stop();
    await test.drop();
  });

  const tokenOf = (user: string): string => makeToken(test.database.keys.jwtSecret, claimsOfUser(user));
  const join = (tenant: string, user: string, role: string): Promise<number> =>
    replica.status('PUT', `/v1/tenants/${tenant}/members/${user}`, undefined, { role });
  async function slugs(path: string, token: string): Promise<unknown> {
    const { status, json } = await replica.send('GET', path, token);
    return status === 200 ? (json['data'] as { slug: string }[]).map(({ slug }) => slug) : status;
  }

  it('see the tenants that they are members of, and may do in each what their role there allows', async () => {
    const user = newId();
    const token = tokenOf(user);
    await join('acme', user, 'owner');
    await join('globex', user, 'viewer');
    await join('others', newId(), 'owner');
    expect(await slugs('/v1/tenants', token)).toEqual(['acme', 'globex']);
    expect(await slugs('/v1/my/tenants', token)).toEqual(['acme', 'globex']);
    expect(await replica.status('GET', '/v1/tenants/others', token)).toBe(404);
    expect(await replica.status('GET', '/v1/tenants/acme/members', token)).toBe(200);
    const other = await replica.send('GET', `/v1/tenants/${globex}/members`, token);
    expect([other.status, other.json['required_scope']]).toEqual([403, 'members:read']);
    expect(await replica.status('GET', '/v1/tenants/others/members', token)).toBe(404);
  });

  it('make keys for the tenant that they own, and must say which where it could be several', async () => {
    const user = newId();
    const token = tokenOf(user);
    await join('acme', user, 'owner');
    const made = await replica.makeKey({ scopes: ['instances:*'] }, token);
    const shown = (await replica.send('GET', `/v1/api-keys/${made.id}`)).json;
    expect(shown).toMatchObject({ tenant_id: world.tenantId, created_by: `user:${user}` });
    await join('globex', user, 'owner');
    await until('the second membership is known', async () => {
      const seen = await slugs('/v1/my/tenants', token);
      return Array.isArray(seen) && seen.length === 2;
    });
    const unclear = await replica.send('POST', '/v1/api-keys', token, { name: 'x', scopes: ['keys:read'] });
    expect([unclear.status, unclear.json['errors']]).toEqual([
      400,
      [{ pointer: '/tenant', message: 'is required: you belong to several tenants' }],
    ]);
    expect((await replica.makeKey({ tenant: 'globex', scopes: ['keys:read'] }, token)).id).toEqual(expect.any(String));
    expect(
      await replica.status('POST', '/v1/api-keys', token, { name: 'x', tenant: 'acme', scopes: ['billing:write'] }),
    ).toBe(400);
  });

  it('are out a second after they were removed', async () => {
    const user = newId();
    await join('acme', user, 'viewer');
    const token = tokenOf(user);
    expect(await slugs('/v1/tenants', token)).toEqual(['acme']);
    expect(await replica.status('DELETE', `/v1/tenants/acme/members/${user}`)).toBe(204);
    const removedAt = performance.now();
    let last = removedAt;
    await until('the user is out', async () => {
      const askedAt = performance.now();
      const seen = await slugs('/v1/tenants', token);
      if (seen !== 403) last = askedAt;
      return seen === 403;
    });
    expect(last - removedAt).toBeLessThanOrEqual(1_000);
  });

  it('who are members of nothing are known, and may do nothing', async () => {
    const { status, json } = await replica.send('GET', '/v1/my/tenants', tokenOf(newId()));
    expect([status, json['required_scope']]).toEqual([403, 'tenants:read']);
  });

  it('cost the database one question, however many requests they send', async () => {
    const user = newId();
    await join('acme', user, 'owner');
    const token = tokenOf(user);
    database.calls.length = 0;
    for (let n = 0; n < 20; n += 1) await replica.status('GET', '/v1/tenants/nobody', token);
    expect([1, 2]).toContain(database.calls.filter((name) => name === 'memberships_of').length);
  });

  it('are given no role that allows more than whoever gives it may do', async () => {
    const user = newId();
    const at = `/v1/tenants/globex/members/${user}`;
    const owner = newId();
    await join('globex', owner, 'owner');
    const keys = [
      await replica.makeKey({ tenant: 'globex', scopes: ['members:*'] }),
      await replica.makeKey({ scopes: ['members:*', 'tenants:*'] }),
      await replica.makeKey({
        scopes: ['members:write', 'tenants:read', 'instances:read', 'usage:read', 'billing:read'],
      }),
    ];
    const put = (key: string, role: string) => replica.send('PUT', at, key, { role });
    for (const { key } of keys) {
      const refused = await put(key, 'owner');
      expect([refused.status, refused.json['code']]).toEqual([403, 'forbidden']);
      expect(refused.json['missing_scopes']).toContain('instances:write');
    }
    expect((await put(keys[0]?.key ?? '', 'viewer')).json['missing_scopes']).toEqual([
      'tenants:read',
      'instances:read',
      'usage:read',
      'billing:read',
    ]);
    expect((await put(keys[2]?.key ?? '', 'member')).json['missing_scopes']).toEqual(['instances:write']);
    expect(await test.sql(`select from public.tenant_members where user_id = $1`, [user as never])).toHaveLength(0);
    expect((await put(keys[2]?.key ?? '', 'viewer')).status).toBe(201);
    expect((await put(tokenOf(owner), 'owner')).json).toMatchObject({ role: 'owner' });
  });
});
