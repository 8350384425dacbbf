import { newId } from '../../../src/platform/ids.js';
import { newTenant, tenant as tenantSchema, type Tenant } from '../../../src/tenants/tenant.js';
import { TenantsService } from '../../../src/tenants/tenants.service.js';
import { createTestDatabase, type TestDatabase } from '../../setup/database.js';
import { operator, Provisioning } from '../../setup/provisioning.js';

describe('tenants', () => {
  let test: TestDatabase;
  let world: Provisioning;
  let tenants: TenantsService;
  const create = (slug = world.name('t'), parts: object = {}): Promise<Tenant> =>
    tenants.create(newTenant.parse({ slug, name: slug, ...parts }), operator);
  const notFound = { kind: 'not_found', code: 'tenant_not_found' };

  beforeAll(async () => {
    test = await createTestDatabase();
    world = await Provisioning.in(test);
    tenants = new TenantsService(world.tenants);
  });
  afterAll(() => test.drop());

  it('are made, with a trail and an event', async () => {
    let made: Tenant | undefined;
    const traces = await world.tracesOf(async () => {
      made = await create('made', { plan: 'starter', time_zone: 'Asia/Kolkata', metadata: { crm: { id: 7 } } });
    });
    expect(traces).toEqual({ audit: ['tenant.create'], outbox: ['tenant.created'] });
    expect(made).toMatchObject({
      slug: 'made',
      plan: 'starter',
      time_zone: 'Asia/Kolkata',
      metadata: { crm: { id: 7 } },
      etag: 'v1',
    });
    expect(tenantSchema.parse(made)).toEqual(made);
  });

  it('are found by id and by slug', async () => {
    const made = await create();
    expect(await tenants.get(made.id, 'all')).toEqual(made);
    expect(await tenants.get(made.slug, 'all')).toEqual(made);
    for (const wrong of [newId(), 'nobody', made.slug.toUpperCase(), `${made.id} `, "' or 1=1"]) {
      await expect(tenants.get(wrong, 'all')).rejects.toMatchObject(notFound);
    }
  });

  it('have a slug of their own, also when many want it at once', async () => {
    const answers = await Promise.allSettled(Array.from({ length: 10 }, () => create('wanted')));
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await expect(create('wanted')).rejects.toMatchObject({
      kind: 'conflict',
      code: 'slug_taken',
      faults: [{ pointer: '/slug', message: 'is taken' }],
    });
  });

  it('are changed in what is told, with a trail and an event', async () => {
    const made = await create(undefined, { metadata: { a: 1 } });
    let changed: Tenant | undefined;
    const traces = await world.tracesOf(async () => {
      changed = await tenants.change(made.slug, { plan: 'enterprise' }, undefined, operator);
    });
    expect(traces).toEqual({ audit: ['tenant.change'], outbox: ['tenant.changed'] });
    expect(changed).toEqual({ ...made, plan: 'enterprise', etag: 'v2', updated_at: changed?.updated_at });
    expect(await tenants.change(made.id, { metadata: {} }, undefined, operator)).toMatchObject({
      metadata: {},
      etag: 'v3',
    });
  });

  it('are changed only by who has seen them as they are', async () => {
    const made = await create();
    await tenants.change(made.id, { name: 'First' }, made.etag, operator);
    const before = await world.everything();
    const late = tenants.change(made.id, { name: 'Second' }, `"${made.etag}"`, operator);
    await expect(late).rejects.toMatchObject({
      kind: 'precondition_failed',
      code: 'precondition_failed',
      members: { etag: 'v2' },
    });
    await expect(tenants.delete(made.id, false, made.etag, operator)).rejects.toMatchObject({
      kind: 'precondition_failed',
    });
    expect(await world.everything()).toEqual(before);
    expect(await tenants.change(made.id, { name: 'Third' }, '*', operator)).toMatchObject({ name: 'Third' });
  });

  it('are changed once by many who saw the same', async () => {
    const made = await create();
    const answers = await Promise.allSettled(
      Array.from({ length: 10 }, (_, n) => tenants.change(made.id, { name: `n${n}` }, made.etag, operator)),
    );
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const reasons = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason.code] : []));
    expect(reasons).toEqual(Array.from({ length: 9 }, () => 'precondition_failed'));
  });

  it('are listed oldest first, page by page, without those that are gone', async () => {
    const gone = await create();
    await tenants.delete(gone.id, false, undefined, operator);
    const made = [await create(), await create(), await create()].map(({ id }) => id);
    const walked: string[] = [];
    for (let after: string | undefined; ; after = walked.at(-1)) {
      const page = await tenants.list('all', 2, after);
      walked.push(...page.map(({ id }) => id));
      if (page.length < 2) break;
    }
    expect(walked).toEqual([...new Set(walked)].sort());
    expect(walked.slice(-3)).toEqual(made);
    expect(walked).not.toContain(gone.id);
  });

  describe('deleted', () => {
    it('are gone', async () => {
      const { id } = await create();
      expect(await tenants.delete(id, false, undefined, operator)).toEqual({ state: 'deleted' });
      await expect(tenants.get(id, 'all')).rejects.toMatchObject(notFound);
      await expect(tenants.delete(id, false, undefined, operator)).rejects.toMatchObject(notFound);
      await expect(tenants.change(id, { name: 'x' }, undefined, operator)).rejects.toMatchObject(notFound);
    });

    it('with instances only by cascade, which names the uninstalls', async () => {
      const { id } = await create();
      const instance = await world.running(world.name(), {}, id);
      await expect(tenants.delete(id, false, undefined, operator)).rejects.toMatchObject({
        kind: 'conflict',
        code: 'tenant_has_instances',
      });
      const deleted = await tenants.delete(id, true, undefined, operator);
      const [uninstall] = await world.operations.list({ reach: 'all', instanceId: instance.id }, 1, undefined);
      expect(deleted).toEqual({ state: 'deleting', operationIds: [uninstall?.id] });
    });

    it('not while one of their instances is busy, which is a conflict and no fault of ours', async () => {
      const { id } = await create();
      const instance = await world.running(world.name(), {}, id);
      const busy = await world.acted(instance.id, 'restart');
      await expect(tenants.delete(id, true, undefined, operator)).rejects.toMatchObject({
        kind: 'conflict',
        code: 'operation_in_progress',
        members: { operation_id: busy.id },
      });
    });
  });
});
