import { newId } from '../../../src/platform/ids.js';
import { blueprintSpec } from '../../../src/provisioner/blueprints/blueprint.js';
import type { JsonObject } from '../../../src/provisioner/instances/json-pointer.js';
import type { InstanceRequest, Requested } from '../../../src/provisioner/instances/instances.service.js';
import { unseal } from '../../../src/provisioner/instances/sealed-secrets.js';
import type { Tenant } from '../../../src/tenants/tenant.js';
import { createTestDatabase, type TestDatabase } from '../../setup/database.js';
import { encryptionKey, type Services, servicesOn, shop } from '../../setup/provisioner-services.js';
import { operator } from '../../setup/provisioning.js';

describe('requests for instances', () => {
  let test: TestDatabase;
  let services: Services;
  const request = (values: JsonObject = {}, version?: number): InstanceRequest => ({
    blueprint: 'shop',
    version,
    values,
  });
  const put = (name: string, values: JsonObject = {}, tenant: Tenant = services.tenant): Promise<Requested> =>
    services.instances.put(tenant, name, request(values), operator);
  const name = (): string => services.world.name();
  const refusal = (kind: string, code: string, members: object = {}): unknown =>
    expect.objectContaining({ name: 'TenantryError', kind, code, members });
  /** Lets the instance's operation end well. */
  const settle = async ({ operation }: Requested, status: 'running' | 'deprovisioned' = 'running'): Promise<void> =>
    services.world.finish(await services.world.begin(operation?.id ?? ''), status);
  const settled = async (values: JsonObject = {}): Promise<Requested['instance']> => {
    const made = await put(name(), values);
    await settle(made);
    return services.instances.get(made.instance.id);
  };
  const secretsOf = async (id: string): Promise<unknown> => {
    const [row] = await test.sql<{ sealed: string | null; owner: string }>(
      "select sealed_secrets as sealed, tenant_id || '/' || name as owner from public.instances where id = $1",
      [id],
    );
    return row?.sealed ? unseal(row.sealed, row.owner, [Buffer.from(encryptionKey, 'base64')]) : null;
  };

  beforeAll(async () => {
    test = await createTestDatabase();
    services = await servicesOn(test);
  });
  afterAll(() => test.drop());

  it('are taken, written down, and wake the worker', async () => {
    const woken = services.worker.woken;
    const { instance, operation } = await put('main', { replicas: 2 });
    expect(instance).toMatchObject({
      name: 'main',
      namespace: 't-acme-main',
      release: 'main',
      blueprint: 'shop',
      blueprint_version: 1,
      status: 'provisioning',
      values: { replicas: 2 },
      urls: ['https://main.acme.test'],
      etag: 'v1',
    });
    expect(operation).toMatchObject({
      instance_id: instance.id,
      kind: 'create',
      status: 'queued',
      requested_by: 'operator',
    });
    expect(services.worker.woken).toBe(woken + 1);
    expect(await services.instances.get(instance.id)).toEqual(instance);
  });

  it('of the same again are answered with the same, and wake nobody', async () => {
    const wanted = name();
    const first = await put(wanted);
    const woken = services.worker.woken;
    expect(await put(wanted)).toEqual(first);
    await settle(first);
    expect(await put(wanted)).toMatchObject({
      instance: { id: first.instance.id, status: 'running' },
      operation: null,
    });
    expect(services.worker.woken).toBe(woken);
  });

  it('fifty times at once, with secrets, make one instance and give fifty same answers', async () => {
    const wanted = name();
    const answers = await Promise.all(Array.from({ length: 50 }, () => put(wanted, { secrets: { KEY: 's3cret!' } })));
    expect(new Set(answers.map(({ instance, operation }) => `${instance.id} ${operation?.id}`)).size).toBe(1);
  });

  describe('are refused', () => {
    it('with every fault of the values at once, each where it stands, and no value', async () => {
      const before = await services.world.everything();
      const values = {
        replicas: 99,
        size: 'hunter2',
        extra: 1,
        tenantry: {},
        secrets: { KEY: '***', 'not ok': 'long enough', SHORT: 'x' },
      };
      const refused = put(name(), values);
      await expect(refused).rejects.toEqual(refusal('unprocessable', 'values_invalid'));
      const faults = await refused.catch((error: { faults: { pointer: string }[] }) => error.faults);
      const pointers = Array.isArray(faults) ? faults.map(({ pointer }) => pointer) : [];
      expect([...new Set(pointers)].sort()).toEqual([
        '/values/extra',
        '/values/replicas',
        '/values/secrets/KEY',
        '/values/secrets/SHORT',
        '/values/secrets/not ok',
        '/values/size',
        '/values/tenantry',
      ]);
      expect(JSON.stringify(faults)).not.toContain('hunter2');
      expect(await services.world.everything()).toEqual(before);
    });

    it.each([
      ['a blueprint nobody published', { blueprint: 'nothing', version: undefined }, '/blueprint'],
      ['a version nobody published', { blueprint: 'shop', version: 9 }, '/version'],
    ])('for %s', async (_what, parts, pointer) => {
      const refused = services.instances.put(services.tenant, name(), { ...parts, values: {} }, operator);
      await expect(refused).rejects.toMatchObject({
        kind: 'unprocessable',
        code: 'blueprint_not_found',
        faults: [{ pointer }],
      });
    });

    it('for a host that another instance holds', async () => {
      await put(name(), { ingress: { host: 'taken.test' } });
      await expect(put(name(), { ingress: { host: 'Taken.TEST' } })).rejects.toEqual(refusal('conflict', 'host_taken'));
    });

    it('for a new instance under a name that lives', async () => {
      const { id, name: taken } = await settled();
      const refused = services.instances.create(services.tenant, taken, request(), operator);
      await expect(refused).rejects.toEqual(refusal('conflict', 'name_taken', { instance_id: id }));
    });

    it('for another spec while an operation is at work, naming it', async () => {
      const wanted = name();
      const { operation } = await put(wanted);
      await expect(put(wanted, { replicas: 3 })).rejects.toEqual(
        refusal('conflict', 'operation_in_progress', { operation_id: operation?.id }),
      );
    });

    it('for a tenant that is being deleted', async () => {
      const tenant = await services.tenants.get(await services.world.tenant(), 'all');
      await settle(await put(name(), {}, tenant));
      await services.tenants.delete(tenant.id, true, undefined, operator);
      await expect(put(name(), {}, tenant)).rejects.toEqual(refusal('conflict', 'tenant_deleting'));
    });

    it('in a state that allows nothing', async () => {
      const { id, name: wanted } = await services.world.insert({ status: 'starting' });
      await expect(put(wanted)).rejects.toEqual(refusal('conflict', 'illegal_state', { instance_status: 'starting' }));
      await expect(services.instances.act(id, 'stop', {}, undefined, operator)).rejects.toEqual(
        refusal('conflict', 'illegal_state', { instance_status: 'starting' }),
      );
    });
  });

  describe('for names that spell one namespace', () => {
    it('are both taken, the later one under a name of its own', async () => {
      const [first, second] = [await services.world.tenant('a-b'), await services.world.tenant('a')];
      const one = await put('c', {}, await services.tenants.get(first, 'all'));
      const other = await put('b-c', {}, await services.tenants.get(second, 'all'));
      expect(one.instance.namespace).toBe('t-a-b-c');
      expect(other.instance.namespace).toMatch(/^t-a-b-c-[0-9a-f]{8}$/);
      expect((await put('b-c', {}, await services.tenants.get(second, 'all'))).instance).toEqual(other.instance);
    });
  });

  describe('with secrets', () => {
    it('never give them back, and keep them sealed', async () => {
      const { id, values } = await settled({ secrets: { KEY: 's3cret!', OTHER: 'another' } });
      expect(values).toEqual({ secrets: { KEY: '***', OTHER: '***' } });
      expect(await secretsOf(id)).toEqual({ '/secrets/KEY': 's3cret!', '/secrets/OTHER': 'another' });
      const dump = await test.sql('select to_jsonb(i) as row from public.instances i where id = $1', [id]);
      expect(JSON.stringify(dump)).not.toContain('s3cret!');
    });

    it('keep what comes back masked, even where a mask is too short to be a secret', async () => {
      const was = await settled({ secrets: { KEY: 's3cret!', OTHER: 'another' } });
      expect(await put(was.name, was.values)).toMatchObject({ operation: null });
      await settle(await put(was.name, { secrets: { KEY: '***', OTHER: 'changed' } }));
      expect(await secretsOf(was.id)).toEqual({ '/secrets/KEY': 's3cret!', '/secrets/OTHER': 'changed' });
      await settle(await put(was.name, { secrets: { OTHER: '***' } }));
      expect(await secretsOf(was.id)).toEqual({ '/secrets/OTHER': 'changed' });
      await settle(await put(was.name, {}));
      expect(await secretsOf(was.id)).toBeNull();
    });

    it('see a change of a secret, and none in the same secret', async () => {
      const was = await settled({ secrets: { KEY: 's3cret!' } });
      expect(await put(was.name, { secrets: { KEY: 's3cret!' } })).toMatchObject({ operation: null });
      expect(await put(was.name, { secrets: { KEY: 's3cret?' } })).toMatchObject({ operation: { kind: 'upgrade' } });
    });

    it('never get those of another instance by masking', async () => {
      await settled({ secrets: { KEY: 's3cret!' } });
      await expect(put(name(), { secrets: { KEY: '***' } })).rejects.toMatchObject({
        code: 'values_invalid',
        faults: expect.arrayContaining([
          { pointer: '/values/secrets/KEY', message: 'is masked, and there is no secret to keep' },
        ]),
      });
    });
  });

  it('take the newest version unless told', async () => {
    for (const replicas of [1, 2]) {
      const spec = blueprintSpec.parse({ ...shop, name: 'versioned', values: { replicas } });
      await services.blueprints.publish(spec, operator);
    }
    const asked = { blueprint: 'versioned', values: {} };
    const made = await services.instances.put(services.tenant, name(), { ...asked, version: undefined }, operator);
    expect(made.instance.blueprint_version).toBe(2);
    const older = await services.instances.put(services.tenant, name(), { ...asked, version: 1 }, operator);
    expect(older.instance.blueprint_version).toBe(1);
  });

  describe('for an action', () => {
    const act = (id: string, kind: 'start' | 'stop' | 'restart' | 'uninstall', ifMatch?: string): Promise<unknown> =>
      services.instances.act(id, kind, {}, ifMatch, operator);

    it('are taken, and wake the worker', async () => {
      const { id } = await settled();
      const woken = services.worker.woken;
      expect(await act(id, 'stop')).toMatchObject({ kind: 'stop', status: 'queued' });
      expect(services.worker.woken).toBe(woken + 1);
    });

    it('say that a stopped instance is started, not restarted', async () => {
      const { id } = await services.world.insert({ status: 'stopped' });
      await expect(act(id, 'restart')).rejects.toMatchObject({
        code: 'illegal_state',
        message: expect.stringContaining('start a stopped one'),
      });
    });

    it('name the operation that is in the way', async () => {
      const { id } = await settled();
      const busy = await services.instances.act(id, 'stop', {}, undefined, operator);
      await expect(act(id, 'restart')).rejects.toEqual(
        refusal('conflict', 'operation_in_progress', { operation_id: busy.id }),
      );
    });

    it('hold to the etag that the caller has seen', async () => {
      const { id, etag } = await settled();
      await expect(act(id, 'uninstall', '"v0"')).rejects.toEqual(
        refusal('precondition_failed', 'precondition_failed', { etag }),
      );
      expect(await act(id, 'uninstall', `"v0", "${etag}"`)).toMatchObject({ kind: 'uninstall' });
      const { id: other } = await settled();
      expect(await act(other, 'uninstall', '*')).toMatchObject({ kind: 'uninstall' });
    });

    it('of an uninstall are answered with the same operation again', async () => {
      const { id } = await settled();
      expect(await act(id, 'uninstall')).toEqual(await act(id, 'uninstall'));
    });

    it('of nothing find nothing', async () => {
      await expect(act(newId(), 'stop')).rejects.toEqual(refusal('not_found', 'instance_not_found'));
      await expect(services.instances.get(newId())).rejects.toEqual(refusal('not_found', 'instance_not_found'));
    });
  });

  it('for the list give every instance once, page by page, and only those asked for', async () => {
    const tenantId = await services.world.tenant();
    const tenant = await services.tenants.get(tenantId, 'all');
    const made: string[] = [];
    for (let n = 0; n < 5; n += 1) made.push((await put(name(), {}, tenant)).instance.id);
    const walked: string[] = [];
    for (let after: string | undefined; ; after = walked.at(-1)) {
      const page = await services.instances.list({ reach: 'all', tenantId }, 2, after);
      walked.push(...page.map(({ id }) => id));
      if (page.length < 2) break;
    }
    expect(walked).toEqual(made.sort());
    expect(await services.instances.list({ reach: 'all', tenantId, status: 'running' }, 10, undefined)).toEqual([]);
    expect(
      await services.instances.list(
        { reach: 'all', tenantId, status: 'provisioning', blueprint: 'shop' },
        10,
        undefined,
      ),
    ).toHaveLength(5);
    expect(await services.instances.list({ reach: 'all', tenantId, blueprint: 'web-app' }, 10, undefined)).toEqual([]);
  });
});
