import type { ChangeContext } from '../../../src/audit/change-context.js';
import { toTenantryError } from '../../../src/platform/http/problem.js';
import { newId } from '../../../src/platform/ids.js';
import { actions, type InstanceAction } from '../../../src/provisioner/instances/instance-actions.js';
import type { InstanceRow } from '../../../src/provisioner/instances/instance-row.js';
import { SuspensionsStore } from '../../../src/provisioner/suspensions/suspensions.store.js';
import { createTestDatabase, type TestDatabase } from '../../setup/database.js';
import { operator, Provisioning } from '../../setup/provisioning.js';

const tenantKey: ChangeContext = { actor: `key:${newId()}`, request_id: null };

describe('what is asked of instances while their tenant is suspended', () => {
  let test: TestDatabase;
  let world: Provisioning;
  let tenantId: string;

  beforeAll(async () => {
    test = await createTestDatabase();
    world = await Provisioning.in(test);
  });
  beforeEach(async () => {
    tenantId = await world.tenant();
    await new SuspensionsStore(test.database).suspend(tenantId, 'test', 'payment_overdue', operator);
  });
  afterAll(() => test.drop());

  const act = (kind: InstanceAction, { id }: InstanceRow, context: ChangeContext = tenantKey): Promise<string> => {
    const { from, change } = actions[kind];
    const request = { instanceId: id, kind, operationId: newId(), from, change, params: {}, rowVersion: null };
    return world.instances.act(request, context).then(
      ({ outcome }) => outcome,
      (error: unknown) => toTenantryError(error).code,
    );
  };

  it('is refused where it would run, and changes nothing', async () => {
    const stopped = await world.insert({ status: 'stopped' }, tenantId);
    const before = await world.everything();
    expect(await act('start', stopped)).toBe('subscription_suspended');
    const name = world.name();
    const spec = world.spec(name, { namespace: `t-${tenantId}-${name}` });
    const ids = { instance: newId(), operation: newId() };
    const put = await world.instances
      .put({ tenantId, name }, ids, spec, false, null, tenantKey)
      .catch((error: unknown) => toTenantryError(error));
    expect(put).toMatchObject({
      kind: 'payment_required',
      code: 'subscription_suspended',
      members: { reason: 'payment_overdue' },
    });
    expect(await world.everything()).toEqual(before);
  });

  it.each(['restart', 'repair'] as const)('is refused where it would %s what is not stopped yet', async (kind) => {
    expect(await act(kind, await world.insert({ status: 'running' }, tenantId))).toBe('subscription_suspended');
  });

  it('is done where it leaves stopped what is stopped, stops, or takes away', async () => {
    const [one, two] = [
      await world.insert({ status: 'stopped' }, tenantId),
      await world.insert({ status: 'running' }, tenantId),
    ];
    const changed = world.spec(one.name, { namespace: one.namespace, values: { a: 1 } });
    const ids = { instance: newId(), operation: newId() };
    const put = await world.instances.put({ tenantId, name: one.name }, ids, changed, false, null, tenantKey);
    expect(put).toMatchObject({ outcome: 'accepted', instance: { desired_state: 'stopped' } });
    expect(await act('stop', two)).toBe('accepted');
    expect(await act('uninstall', await world.insert({ status: 'running' }, tenantId))).toBe('accepted');
  });

  it('is done for operators, by their keys too, and not for keys and members of tenants', async () => {
    const one = await world.insert({ status: 'stopped' }, tenantId);
    const key = async (of: string | null): Promise<string> => {
      const id = newId();
      await test.sql(
        "insert into public.api_keys (id, tenant_id, name, prefix, hash, scopes, created_by) values ($1, $2, 'k', 'p', $3, '{}', 'test')",
        [id, of, id],
      );
      return `key:${id}`;
    };
    for (const actor of [await key(tenantId), `user:${newId()}`, 'key:none']) {
      expect(await act('start', one, { actor, request_id: null })).toBe('subscription_suspended');
    }
    expect(await act('start', one, { actor: await key(null), request_id: null })).toBe('accepted');
    expect(await act('start', await world.insert({ status: 'stopped' }, tenantId), operator)).toBe('accepted');
  });
});
