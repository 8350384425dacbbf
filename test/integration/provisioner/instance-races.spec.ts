import type { Instance } from '../../../src/provisioner/instances/instance.js';
import type { JsonObject } from '../../../src/provisioner/instances/json-pointer.js';
import type { InstanceChange, Requested } from '../../../src/provisioner/instances/instances.service.js';
import { unseal } from '../../../src/provisioner/instances/sealed-secrets.js';
import { createTestDatabase, type TestDatabase } from '../../setup/database.js';
import { encryptionKey, type Services, servicesOn, shop } from '../../setup/provisioner-services.js';
import { operator } from '../../setup/provisioning.js';

const first = { secrets: { KEY: 'the first' } };
const second = { secrets: { KEY: 'the second' } };
const kept = { replicas: 2, secrets: { KEY: '***' } };

describe('a request that keeps what it does not name, while another one changes that', () => {
  let test: TestDatabase;
  let services: Services;

  const put = (name: string, values: JsonObject): Promise<Requested> =>
    services.instances.put(services.tenant, name, { blueprint: 'shop', version: undefined, values }, operator);
  const upgrade = (name: string, change: Partial<InstanceChange>): Promise<Requested> =>
    services.instances.upgrade(services.tenant, name, { version: undefined, values: undefined, ...change }, operator);
  const settle = async ({ operation }: Requested): Promise<void> =>
    services.world.finish(await services.world.begin(operation?.id ?? ''), 'running');
  const running = async (values: JsonObject): Promise<Instance> => {
    const made = await put(services.world.name(), values);
    await settle(made);
    return services.instances.get(made.instance.id);
  };
  /** Does something between the first reading and the writing of the next request that reads. */
  const once = (deed: () => Promise<unknown>): void => {
    services.store.meanwhile = () => {
      services.store.meanwhile = undefined;
      return deed();
    };
  };
  const secretsOf = async (id: string): Promise<unknown> => {
    const query =
      "select sealed_secrets as sealed, tenant_id || '/' || name as owner from public.instances where id = $1";
    const [row] = await test.sql<{ sealed: string; owner: string }>(query, [id]);
    return row && unseal(row.sealed, row.owner, [Buffer.from(encryptionKey, 'base64')]);
  };

  beforeAll(async () => {
    test = await createTestDatabase();
    services = await servicesOn(test);
    await services.blueprints.register({ ...shop, values: { replicas: 3, ingress: { host: '' } } });
  });
  afterEach(() => {
    services.store.meanwhile = undefined;
  });
  afterAll(() => test.drop());

  it('keeps the secret as it is when the request is written, not as it was when it was read', async () => {
    const { id, name } = await running(first);
    once(async () => settle(await put(name, second)));
    expect(await put(name, kept)).toMatchObject({ instance: { values: kept }, operation: { kind: 'upgrade' } });
    expect(await secretsOf(id)).toEqual({ '/secrets/KEY': 'the second' });
  });

  it('hears of the other one when that is still at work, and undoes nothing of it', async () => {
    const { id, name } = await running(first);
    once(() => put(name, second));
    await expect(put(name, kept)).rejects.toMatchObject({ kind: 'conflict', code: 'operation_in_progress' });
    expect(await secretsOf(id)).toEqual({ '/secrets/KEY': 'the second' });
  });

  it('is refused when the secret is gone by then', async () => {
    const { name } = await running(first);
    once(async () => settle(await put(name, {})));
    await expect(put(name, kept)).rejects.toMatchObject({ faults: [{ pointer: '/values/secrets/KEY' }, {}] });
  });

  it('is told of a conflict, and changes nothing, when others change the instance faster than it can be written', async () => {
    const { id, name } = await running(first);
    let reads = 0;
    services.store.meanwhile = () => {
      reads += 1;
      return test.sql('update public.instances set drift_state = $2 where id = $1', [
        id,
        reads % 2 ? 'drifted' : 'none',
      ]);
    };
    await expect(put(name, kept)).rejects.toMatchObject({ kind: 'conflict', code: 'conflict' });
    expect(reads).toBe(5);
    expect(await services.instances.get(id)).toMatchObject({ status: 'running', values: { secrets: { KEY: '***' } } });
    expect(await secretsOf(id)).toEqual({ '/secrets/KEY': 'the first' });
  });

  it('is not troubled by others when it says everything itself', async () => {
    const { name } = await running(first);
    services.store.meanwhile = () => Promise.reject(new Error('nothing is to be read'));
    await expect(put(name, { ...second, replicas: 2 })).resolves.toMatchObject({ operation: { kind: 'upgrade' } });
  });

  it('keeps values that an upgrade to another version does not name', async () => {
    const { id, name, blueprint_version: version } = await running({ replicas: 1, ...first });
    expect(version).toBe(2);
    once(async () => settle(await put(name, { replicas: 5, ...second })));
    await settle(await upgrade(name, { version: 1 }));
    expect(await services.instances.get(id)).toMatchObject({ blueprint_version: 1, values: { replicas: 5 } });
    expect(await secretsOf(id)).toEqual({ '/secrets/KEY': 'the second' });
  });

  it('keeps the version that an upgrade of the values does not name', async () => {
    const { id, name } = await running({});
    once(async () => settle(await upgrade(name, { version: 1 })));
    await settle(await upgrade(name, { values: { replicas: 7 } }));
    expect(await services.instances.get(id)).toMatchObject({ blueprint_version: 1, values: { replicas: 7 } });
  });

  it('upgrades nothing that was taken away meanwhile, and gives nothing a new life', async () => {
    const { id, name } = await running({});
    once(async () => {
      const { id: uninstall } = await services.instances.act(id, 'uninstall', {}, undefined, operator);
      const gone = { status: 'deprovisioned', applied: null } as const;
      await services.world.finish(await services.world.begin(uninstall), 'deprovisioned', { instance: gone });
    });
    const refusal = { kind: 'conflict', code: 'illegal_state', members: { instance_status: 'deprovisioned' } };
    await expect(upgrade(name, { values: { replicas: 7 } })).rejects.toMatchObject(refusal);
    await expect(upgrade(name, {})).rejects.toMatchObject(refusal);
    expect(await services.instances.get(id)).toMatchObject({ status: 'deprovisioned' });
    await expect(upgrade('nothing', {})).rejects.toMatchObject({ code: 'instance_not_found' });
  });
});
