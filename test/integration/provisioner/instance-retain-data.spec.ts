import type { JsonObject } from '../../../src/provisioner/instances/json-pointer.js';
import type { Operation } from '../../../src/provisioner/operations/operation.js';
import { createTestDatabase, type TestDatabase } from '../../setup/database.js';
import { type Services, servicesOn } from '../../setup/provisioner-services.js';
import { operator } from '../../setup/provisioning.js';

type Asked = { readonly retain_data?: boolean };

describe('a second uninstall', () => {
  let test: TestDatabase;
  let services: Services;
  const uninstall = (id: string, params: Asked, ifMatch?: string): Promise<Operation> => {
    const values: JsonObject = { ...params };
    return services.instances.act(id, 'uninstall', values, ifMatch, operator);
  };

  beforeAll(async () => {
    test = await createTestDatabase();
    services = await servicesOn(test);
  });
  afterAll(() => test.drop());

  it.each<[string, Asked, Asked]>([
    ['says nothing of the data', { retain_data: true }, {}],
    ['says the same of the data', { retain_data: true }, { retain_data: true }],
    ['says nothing, as the first did', {}, {}],
  ])('that %s is answered with the first one', async (_what, first, second) => {
    const { id } = await services.world.running();
    const operation = await uninstall(id, first);
    expect(await uninstall(id, second)).toEqual(operation);
  });

  it.each<[string, Asked, Asked]>([
    ['keeps the data that the first one deletes', { retain_data: false }, { retain_data: true }],
    ['deletes the data that the first one keeps', { retain_data: true }, { retain_data: false }],
    ['decides what the first one left to the blueprint', {}, { retain_data: true }],
  ])('that %s is refused, and names it', async (_what, first, second) => {
    const { id } = await services.world.running();
    const operation = await uninstall(id, first);
    const before = await services.world.everything();
    await expect(uninstall(id, second)).rejects.toMatchObject({
      kind: 'conflict',
      code: 'operation_in_progress',
      members: { operation_id: operation.id },
    });
    expect(await services.world.everything()).toEqual(before);
  });

  it('of what is gone is answered with what took it away, unless it says something else of the data', async () => {
    const { id } = await services.world.running();
    const first = await uninstall(id, { retain_data: true });
    const gone = { status: 'deprovisioned', applied: null } as const;
    await services.world.finish(await services.world.begin(first.id), 'deprovisioned', { instance: gone });
    expect(await uninstall(id, {})).toMatchObject({ id: first.id, status: 'succeeded' });
    await expect(uninstall(id, { retain_data: false })).rejects.toMatchObject({
      kind: 'conflict',
      code: 'illegal_state',
      members: { instance_status: 'deprovisioned' },
    });
  });

  it('at once with the same etag is refused by it: the caller has not seen the first one', async () => {
    const { id } = await services.world.running();
    const { etag } = await services.instances.get(id);
    const answers = await Promise.allSettled([uninstall(id, {}, etag), uninstall(id, {}, etag)]);
    expect(answers.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(answers).toContainEqual({
      status: 'rejected',
      reason: expect.objectContaining({ code: 'precondition_failed' }),
    });
  });
});
