import { randomBytes } from 'node:crypto';
import { createTestDatabase, type TestDatabase } from '../../setup/database.js';
import { operator, Provisioning } from '../../setup/provisioning.js';

describe('the trail', () => {
  let test: TestDatabase;
  let world: Provisioning;

  beforeAll(async () => {
    test = await createTestDatabase();
    world = await Provisioning.in(test);
    await world.running();
  });
  afterAll(() => test.drop());

  it.each([
    ['changed', "update public.audit_log set actor = 'nobody'"],
    ['changed to the same', 'update public.audit_log set actor = actor'],
    ['deleted', 'delete from public.audit_log where id = (select min(id) from public.audit_log)'],
    ['emptied', 'truncate public.audit_log'],
    ['emptied with everything else', 'truncate public.audit_log, public.outbox cascade'],
  ])('is never %s, not even by the owner of the database', async (_what, statement) => {
    const before = await world.everything();
    await expect(test.sql(statement)).rejects.toMatchObject({ code: 'PT409', message: 'audit_log is append-only' });
    expect(await world.everything()).toEqual(before);
  });

  it('is never changed through the gateway either', async () => {
    const { client } = test.database;
    const refused = { code: '42501' };
    expect((await client.from('audit_log').update({ actor: 'nobody' }).gt('id', 0)).error).toMatchObject(refused);
    expect((await client.from('audit_log').delete().gt('id', 0)).error).toMatchObject(refused);
  });

  it('is in the order of what happened, and knows the tenant', async () => {
    const tenantId = await world.tenant();
    const { id } = await world.running(world.name(), {}, tenantId);
    await world.finish(await world.begin((await world.acted(id, 'uninstall')).id), 'deprovisioned');
    await world.tenants.delete(tenantId, false, null, operator);
    const rows = await test.sql<{ action: string }>(
      'select action from public.audit_log where tenant_id = $1 order by id',
      [tenantId],
    );
    expect(rows.map(({ action }) => action)).toEqual([
      'tenant.create',
      'instance.create',
      'operation.succeeded',
      'instance.uninstall',
      'operation.succeeded',
      'tenant.delete',
    ]);
  });

  it('and the outbox and every answer are without sealed secrets, their hashes, and the programs of workers', async () => {
    const [sealed, hash, host] = [0, 1, 2].map(() => randomBytes(16).toString('hex'));
    const answers: unknown[] = [];
    const name = world.name();
    const parts = { sealed_secrets: `${sealed}`, secrets_hash: `${hash}`, values: { key: '***' } };
    const { instance: row, operation: create } = await world.accepted(name, parts);
    answers.push(row, create, await world.put(name, parts), await world.put(name, {}));
    const task = await world.begin(create.id);
    await world.operations.holdProgram(task, { pid: 1, host: `${host}`, startedAt: new Date() });
    await world.finish(task, 'running');
    answers.push(await world.put(name, { ...parts, secrets_hash: `${hash}2` }), await world.row(row.id));
    const [upgrade] = await world.operations.list({ reach: 'all', instanceId: row.id }, 1, undefined);
    answers.push(await world.operations.cancel(upgrade?.id ?? '', operator), await world.act(row.id, 'uninstall'));
    answers.push(
      await world.instances.list({ reach: 'all' }, 200, undefined),
      await world.operations.list({ reach: 'all' }, 200, undefined),
    );
    answers.push(await world.drift.page('test', 200, undefined));
    const kept = await test.sql(
      'select to_jsonb(a) as row from public.audit_log a union all select to_jsonb(o) from public.outbox o',
    );
    const text = JSON.stringify([answers, kept]);
    expect(text).toContain(row.id);
    for (const secret of [sealed, hash, host]) expect(text).not.toContain(secret);
  });
});
