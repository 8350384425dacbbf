import { newId } from '../../../src/platform/ids.js';
import type { InstanceSpec, PutOutcome } from '../../../src/provisioner/instances/instances.store.js';
import { createTestDatabase, type TestDatabase } from '../../setup/database.js';
import { applied, operator, Provisioning } from '../../setup/provisioning.js';

describe('asking for an instance', () => {
  let test: TestDatabase;
  let world: Provisioning;
  /** The same put many times at once; sealed secrets differ each time, as they do in life. */
  const many = (times: number, name: string, parts: Partial<InstanceSpec> = {}): Promise<PutOutcome[]> =>
    Promise.all(
      Array.from({ length: times }, (_, index) =>
        world.put(name, parts.secrets_hash ? { ...parts, sealed_secrets: `sealed-${index}` } : parts),
      ),
    );
  const count = async (table: string, where: string): Promise<number> => {
    const [row] = await test.sql<{ n: number }>(`select count(*)::integer as n from public.${table} where ${where}`);
    return row?.n ?? -1;
  };

  beforeAll(async () => {
    test = await createTestDatabase();
    world = await Provisioning.in(test);
  });
  afterAll(() => test.drop());

  it('writes instance, operation, task, trail and outbox together', async () => {
    const name = world.name();
    let put: PutOutcome | undefined;
    const traces = await world.tracesOf(async () => {
      put = await world.put(name, { values: { replicas: 2 }, urls: ['https://a.test'], hosts: ['a.test'] });
    });
    expect(traces).toEqual({ audit: ['instance.create'], outbox: ['operation.queued'] });
    expect(put).toMatchObject({
      outcome: 'accepted',
      instance: { name, status: 'provisioning', desired_state: 'running', values: { replicas: 2 }, row_version: 1 },
      operation: {
        kind: 'create',
        status: 'queued',
        attempts: 0,
        steps: [],
        requested_by: 'operator',
        request_id: 'request-1',
      },
    });
    if (put?.outcome !== 'accepted') return;
    expect(await world.hosts(put.instance.id)).toEqual(['a.test']);
    expect(await test.sql('select queue, subject, state from public.tasks where id = $1', [put.operation.id])).toEqual([
      { queue: 'operations:test', subject: put.instance.id, state: 'ready' },
    ]);
    const [row] = await test.sql(
      'select actor, request_id, resource_type, resource_id, tenant_id, before from public.audit_log order by id desc limit 1',
    );
    expect(row).toEqual({
      actor: 'operator',
      request_id: 'request-1',
      resource_type: 'instance',
      resource_id: put.instance.id,
      tenant_id: world.tenantId,
      before: null,
    });
  });

  it.each([
    ['without secrets', {}],
    ['with secrets', { secrets_hash: 'hash' }],
  ])('fifty times at once, %s, makes one instance and one operation, and fifty same answers', async (_what, parts) => {
    const name = world.name();
    let answers: PutOutcome[] = [];
    const traces = await world.tracesOf(async () => {
      answers = await many(50, name, parts);
    });
    const outcomes = answers.map(({ outcome }) => outcome).sort();
    expect(outcomes).toEqual(['accepted', ...Array(49).fill('in_progress')]);
    const shown = answers.map((answer) =>
      ('operation' in answer ? [answer.instance.id, answer.operation.id] : []).join(),
    );
    expect(new Set(shown).size).toBe(1);
    expect(await count('instances', `name = '${name}'`)).toBe(1);
    expect(await count('operations o join public.instances i on i.id = o.instance_id', `i.name = '${name}'`)).toBe(1);
    expect(traces).toEqual({ audit: ['instance.create'], outbox: ['operation.queued'] });
  });

  it('fifty times at once under fifty names makes fifty', async () => {
    const names = Array.from({ length: 50 }, () => world.name());
    const answers = await Promise.all(names.map((name) => world.put(name)));
    expect(answers.filter(({ outcome }) => outcome === 'accepted')).toHaveLength(50);
  });

  it('differently at once makes one of them, and the others hear of its operation', async () => {
    const name = world.name();
    const answers = await Promise.all([1, 2, 3, 4, 5, 6].map((replicas) => world.put(name, { values: { replicas } })));
    const ids = answers.flatMap((answer) => (answer.outcome === 'accepted' ? [answer.operation.id] : []));
    expect(ids).toHaveLength(1);
    const [id] = ids;
    const others = answers.filter((answer) => answer.outcome !== 'accepted');
    expect(others).toEqual(Array.from({ length: 5 }, () => ({ outcome: 'operation_in_progress', operation_id: id })));
  });

  it('again while its operation is at work changes nothing', async () => {
    const name = world.name();
    const { operation } = await world.accepted(name);
    await world.begin(operation.id);
    const before = await world.everything();
    expect(await world.put(name)).toMatchObject({
      outcome: 'in_progress',
      operation: { id: operation.id, status: 'running' },
    });
    expect(await world.put(name, { values: { a: 1 } })).toEqual({
      outcome: 'operation_in_progress',
      operation_id: operation.id,
    });
    expect(await world.everything()).toEqual(before);
  });

  it('again when it is so already changes nothing', async () => {
    const instance = await world.running();
    const before = await world.everything();
    expect(await world.put(instance.name)).toEqual({ outcome: 'unchanged', instance });
    expect(await world.everything()).toEqual(before);
  });

  it('says that the name is taken to whoever wants a new one', async () => {
    const { id, name } = await world.running();
    const before = await world.everything();
    expect(await world.put(name, {}, world.tenantId, true)).toEqual({ outcome: 'name_taken', instance_id: id });
    expect(await world.put(name, { values: { a: 1 } }, world.tenantId, true)).toEqual({
      outcome: 'name_taken',
      instance_id: id,
    });
    expect(await world.everything()).toEqual(before);
    const elsewhere = await world.put(name, { namespace: 't-other' }, await world.tenant(), true);
    expect(elsewhere).toMatchObject({ outcome: 'accepted' });
  });

  it('fifty times at once for a new one makes one, and says forty-nine times that the name is taken', async () => {
    const name = world.name();
    const answers = await Promise.all(Array.from({ length: 50 }, () => world.put(name, {}, world.tenantId, true)));
    expect(answers.map(({ outcome }) => outcome).sort()).toEqual(['accepted', ...Array(49).fill('name_taken')]);
  });

  it.each<[string, Partial<InstanceSpec>]>([
    ['other values', { values: { replicas: 3 } }],
    ['another version', { blueprint_version: 2 }],
    ['other secrets', { sealed_secrets: 'sealed', secrets_hash: 'other' }],
  ])('with %s upgrades what runs, and keeps what it asked for before', async (_what, parts) => {
    const was = await world.running();
    const { instance, operation } = await world.accepted(was.name, parts);
    expect(instance).toMatchObject({
      id: was.id,
      status: 'upgrading',
      desired_state: 'running',
      row_version: was.row_version + 1,
    });
    expect(operation.kind).toBe('upgrade');
    const [row] = await test.sql('select previous_spec from public.operations where id = $1', [operation.id]);
    expect(row).toEqual({
      previous_spec: {
        blueprint: 'web-app',
        blueprint_version: 1,
        values: {},
        sealed_secrets: null,
        secrets_hash: null,
        urls: [],
        hosts: [],
      },
    });
  });

  it('of a stopped one changes it and leaves it stopped', async () => {
    const { name } = await world.insert({ status: 'stopped' });
    expect(await world.put(name)).toMatchObject({ outcome: 'unchanged' });
    const { instance, operation } = await world.accepted(name, { values: { a: 1 } });
    expect([instance.status, instance.desired_state, operation.kind]).toEqual(['upgrading', 'stopped', 'upgrade']);
  });

  it.each([
    ['that never was installed creates it again', null, 'create', 'provisioning'],
    ['that was installed upgrades it', applied, 'upgrade', 'upgrading'],
  ])('of one in error %s, even with the same spec', async (_what, was, kind, status) => {
    const { name } = await world.insert({ status: 'error', applied: was });
    const { instance, operation } = await world.accepted(name);
    expect([instance.status, operation.kind]).toEqual([status, kind]);
  });

  it('of one whose uninstall failed brings it back', async () => {
    const { name } = await world.insert({ status: 'error', desired_state: 'absent' });
    const { instance } = await world.accepted(name);
    expect([instance.status, instance.desired_state]).toEqual(['upgrading', 'running']);
  });

  it('of one that is gone gives it a new life under its id', async () => {
    const was = await world.insert({ status: 'deprovisioned', desired_state: 'absent', applied: null });
    const { instance, operation } = await world.accepted(was.name, {
      namespace: `${was.namespace}-new`,
      cluster: 'other',
    });
    expect(instance).toMatchObject({
      id: was.id,
      status: 'provisioning',
      desired_state: 'running',
      namespace: `${was.namespace}-new`,
      cluster: 'other',
    });
    expect(operation.kind).toBe('create');
    const again = await world.insert({ status: 'deprovisioned', desired_state: 'absent', applied: null });
    expect(await world.put(again.name, {}, world.tenantId, true)).toMatchObject({ outcome: 'accepted' });
  });

  it.each(['stopping', 'starting', 'restarting', 'uninstalling'] as const)(
    'of one that is %s without an operation is refused by its state',
    async (status) => {
      const { name } = await world.insert({ status });
      const before = await world.everything();
      expect(await world.put(name, { values: { a: 1 } })).toEqual({ outcome: 'illegal_state', status });
      expect(await world.everything()).toEqual(before);
    },
  );

  it('leaves cluster and namespace of a living one as they are', async () => {
    const was = await world.running();
    const { instance } = await world.accepted(was.name, { values: { a: 1 }, cluster: 'other', namespace: 'other' });
    expect([instance.cluster, instance.namespace]).toEqual([was.cluster, was.namespace]);
  });

  it('in a namespace that another living instance has is refused, and taken once that is gone', async () => {
    const holder = await world.running();
    const parts = { namespace: holder.namespace };
    const name = world.name();
    const before = await world.everything();
    expect(await world.put(name, parts)).toEqual({ outcome: 'namespace_taken' });
    expect(await world.everything()).toEqual(before);
    expect(await world.put(world.name(), { ...parts, cluster: 'other' })).toMatchObject({ outcome: 'accepted' });
    await world.finish(await world.begin((await world.acted(holder.id, 'uninstall')).id), 'deprovisioned');
    expect(await world.put(name, parts)).toMatchObject({ outcome: 'accepted' });
  });

  it('at once for one namespace under many names gives it to one', async () => {
    const namespace = world.name('ns');
    const answers = await Promise.allSettled(Array.from({ length: 10 }, () => world.put(world.name(), { namespace })));
    const accepted = answers.filter((answer) => answer.status === 'fulfilled' && answer.value.outcome === 'accepted');
    expect(accepted).toHaveLength(1);
    const others = answers.filter((answer) => !accepted.includes(answer));
    expect(others).toEqual(
      Array.from({ length: 9 }, () => ({ status: 'fulfilled', value: { outcome: 'namespace_taken' } })),
    );
  });

  it('made of a row that has changed since is refused, and taken when it is made of the one that is there', async () => {
    const { name, row_version: version } = await world.running();
    const before = await world.everything();
    const put = (seen: number): Promise<PutOutcome> =>
      world.put(name, { values: { a: 1 } }, world.tenantId, false, seen);
    expect(await put(version - 1)).toEqual({ outcome: 'stale' });
    expect(await world.everything()).toEqual(before);
    expect(await put(version)).toMatchObject({ outcome: 'accepted' });
  });

  it('while it is being uninstalled hears of the uninstall, whatever the spec', async () => {
    const { id, name } = await world.running();
    const { id: uninstall } = await world.acted(id, 'uninstall');
    const before = await world.everything();
    const refused = { outcome: 'operation_in_progress', operation_id: uninstall };
    expect(await world.put(name)).toEqual(refused);
    expect(await world.put(name, { values: { a: 1 } })).toEqual(refused);
    expect(await world.everything()).toEqual(before);
  });

  it('while an uninstall waits for the create hears of the create', async () => {
    const name = world.name();
    const { instance, operation } = await world.accepted(name);
    await world.begin(operation.id);
    await world.acted(instance.id, 'uninstall');
    expect(await world.put(name)).toEqual({ outcome: 'operation_in_progress', operation_id: operation.id });
  });

  it('for a tenant that is not there, or is being deleted, is refused', async () => {
    expect(await world.put(world.name(), {}, newId())).toEqual({ outcome: 'tenant_not_found' });
    const tenantId = await world.tenant();
    await world.running(world.name(), {}, tenantId);
    await world.tenants.delete(tenantId, true, null, operator);
    const before = await world.everything();
    expect(await world.put(world.name(), {}, tenantId)).toEqual({ outcome: 'tenant_not_found' });
    expect(await world.everything()).toEqual(before);
  });

  it('of a version that was never published is refused', async () => {
    await expect(world.put(world.name(), { blueprint_version: 9 })).rejects.toMatchObject({ code: '23503' });
  });
});
