import { newSigningKey } from '../../src/audit/signing-key.js';
import { randomBytes, randomUUID } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestDatabase, type TestDatabase } from '../setup/database.js';
import { GatewayProxy } from '../setup/gateway-proxy.js';
import { type SpawnedService, spawnService } from '../setup/spawned-service.js';
import type { Answered } from '../setup/test-service.js';

interface Write {
  readonly what: string;
  /** The SQL function that makes the change. */
  readonly calls: string;
  readonly method: string;
  path: string;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
  readonly key: string;
  readonly answers: number;
}

const chart = { path: 'helm/blueprints/web-app' };
const values = { secrets: { KEY: 'canary-s3cret' } };

describe('the process is killed between the effect of a request and its answer', () => {
  let directory: string;
  let database: TestDatabase;
  let gateway: { readonly url: string };
  let proxy: GatewayProxy;
  let service: SpawnedService;
  const encryptionKey = randomBytes(32).toString('base64');
  const signingKey = newSigningKey();

  const start = () => {
    const { secretKey, publishableKey } = database.database.keys;
    return spawnService(directory, {
      SUPABASE_URL: proxy.url,
      SUPABASE_SECRET_KEY: secretKey,
      SUPABASE_PUBLISHABLE_KEY: publishableKey,
      TENANTRY_ENCRYPTION_KEY: encryptionKey,
      TENANTRY_AUDIT_SIGNING_KEY: signingKey,
      TENANTRY_LEASE_SECONDS: '2',
    });
  };

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tenantry-idempotency-'));
    await chmod(directory, 0o711);
    database = await createTestDatabase();
    gateway = await database.database.serve();
    proxy = await GatewayProxy.start(gateway.url);
    service = await start();
  });

  afterAll(async () => {
    await service.end('SIGKILL');
    await proxy.close();
    await database.drop();
    await rm(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  });

  const write = (
    what: string,
    calls: string,
    answers: number,
    ...[method, path, body, headers]: [string, string, unknown?, Record<string, string>?]
  ): Write => ({
    what,
    calls,
    method,
    path,
    key: randomUUID(),
    answers,
    ...(body === undefined ? {} : { body }),
    ...(headers === undefined ? {} : { headers }),
  });

  const send = ({ method, path, body, headers, key }: Write): Promise<Answered> =>
    service.client.request(method, path, body, { ...headers, 'idempotency-key': key });

  /** The answer, once the lease of the killed process has run out. */
  const sendUntilAnswered = (request: Write): Promise<Answered> =>
    service.client.until(`${request.what} is answered`, async () => {
      const answer = await send(request);
      return codeOf(answer) === 'idempotency_in_progress' ? undefined : answer;
    });

  /** How often the operator did what. How operations end is not a deed of theirs. */
  /** What requests did; not what the work that they began comes to. */
  async function deeds(): Promise<Record<string, number>> {
    const rows = await database.sql<{ action: string; n: number }>(
      `select action, count(*)::integer as n from public.audit_log where actor = 'operator' and action not like 'operation.%' and action <> 'tenant.deleted' group by action`,
    );
    return Object.fromEntries(rows.map(({ action, n }) => [action, n]));
  }

  async function runningInstance(tenant: string): Promise<string> {
    await service.client.request('POST', '/v1/tenants', { slug: tenant, name: tenant });
    const { instance, operation } = await service.client.ask('PUT', `/v1/tenants/${tenant}/instances/main`, {
      blueprint: 'web-app',
      values,
    });
    expect(await service.client.ended(operation)).toMatchObject({ status: 'succeeded' });
    return instance?.id ?? '';
  }

  it('started again, the same request with its key gets its answer, and nothing is done twice', async () => {
    const [stopped] = [await runningInstance('stopping'), await runningInstance('leaving')];
    await service.client.request('POST', '/v1/tenants', { slug: 'creating', name: 'c' });
    const { headers } = await service.client.request('GET', '/v1/tenants/leaving');
    const writes = [
      write('create a tenant', 'tenant_create', 201, 'POST', '/v1/tenants', { slug: 'new', name: 'New' }),
      write('create an instance', 'instance_put', 202, 'POST', '/v1/tenants/creating/instances', {
        blueprint: 'web-app',
        values,
      }),
      write('stop an instance', 'instance_act', 202, 'POST', `/v1/instances/${stopped}/stop`),
      write(
        'delete a tenant with all it has',
        'tenant_delete',
        202,
        'DELETE',
        '/v1/tenants/leaving?cascade=true',
        undefined,
        {
          'if-match': headers.get('etag') ?? '',
        },
      ),
      write('publish a blueprint', 'blueprint_publish', 201, 'POST', '/v1/blueprints', {
        name: 'mine',
        chart,
        values: {},
      }),
    ];
    const before = await deeds();

    proxy.hold(...writes.map(({ calls }) => calls));
    const lost = Promise.allSettled(writes.map((request) => send(request)));
    await service.client.until('all changes are made, and none is answered', async () =>
      proxy.held.length === writes.length ? true : undefined,
    );
    expect(await service.end('SIGKILL')).toBeNull();
    expect((await lost).every(({ status }) => status === 'rejected')).toBe(true);
    proxy.release();
    const done = await deeds();
    expect(changed(before, done)).toEqual({
      'blueprint.publish': 1,
      'instance.create': 1,
      'instance.stop': 1,
      'instance.uninstall': 1,
      'tenant.create': 1,
      'tenant.delete': 1,
    });

    service = await start();
    const answers = await Promise.all(writes.map(sendUntilAnswered));
    for (const [index, { what, answers: status }] of writes.entries()) {
      expect([what, answers[index]?.status, answers[index]?.headers.get('idempotent-replayed')]).toEqual([
        what,
        status,
        'true',
      ]);
    }
    await expectWhatIsThere(answers);
    // And again, from what was kept: byte for byte, whatever has become of the things since.
    const again = await Promise.all(writes.map(send));
    expect(again.map(({ status, body }) => ({ status, body }))).toEqual(
      answers.map(({ status, body }) => ({ status, body })),
    );
    for (const name of ['location', 'etag']) {
      expect(again.map((answer) => answer.headers.get(name))).toEqual(
        answers.map((answer) => answer.headers.get(name)),
      );
    }
    expect(changed(done, await deeds())).toEqual({});
    expect(service.output()).not.toContain('canary-s3cret');
    const kept = await database.sql('select * from public.idempotency_keys');
    expect(JSON.stringify(kept)).not.toContain('canary-s3cret');
  });

  /** The answers tell of the things that are there, by their ids. */
  async function expectWhatIsThere([tenant, created, stop, deletion, blueprint]: Answered[]): Promise<void> {
    const ids = async (query: string) => (await database.sql<{ id: string }>(query)).map(({ id }) => id);
    await expect(ids(`select id from public.tenants where slug = 'new'`)).resolves.toEqual([idOf(tenant?.body)]);
    await expect(
      ids(`select i.id from public.instances i join public.tenants t on t.id = i.tenant_id where t.slug = 'creating'`),
    ).resolves.toEqual([idOf(member(created?.body, 'instance'))]);
    const operations = (kind: string, slug: string) =>
      ids(
        `select o.id from public.operations o join public.tenants t on t.id = o.tenant_id where o.kind = '${kind}' and t.slug = '${slug}'`,
      );
    await expect(operations('create', 'creating')).resolves.toEqual([idOf(member(created?.body, 'operation'))]);
    expect(created?.headers.get('location')).toBe(`/v1/operations/${idOf(member(created?.body, 'operation'))}`);
    await expect(operations('stop', 'stopping')).resolves.toEqual([idOf(member(stop?.body, 'operation'))]);
    await expect(operations('uninstall', 'leaving')).resolves.toEqual(member(deletion?.body, 'operation_ids'));
    await expect(ids(`select id from public.blueprints where name = 'mine'`)).resolves.toEqual([idOf(blueprint?.body)]);
  }
});

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

function idOf(value: unknown): string {
  return String(member(value, 'id'));
}

function codeOf({ body }: Answered): unknown {
  return member(body, 'code');
}

function changed(before: Record<string, number>, after: Record<string, number>): Record<string, number> {
  const differences = Object.entries(after).map(([action, n]) => [action, n - (before[action] ?? 0)] as const);
  return Object.fromEntries(differences.filter(([, n]) => n !== 0));
}
