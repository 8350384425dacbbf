import { startTestService, type TestService } from '../setup/test-service.js';

interface Problem {
  readonly code: string;
  readonly errors?: readonly { readonly pointer: string; readonly message: string }[];
}

describe('bad input changes nothing and is answered with every fault', () => {
  let service: TestService;

  beforeAll(async () => {
    service = await startTestService({ TENANTRY_ROLES: 'api' });
    await service.request('POST', '/v1/tenants', { slug: 'acme', name: 'Acme' });
    const { default: blueprint } = await import('../../helm/blueprints/web-app/blueprint.json', {
      with: { type: 'json' },
    });
    await service.request('POST', '/v1/blueprints', blueprint);
  });

  afterAll(() => service.stop());

  async function rows(): Promise<string> {
    const [counted] = await service.database.sql<{ n: string }>(
      `select (select count(*) from public.tenants) || '/' || (select count(*) from public.instances) || '/' ||
        (select count(*) from public.operations) || '/' || (select count(*) from public.audit_log where action not like 'denied.%') as n`,
    );
    return counted?.n ?? '';
  }

  async function refused(method: string, path: string, body: unknown, headers?: Record<string, string>) {
    const before = await rows();
    const answer = await service.request(method, path, body, headers);
    expect(await rows()).toBe(before);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    const problem = answer.body as Problem;
    return {
      status: answer.status,
      code: problem.code,
      pointers: [...new Set((problem.errors ?? []).map(({ pointer }) => pointer))].sort(),
    };
  }

  const instances = '/v1/tenants/acme/instances';

  it.each([
    ['upper case', 'Main'],
    ['64 characters', 'a'.repeat(64)],
    ['longer than a release may be', 'a'.repeat(54)],
    ['a leading dash', '-main'],
    ['a trailing dash', 'main-'],
    ['unicode', 'mäin'],
    ['a way out', '../main'],
    ['a flag', '--set=x'],
    ['a line break', 'main\nx'],
    ['nothing', ''],
  ])('an instance name with %s', async (_, name) => {
    expect(await refused('POST', instances, { name, blueprint: 'web-app' })).toEqual({
      status: 400,
      code: 'validation_failed',
      pointers: ['/name'],
    });
  });

  it.each([
    ['upper case', 'Acme'],
    ['64 characters', 'a'.repeat(64)],
    ['a leading dash', '-acme'],
    ['unicode', 'ácme'],
    ['a way out', '../acme'],
    ['the look of an id', '01a1fa93-8ebd-76eb-9dfd-f029bcdd3e5d'],
  ])('a slug with %s', async (_, slug) => {
    expect(await refused('POST', '/v1/tenants', { slug, name: 'x' })).toEqual({
      status: 400,
      code: 'validation_failed',
      pointers: ['/slug'],
    });
  });

  it.each<[string, string, string, unknown, object]>([
    ['a taken slug', 'POST', '/v1/tenants', { slug: 'acme', name: 'x' }, { status: 409, code: 'slug_taken' }],
    [
      'everything wrong at once',
      'POST',
      '/v1/tenants',
      { slug: 'A', plan: 'gold', time_zone: 'Mars/One', extra: 1 },
      { status: 400, pointers: ['/extra', '/name', '/plan', '/slug', '/time_zone'] },
    ],
    [
      'wrong types',
      'POST',
      instances,
      { name: 5, blueprint: [], values: 'x', version: 'one' },
      { status: 400, pointers: ['/blueprint', '/name', '/values', '/version'] },
    ],
    [
      'an unknown blueprint',
      'POST',
      instances,
      { blueprint: 'nothing' },
      { status: 422, code: 'blueprint_not_found', pointers: ['/blueprint'] },
    ],
    [
      'an unknown version',
      'POST',
      instances,
      { blueprint: 'web-app', version: 99 },
      { status: 422, code: 'blueprint_not_found', pointers: ['/version'] },
    ],
    [
      'an unknown tenant',
      'POST',
      '/v1/tenants/nobody/instances',
      { blueprint: 'web-app' },
      { status: 404, code: 'tenant_not_found' },
    ],
    [
      'values that break the schema in three places',
      'POST',
      instances,
      { blueprint: 'web-app', values: { replicas: 99, image: { tag: 'x y' }, nonsense: true } },
      { status: 422, code: 'values_invalid', pointers: ['/values/image/tag', '/values/nonsense', '/values/replicas'] },
    ],
    [
      'a host that is no name',
      'POST',
      instances,
      { blueprint: 'web-app', values: { host: '*.example.com' } },
      { status: 422, code: 'values_invalid', pointers: ['/values/host'] },
    ],
    [
      'a blueprint whose template makes no host',
      'POST',
      '/v1/blueprints',
      { name: 'x', chart: { path: 'helm/blueprints/web-app' }, hostname: { value: '/host', template: '{slug}.test' } },
      { status: 400, code: 'validation_failed', pointers: ['/hostname/template'] },
    ],
    [
      'values under the reserved key',
      'POST',
      instances,
      { blueprint: 'web-app', values: { tenantry: { instanceId: 'x' } } },
      { status: 422, code: 'values_invalid' },
    ],
    [
      'a secret to keep where there is none',
      'POST',
      instances,
      { blueprint: 'web-app', values: { secrets: { KEY: '***' } } },
      { status: 422, pointers: ['/values/secrets/KEY'] },
    ],
    [
      'another name in the body than in the path',
      'PUT',
      `${instances}/main`,
      { name: 'other', blueprint: 'web-app' },
      { status: 400, pointers: ['/name'] },
    ],
    ['no JSON', 'POST', '/v1/tenants', '{"slug": "x",', { status: 400, code: 'invalid_json' }],
    [
      'a body that is too large',
      'POST',
      '/v1/tenants',
      { slug: 'big', name: 'x', metadata: { text: 'x'.repeat(1_100_000) } },
      { status: 413 },
    ],
    [
      'a prototype',
      'POST',
      instances,
      '{"blueprint": "web-app", "values": {"__proto__": {"replicas": 1}}}',
      { status: 400 },
    ],
    [
      'an action on nothing',
      'POST',
      '/v1/instances/01a1fa93-8ebd-76eb-9dfd-f029bcdd3e5d/stop',
      undefined,
      { status: 404, code: 'instance_not_found' },
    ],
    ['an action on no id', 'POST', '/v1/instances/main/stop', undefined, { status: 400, pointers: ['{instance}'] }],
    [
      'a list that is too long',
      'GET',
      '/v1/instances?limit=201&cursor=x&status=odd',
      undefined,
      { status: 400, pointers: ['?cursor', '?limit', '?status'] },
    ],
  ])('%s', async (_, method, path, body, expected) => {
    expect(await refused(method, path, body)).toMatchObject(expected);
  });

  it.each([
    ['no token', {}],
    ['a bad token', { authorization: 'Bearer nonsense' }],
    ['another scheme', { authorization: 'Basic eDp5' }],
  ])('%s is 401', async (_, headers) => {
    expect(
      await refused('POST', '/v1/tenants', { slug: 'x', name: 'x' }, { authorization: '', ...headers }),
    ).toMatchObject({ status: 401 });
  });

  it('an illegal action for the state says what to do instead', async () => {
    const { instance } = await service.ask('POST', instances, { name: 'waiting', blueprint: 'web-app' });
    await service.database.sql(
      "update public.operations set status = 'succeeded'; update public.tasks set state = 'done'",
    );
    await service.database.sql(
      "update public.instances set status = 'running'; update public.instances set status = 'stopping'; update public.instances set status = 'stopped'",
    );
    const { body, status } = await service.request('POST', `/v1/instances/${instance?.id}/restart`);
    expect(status).toBe(409);
    expect(body).toMatchObject({
      code: 'illegal_state',
      instance_status: 'stopped',
      detail: expect.stringContaining('start a stopped one'),
    });
  });

  it('a second request while one is at work names the operation', async () => {
    const { operation } = await service.ask('PUT', `${instances}/busy`, { blueprint: 'web-app' });
    const { body, status } = await service.request('PUT', `${instances}/busy`, {
      blueprint: 'web-app',
      values: { replicas: 3 },
    });
    expect(status).toBe(409);
    expect(body).toMatchObject({ code: 'operation_in_progress', operation_id: operation?.id });
  });

  it('a host belongs to one instance', async () => {
    await service.ask('PUT', `${instances}/first`, { blueprint: 'web-app', values: { host: 'shop.example.com' } });
    expect(
      await refused('PUT', `${instances}/second`, {
        blueprint: 'web-app',
        values: { host: 'Shop.example.com'.toLowerCase() },
      }),
    ).toMatchObject({
      status: 409,
      code: 'host_taken',
    });
  });
});
