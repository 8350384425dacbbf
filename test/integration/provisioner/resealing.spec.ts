import { randomBytes } from 'node:crypto';
import { Resealing } from '../../../src/provisioner/instances/resealing.service.js';
import { unseal } from '../../../src/provisioner/instances/sealed-secrets.js';
import { SealedSecretsStore } from '../../../src/provisioner/instances/sealed-secrets.store.js';
import { ProvisionerConfig, provisionerEnvironment } from '../../../src/provisioner/provisioner.config.js';
import { Housekeeping } from '../../../src/platform/housekeeping.js';
import { sealPrefix } from '../../../src/platform/sealed-text.js';
import { createTestDatabase, type TestDatabase } from '../../setup/database.js';
import { operator } from '../../setup/provisioning.js';
import { encryptionKey, instancesSealedBy, type Services, servicesOn } from '../../setup/provisioner-services.js';

const newKey = randomBytes(32).toString('base64');
const bytes = (key: string): Buffer => Buffer.from(key, 'base64');

describe('an encryption key that is replaced', () => {
  let test: TestDatabase;
  let services: Services;
  beforeAll(async () => {
    test = await createTestDatabase();
    services = await servicesOn(test);
  });
  afterAll(() => test.drop());

  const asked = (word: string) => ({
    blueprint: 'shop',
    version: undefined,
    values: { secrets: { TOKEN: word } },
  });
  const put = (by: Services['instances'], name: string, word: string) =>
    by.put(services.tenant, name, asked(word), operator);
  const resealing = (...[newest, ...older]: readonly [string, ...string[]]): Resealing => {
    const config = new ProvisionerConfig(provisionerEnvironment.parse({}), [newest, ...older]);
    return new Resealing(new SealedSecretsStore(test.database), config, new Housekeeping());
  };
  const run = (one: Resealing): Promise<void> => one.run(new AbortController().signal);
  /** Everything sealed, as text. */
  const sealed = async (): Promise<string[]> => {
    const rows = await test.sql<{ sealed: string }>(
      `select sealed_secrets as sealed from public.instances where sealed_secrets is not null
       union all select previous_spec ->> 'sealed_secrets' from public.operations where previous_spec ->> 'sealed_secrets' is not null
       union all select previous_spec #>> '{asked,sealed_secrets}' from public.operations
         where previous_spec #>> '{asked,sealed_secrets}' is not null`,
    );
    return rows.map((row) => row.sealed);
  };

  it('is needed no more once everything is sealed anew, and nothing else has changed', async () => {
    const name = services.world.name();
    const made = await put(services.instances, name, 'first-word');
    await services.world.finish(await services.world.begin(made.operation?.id ?? ''), 'running');
    const changed = await put(services.instances, name, 'second-word');
    await services.world.finish(await services.world.begin(changed.operation?.id ?? ''), 'running');
    await test.sql(
      `update public.operations set previous_spec = previous_spec || jsonb_build_object('asked', previous_spec) where previous_spec is not null`,
    );
    const versions = () => test.sql(`select id, row_version, secrets_hash from public.instances order by id`);
    const before = await versions();
    const old = sealPrefix(bytes(encryptionKey));
    expect((await sealed()).map((text) => text.startsWith(old))).toEqual([true, true, true]);

    await run(resealing(newKey, encryptionKey));
    const now = await sealed();
    expect(now.map((text) => text.startsWith(sealPrefix(bytes(newKey))))).toEqual([true, true, true]);
    const owner = `${services.tenant.id}/${name}`;
    expect(now.map((text) => unseal(text, owner, [bytes(newKey)]))).toEqual([
      { '/secrets/TOKEN': 'second-word' },
      { '/secrets/TOKEN': 'first-word' },
      { '/secrets/TOKEN': 'first-word' },
    ]);
    expect(await versions()).toEqual(before);
    await run(resealing(newKey, encryptionKey));
    expect(await sealed()).toEqual(now);
  });

  it('makes no change of what is asked for again with the same secrets', async () => {
    const name = services.world.name();
    const made = await put(services.instances, name, 'same-word');
    await services.world.finish(await services.world.begin(made.operation?.id ?? ''), 'running');
    const both = instancesSealedBy(services, [newKey, encryptionKey]);
    expect((await put(both, name, 'same-word')).operation).toBeNull();
    expect((await put(both, name, 'other-word')).operation).toMatchObject({ kind: 'upgrade' });
  });

  it('leaves alone what it cannot open', async () => {
    const name = services.world.name();
    await put(services.instances, name, 'lost-word');
    const before = await sealed();
    await run(resealing(newKey));
    expect(await sealed()).toEqual(before);
  });

  it('is looked after only where there are several', () => {
    const chores = (...keys: readonly [string, ...string[]]): string[] => {
      const housekeeping = new Housekeeping();
      const config = new ProvisionerConfig(provisionerEnvironment.parse({}), keys);
      new Resealing(new SealedSecretsStore(test.database), config, housekeeping).onModuleInit();
      return housekeeping.chores.map(({ name }) => name);
    };
    expect([chores(newKey), chores(newKey, encryptionKey)]).toEqual([[], ['reseal_secrets']]);
  });
});
