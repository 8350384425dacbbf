import type { JsonObject } from '../../../src/provisioner/instances/json-pointer.js';
import type { Requested } from '../../../src/provisioner/instances/instances.service.js';
import { createTestDatabase, type TestDatabase } from '../../setup/database.js';
import { type Services, servicesOn, shop } from '../../setup/provisioner-services.js';
import { operator } from '../../setup/provisioning.js';

describe('a host that is no DNS name', () => {
  let test: TestDatabase;
  let services: Services;
  const put = (name: string, values: JsonObject): Promise<Requested> =>
    services.instances.put(services.tenant, name, { blueprint: 'shop', version: undefined, values }, operator);

  beforeAll(async () => {
    test = await createTestDatabase();
    services = await servicesOn(test);
  });
  afterAll(() => test.drop());

  it.each(['*.acme.test', 'my_shop.test', 'shop..test', `${'a'.repeat(64)}.test`, 'https://shop.test', '10.0.0.1'])(
    'is refused as %s, beside other faults, and changes nothing',
    async (host) => {
      const before = await services.world.everything();
      const refused = put(services.world.name(), { replicas: 99, ingress: { host } });
      await expect(refused).rejects.toMatchObject({
        kind: 'unprocessable',
        code: 'values_invalid',
        faults: [{ pointer: '/values/replicas' }, { pointer: '/values/ingress/host' }],
      });
      expect(await services.world.everything()).toEqual(before);
    },
  );

  it('is refused where the names are too long for the host that the blueprint makes of them, until a host is set', async () => {
    const hostname = { value: '/ingress/host', template: '{instance}-{tenant}.test' };
    await services.blueprints.register({ ...shop, name: 'joined', hostname });
    const tenant = await services.tenants.get(await services.world.tenant('t'.repeat(40)), 'all');
    const ask = (host: string): Promise<Requested> =>
      services.instances.put(
        tenant,
        'i'.repeat(40),
        { blueprint: 'joined', version: undefined, values: { ingress: { host } } },
        operator,
      );
    await expect(ask('')).rejects.toMatchObject({
      code: 'values_invalid',
      faults: [{ pointer: '/values/ingress/host', message: expect.stringContaining('set a host') }],
    });
    expect((await ask('short.test')).instance.urls).toEqual(['https://short.test']);
  });
});
