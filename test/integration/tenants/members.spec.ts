import fc from 'fast-check';
import { MembershipsStore } from '../../../src/auth/user-tokens/memberships.store.js';
import { newId } from '../../../src/platform/ids.js';
import { type MemberRole, memberRole } from '../../../src/tenants/member.js';
import { MembersService } from '../../../src/tenants/members.service.js';
import { MembersStore } from '../../../src/tenants/members.store.js';
import { TenantsService } from '../../../src/tenants/tenants.service.js';
import { createTestDatabase, type TestDatabase } from '../../setup/database.js';
import { operator, Provisioning } from '../../setup/provisioning.js';

describe('members of a tenant', () => {
  let test: TestDatabase;
  let world: Provisioning;
  let members: MembersService;
  let memberships: MembershipsStore;
  let tenant: string;
  const put = (user: string, role: MemberRole, of = tenant) => members.put(of, 'all', user, role, operator);
  const remove = (user: string, ifMatch?: string, of = tenant) => members.remove(of, 'all', user, ifMatch, operator);
  const roles = async (of = tenant): Promise<Record<string, MemberRole>> =>
    Object.fromEntries((await members.list(of, 'all', 200, undefined)).map(({ user_id, role }) => [user_id, role]));
  const refusedWith = (code: string): object => expect.objectContaining({ code });
  const lastOwner = { kind: 'conflict', code: 'last_owner' };

  beforeAll(async () => {
    test = await createTestDatabase();
    world = await Provisioning.in(test);
    members = new MembersService(new TenantsService(world.tenants), new MembersStore(test.database));
    memberships = new MembershipsStore(test.database);
  });
  afterAll(() => test.drop());
  beforeEach(async () => {
    tenant = await world.tenant();
  });

  it('are added, with a trail and an event', async () => {
    const user = newId();
    const traces = await world.tracesOf(async () => {
      expect(await put(user, 'viewer')).toEqual({
        added: true,
        member: expect.objectContaining({ tenant_id: tenant, user_id: user, role: 'viewer', etag: 'v1' }),
      });
    });
    expect(traces).toEqual({ audit: ['member.add'], outbox: ['member.added'] });
    const [row] = await test.sql(
      "select actor, request_id, resource_id, before, after ->> 'role' as role from public.audit_log where tenant_id = $1 and action = 'member.add'",
      [tenant],
    );
    expect(row).toEqual({
      actor: 'operator',
      request_id: 'request-1',
      resource_id: user,
      before: null,
      role: 'viewer',
    });
  });

  it('are given other roles, and nothing happens where it is the same one', async () => {
    const user = newId();
    await put(user, 'viewer');
    const traces = await world.tracesOf(async () => {
      expect(await put(user, 'member')).toMatchObject({ added: false, member: { role: 'member', etag: 'v2' } });
    });
    expect(traces).toEqual({ audit: ['member.change'], outbox: ['member.changed'] });
    const before = await world.everything();
    expect(await put(user, 'member')).toMatchObject({ added: false, member: { role: 'member', etag: 'v2' } });
    expect(await world.everything()).toEqual(before);
  });

  it('are removed, with a trail and an event', async () => {
    const user = newId();
    await put(user, 'member');
    const traces = await world.tracesOf(() => remove(user));
    expect(traces).toEqual({ audit: ['member.remove'], outbox: ['member.removed'] });
    expect(await roles()).toEqual({});
    await expect(remove(user)).rejects.toMatchObject({ kind: 'not_found', code: 'member_not_found' });
  });

  it('are removed only by who has seen them as they are', async () => {
    const user = newId();
    await put(user, 'viewer');
    await put(user, 'member');
    await expect(remove(user, 'v1')).rejects.toMatchObject({ kind: 'precondition_failed' });
    await expect(remove(newId(), 'v1')).rejects.toMatchObject({ code: 'member_not_found' });
    await remove(user, 'v2');
    expect(await roles()).toEqual({});
  });

  it('are listed by user, page by page, and of no other tenant', async () => {
    const users = [newId(), newId(), newId()];
    for (const user of users.toReversed()) await put(user, 'viewer');
    const other = await world.tenant();
    await put(newId(), 'owner', other);
    const first = await members.list(tenant, 'all', 2, undefined);
    const second = await members.list(tenant, 'all', 2, first.at(-1)?.user_id);
    expect([...first, ...second].map(({ user_id }) => user_id)).toEqual([...users].sort());
  });

  it('belong to a tenant that there is', async () => {
    const gone = await world.tenant('gone-with-members');
    await world.tenants.delete(gone, false, null, operator);
    for (const nobody of [newId(), 'no-such-slug', gone]) {
      await expect(put(newId(), 'owner', nobody)).rejects.toMatchObject({
        kind: 'not_found',
        code: 'tenant_not_found',
      });
      await expect(remove(newId(), undefined, nobody)).rejects.toMatchObject({ code: 'tenant_not_found' });
      await expect(members.list(nobody, 'all', 1, undefined)).rejects.toMatchObject({ code: 'tenant_not_found' });
    }
  });

  describe('of whom one is the last owner', () => {
    it('keep that one', async () => {
      const [owner, member] = [newId(), newId()];
      await put(owner, 'owner');
      await put(member, 'member');
      const before = await world.everything();
      await expect(remove(owner)).rejects.toMatchObject(lastOwner);
      await expect(put(owner, 'member')).rejects.toMatchObject(lastOwner);
      await expect(put(owner, 'viewer')).rejects.toMatchObject(lastOwner);
      expect(await world.everything()).toEqual(before);
      await put(owner, 'owner');
      await remove(member);
    });

    it('let the first go once there is another', async () => {
      const [first, second] = [newId(), newId()];
      await put(first, 'owner');
      await put(second, 'owner');
      await put(first, 'viewer');
      await expect(remove(second)).rejects.toMatchObject(lastOwner);
      await put(first, 'owner');
      await remove(second);
    });

    it('keep one of two who leave at the same moment', async () => {
      for (let round = 0; round < 10; round += 1) {
        const of = await world.tenant();
        const owners = [newId(), newId(), newId()];
        for (const owner of owners) await put(owner, 'owner', of);
        const leaving = owners.map((owner, n) => (n === 0 ? put(owner, 'viewer', of) : remove(owner, undefined, of)));
        const left = await Promise.allSettled(leaving);
        expect(left.filter(({ status }) => status === 'rejected')).toEqual([
          { status: 'rejected', reason: refusedWith('last_owner') },
        ]);
        expect(Object.values(await roles(of)).filter((role) => role === 'owner')).toHaveLength(1);
      }
    });
  });

  it('who are added many times at once are added once', async () => {
    const user = newId();
    const { audit } = await world.tracesOf(async () => {
      const puts = await Promise.all(Array.from({ length: 20 }, () => put(user, 'member')));
      expect(puts.filter(({ added }) => added)).toHaveLength(1);
    });
    expect(audit).toEqual(['member.add']);
  });

  it('always have an owner once they had one, whatever is done', async () => {
    const people = [newId(), newId(), newId()];
    const deed = fc.record({ who: fc.constantFrom(...people), to: fc.constantFrom(...memberRole.options, 'nothing') });
    await fc.assert(
      fc.asyncProperty(fc.array(deed, { minLength: 1, maxLength: 12 }), async (deeds) => {
        const of = await world.tenant();
        const expected: Record<string, MemberRole> = {};
        for (const { who, to } of deeds) {
          const wasLast =
            expected[who] === 'owner' && Object.values(expected).filter((r) => r === 'owner').length === 1;
          const done = await (to === 'nothing' ? remove(who, undefined, of) : put(who, to, of)).then(
            () => 'done',
            ({ code }: { code: string }) => code,
          );
          if (wasLast && to !== 'owner') expect(done).toBe('last_owner');
          else if (to === 'nothing') expect(done).toBe(expected[who] === undefined ? 'member_not_found' : 'done');
          else expect(done).toBe('done');
          if (done !== 'done') continue;
          if (to === 'nothing') delete expected[who];
          else expected[who] = to;
        }
        expect(await roles(of)).toEqual(expected);
      }),
      { numRuns: 25 },
    );
  });

  describe('of a tenant that is deleted', () => {
    it('are members no more, and that is in the trail', async () => {
      const [owner, viewer] = [newId(), newId()];
      await put(owner, 'owner');
      await put(viewer, 'viewer');
      const traces = await world.tracesOf(() => world.tenants.delete(tenant, false, null, operator));
      expect(traces.audit).toEqual(['tenant.delete', 'member.remove', 'member.remove']);
      expect(traces.outbox.sort()).toEqual(['member.removed', 'member.removed', 'tenant.deleted']);
      expect(await memberships.of(owner)).toEqual([]);
      expect(await test.sql('select from public.tenant_members where tenant_id = $1', [tenant])).toEqual([]);
    });

    it('are members until its last instance is gone', async () => {
      const owner = newId();
      await put(owner, 'owner');
      await world.running(world.name(), {}, tenant);
      const deleted = await world.tenants.delete(tenant, true, null, operator);
      if (deleted.outcome !== 'deleting') throw new Error(deleted.outcome);
      expect(await memberships.of(owner)).toHaveLength(1);
      await world.finish(await world.begin(deleted.operations[0]?.id ?? ''), 'deprovisioned');
      expect(await memberships.of(owner)).toEqual([]);
    });

    it('are not added while it goes', async () => {
      for (let round = 0; round < 10; round += 1) {
        const of = await world.tenant();
        await Promise.allSettled([
          put(newId(), 'owner', of),
          world.tenants.delete(of, false, null, operator),
          put(newId(), 'viewer', of),
        ]);
        expect(await test.sql('select from public.tenant_members where tenant_id = $1', [of])).toEqual([]);
      }
    });
  });

  describe('what a user is a member of', () => {
    it('is told with the role in each, oldest tenant first', async () => {
      const user = newId();
      expect(await memberships.of(user)).toEqual([]);
      const slugs = memberRole.options.map((role) => `${role}-of-three`);
      const ids: string[] = [];
      for (const slug of slugs) ids.push(await world.tenant(slug));
      for (const [n, role] of [...memberRole.options.entries()].toReversed()) await put(user, role, ids[n]);
      await put(newId(), 'owner');
      const expected = memberRole.options.map((role, n) => ({ tenant_id: ids[n], slug: slugs[n], role }));
      expect(await memberships.of(user)).toEqual(expected);
    });

    it('is told whole, though a page of the database ends at 1,000', async () => {
      const user = newId();
      await test.sql(
        `with many as (insert into public.tenants (id, slug, name)
           select gen_random_uuid(), 'many-' || n, 'Many' from generate_series(1, 1200) n returning id)
         insert into public.tenant_members (tenant_id, user_id, role) select id, $1, 'viewer' from many`,
        [user],
      );
      expect(await memberships.of(user)).toHaveLength(1_200);
    });
  });
});
