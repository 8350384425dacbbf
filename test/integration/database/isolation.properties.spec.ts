import fc from 'fast-check';
import { newId } from '../../../src/platform/ids.js';
import { createTestDatabase, type TestDatabase } from '../../setup/database.js';
import { Provisioning } from '../../setup/provisioning.js';
import { clientOf } from '../../setup/user-tokens.js';

/** What is in the database of one tenant: how many instances, each with how many operations, and which users belong to it. */
interface TenantPlan {
  readonly instances: readonly number[];
  readonly users: readonly number[];
}

const userCount = 4;
const roles = ['owner', 'member', 'viewer'];

const tenantPlan: fc.Arbitrary<TenantPlan> = fc.record({
  instances: fc.array(fc.nat(3), { maxLength: 3 }),
  users: fc.uniqueArray(fc.nat(userCount - 1), { maxLength: userCount }),
});

const questions = [
  ['tenants', 'id,slug,instances(id,name),tenant_members(user_id,role)', 'id'],
  ['tenant_members', 'tenant_id,user_id,role,tenants(slug)', 'tenant_id'],
  ['instances', 'id,tenant_id,status,status_reason,tenants(name)', 'id'],
  ['operations', 'id,tenant_id,status,instances(name,tenants(slug))', 'id'],
] as const;

describe('the answer to a user', () => {
  let test: TestDatabase;
  let world: Provisioning;

  beforeAll(async () => {
    test = await createTestDatabase();
    world = await Provisioning.in(test);
  });
  afterAll(() => test.drop());

  const addTenant = async ({ instances, users }: TenantPlan, everybody: readonly string[]): Promise<string> => {
    const id = await world.tenant();
    for (const operations of instances) {
      const instance = await world.insert({ status: 'running' }, id);
      await test.sql(
        `with t as (insert into public.tasks (id, queue, subject, state)
           select gen_random_uuid(), 'none', $1, 'done' from generate_series(1, $3) returning id)
         insert into public.operations (id, instance_id, tenant_id, kind, status, requested_by)
           select id, $1::uuid, $2, 'stop', 'succeeded', 'operator' from t`,
        [instance.id, id, operations],
      );
    }
    for (const user of users) {
      await test.sql('insert into public.tenant_members (tenant_id, user_id, role) values ($1, $2, $3)', [
        id,
        everybody[user] ?? '',
        roles[user % roles.length] ?? '',
      ]);
    }
    return id;
  };

  /** Everything that a user can ask, answered. */
  const answersTo = async (user: string): Promise<string> => {
    const client = clientOf(test, user);
    const answers = await Promise.all(
      questions.map(async ([table, columns, order]) => {
        const { data, error, count } = await client.from(table).select(columns, { count: 'exact' }).order(order);
        if (error !== null) throw error;
        return { table, count, data: data.map((row) => JSON.stringify(row)).sort() };
      }),
    );
    return JSON.stringify(answers);
  };

  it('holds every row of the own tenants, and is the same whatever others have', async () => {
    const everybody = (): string[] => Array.from({ length: userCount }, newId);
    await fc.assert(
      fc.asyncProperty(
        fc.array(tenantPlan, { minLength: 1, maxLength: 4 }),
        fc.array(tenantPlan, { minLength: 1, maxLength: 3 }),
        async (before, after) => {
          const people = everybody();
          const ids: string[] = [];
          for (const plan of before) ids.push(await addTenant(plan, people));
          const first = await Promise.all(people.map(answersTo));

          for (const n of people.keys()) {
            const own = before.flatMap((plan, at) => (plan.users.includes(n) ? [{ ...plan, id: ids[at] ?? '' }] : []));
            expect(countsOf(first[n] ?? '')).toEqual({
              tenants: own.length,
              tenant_members: sum(own.map(({ users }) => users.length)),
              instances: sum(own.map(({ instances }) => instances.length)),
              operations: sum(own.flatMap(({ instances }) => instances)),
            });
            for (const id of ids) expect(first[n]?.includes(id)).toBe(own.some((tenant) => tenant.id === id));
          }

          const strangers = everybody();
          for (const plan of after) await addTenant(plan, strangers);
          const [someone] = ids;
          await test.sql(
            "update public.instances set status_reason = 'changed' where tenant_id <> all ($1::text::uuid[])",
            [`{${ids.join()}}`],
          );
          expect(await Promise.all(people.map(answersTo))).toEqual(first);

          // And with one tenant of their own gone, only its members are told anything else.
          await test.sql('delete from public.tenant_members where tenant_id = $1', [someone ?? '']);
          const last = await Promise.all(people.map(answersTo));
          const changed = people.flatMap((_, n) => (last[n] === first[n] ? [] : [n]));
          expect(changed).toEqual([...(before[0]?.users ?? [])].sort((a, b) => a - b));
        },
      ),
      { numRuns: 25 },
    );
  });
});

function countsOf(answers: string): Record<string, number> {
  const parsed: { table: string; count: number }[] = JSON.parse(answers);
  return Object.fromEntries(parsed.map(({ table, count }) => [table, count]));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
