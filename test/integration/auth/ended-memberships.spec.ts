import { connectAsOwner } from '../../../src/embedded/supabase/prepare-database.js';
import { newId } from '../../../src/platform/ids.js';
import { TenantsModule } from '../../../src/tenants/tenants.module.js';
import { BreakableDatabase } from '../../setup/breakable-database.js';
import { createTestDatabase, readTestDatabase, type TestDatabase } from '../../setup/database.js';
import { Provisioning } from '../../setup/provisioning.js';
import { until } from '../../setup/until.js';
import { claimsOfUser, makeToken } from '../../setup/user-tokens.js';
import { Replica } from './callers.js';

type FunctionName = BreakableDatabase['calls'][number];

const refused = { code: 'PT403', hint: 'membership_ended' };

describe('a membership that has ended', () => {
  let test: TestDatabase;
  let world: Provisioning;
  let database: BreakableDatabase;
  let replica: Replica;
  let other: Replica;

  beforeAll(async () => {
    test = await createTestDatabase();
    world = await Provisioning.in(test);
    database = new BreakableDatabase(test.database);
    replica = await Replica.start(database, [TenantsModule]);
    other = await Replica.start(test.database, [TenantsModule]);
    await join(newId(), 'owner');
  });
  afterAll(async () => {
    await replica.stop();
    await other.stop();
    await test.drop();
  });

  const at = (user: string): string => `/v1/tenants/acme/members/${user}`;
  const join = (user: string, role: string): Promise<number> => other.status('PUT', at(user), undefined, { role });
  const tokenOf = (user: string): string => makeToken(test.database.keys.jwtSecret, claimsOfUser(user));
  const assertMember = (user: string | null, type: string): Promise<unknown> =>
    test.sql(`select public.assert_member($1::text::jsonb, $2::uuid, $3)`, [
      JSON.stringify({ member: user }),
      world.tenantId,
      type,
    ] as never[]);

  it.each<[string, FunctionName, (user: string) => [string, string, unknown]]>([
    ['come back', 'member_put', (user) => ['PUT', at(user), { role: 'owner' }]],
    ['let somebody else in', 'member_put', () => ['PUT', at(newId()), { role: 'owner' }]],
    [
      'make a key that outlives it',
      'api_key_create',
      () => ['POST', '/v1/api-keys', { name: 'x', scopes: ['keys:*'] }],
    ],
  ])('does not let its user %s, on a replica that still remembers it', async (_, called, request) => {
    const user = newId();
    await until('the change is asked of the database by a replica that remembers', async () => {
      await join(user, 'owner');
      const known = () => replica.status('GET', '/v1/tenants/acme/members', tokenOf(user));
      await until('the membership is known', async () => (await known()) === 200);
      expect(await other.status('DELETE', at(user))).toBe(204);
      const before = await world.everything();
      database.calls.length = 0;
      const [method, path, body] = request(user);
      const answer = await replica.send(method, path, tokenOf(user), body);
      expect([answer.status, answer.json['code']]).toEqual([403, 'forbidden']);
      // Also where the replica has heard of it by now, which leaves a refusal in the trail; then it is tried again.
      if (!database.calls.includes(called)) return false;
      expect(await world.everything()).toEqual(before);
      return true;
    });
  });

  it.each([
    ['owner', 'api_key', true],
    ['owner', 'tenant', true],
    ['owner', 'instance', true],
    ['member', 'instance', true],
    ['member', 'operation', true],
    ['member', 'api_key', false],
    ['member', 'member', false],
    ['member', 'tenant', false],
    ['viewer', 'instance', false],
    ['viewer', 'operation', false],
  ])('and one as %s decide within the change of a thing of the kind %s: %s', async (role, type, allowed) => {
    const user = newId();
    await join(user, role);
    if (allowed) await assertMember(user, type);
    else await expect(assertMember(user, type)).rejects.toMatchObject(refused);
    await other.status('DELETE', at(user));
    await expect(assertMember(user, type)).rejects.toMatchObject(refused);
  });

  it('is nothing to those who need none', async () => {
    await expect(assertMember(null, 'tenant')).resolves.toBeDefined();
  });

  it('lets an owner leave, and step down', async () => {
    const user = newId();
    await join(user, 'owner');
    expect(await other.status('PUT', at(user), tokenOf(user), { role: 'member' })).toBe(200);
    await join(user, 'owner');
    await until('the role is known again', async () => {
      return (await other.status('DELETE', at(user), tokenOf(user))) === 204;
    });
  });

  it('waits for the changes that were let in before, so that none commits later', async () => {
    const user = newId();
    await join(user, 'owner');
    const { address, name } = await readTestDatabase(test);
    const changing = connectAsOwner(address, name);
    const order: string[] = [];
    const { promise: mayCommit, resolve: commit } = Promise.withResolvers<void>();
    const { promise: asserted, resolve: tellAsserted } = Promise.withResolvers<void>();
    const change = changing
      .begin(async (sql) => {
        await sql`select public.assert_member(${JSON.stringify({ member: user })}::text::jsonb, ${world.tenantId}::uuid, 'tenant')`;
        tellAsserted();
        await mayCommit;
        order.push('the change');
      })
      .then(() => changing.end({ timeout: 1 }));
    await asserted;
    const removal = other.status('DELETE', at(user)).then(() => order.push('the removal'));
    await until(
      'the removal waits',
      async () => (await test.sql(`select 1 from pg_locks where not granted`)).length > 0,
    );
    commit();
    await Promise.all([change, removal]);
    expect(order).toEqual(['the change', 'the removal']);
  });
});
