import { isKeyText } from '../../../src/auth/api-keys/key-text.js';
import { newId } from '../../../src/platform/ids.js';
import { TenantsModule } from '../../../src/tenants/tenants.module.js';
import { createTestDatabase, type TestDatabase } from '../../setup/database.js';
import { Provisioning } from '../../setup/provisioning.js';
import { allThatIsWritten, hashOf, operatorKey, Replica } from './callers.js';

describe('API keys', () => {
  let test: TestDatabase;
  let world: Provisioning;
  let replica: Replica;
  let globex: string;
  const keys = '/v1/api-keys';
  const inAnHour = (): string => new Date(Date.now() + 3_600_000).toISOString();

  beforeAll(async () => {
    test = await createTestDatabase();
    world = await Provisioning.in(test);
    globex = await world.tenant('globex');
    replica = await Replica.start(test.database, [TenantsModule]);
  });
  afterAll(async () => {
    await replica.stop();
    await test.drop();
  });

  it('are shown once, and are written as a hash', async () => {
    const body = { name: 'ci', tenant: 'acme', scopes: ['keys:read', 'tenants:read', 'keys:read'] };
    const { status, json, headers } = await replica.send('POST', keys, operatorKey, body);
    expect(status).toBe(201);
    const key = String(json['key']);
    expect(isKeyText(key)).toBe(true);
    expect(json).toEqual({
      id: expect.any(String),
      tenant_id: world.tenantId,
      name: 'ci',
      prefix: key.slice(0, 15),
      key,
      scopes: ['keys:read', 'tenants:read'],
      rate_limit_per_minute: null,
      status: 'active',
      expires_at: null,
      revoked_at: null,
      last_used_at: null,
      rotated_from: null,
      created_by: 'operator',
      created_at: expect.any(String),
      etag: 'v1',
    });
    expect(headers.get('location')).toBe(`${keys}/${String(json['id'])}`);
    const shown = await replica.send('GET', String(headers.get('location')));
    const { key: _, ...rest } = json;
    expect([shown.status, shown.headers.get('etag'), shown.json]).toEqual([200, '"v1"', rest]);
    const written = await allThatIsWritten(test);
    expect(written).not.toContain(key);
    expect(written).toContain(hashOf(key));
    expect(JSON.stringify(await test.sql('select * from public.audit_log'))).not.toContain(hashOf(key));
    expect(JSON.stringify(replica.running.log)).not.toContain(key);
  });

  it('let a tenant see its own things, and say who it is', async () => {
    const { id, key } = await replica.makeKey({ tenant: 'acme', scopes: ['tenants:read'] });
    expect((await replica.send('GET', '/v1/tenants', key)).json).toMatchObject({
      data: [{ slug: 'acme' }],
      next_cursor: null,
    });
    expect((await replica.send('GET', '/v1/my/tenants', key)).json).toMatchObject({ data: [{ slug: 'acme' }] });
    expect(await replica.status('GET', '/v1/tenants/acme', key)).toBe(200);
    expect(await replica.status('GET', `/v1/tenants/${world.tenantId}`, key)).toBe(200);
    const line = replica.running.log.findLast(({ msg }) => msg === 'request');
    expect(line).toMatchObject({ actor: `key:${id}` });
  });

  it('let a tenant see nothing foreign, as if it were not there', async () => {
    const { key } = await replica.makeKey({ tenant: 'acme', scopes: ['tenants:read', 'keys:*'] });
    const foreignKey = await replica.makeKey({ tenant: 'globex', scopes: ['keys:read'] });
    const ofOperator = await replica.makeKey({ scopes: ['keys:read'] });
    const strip = ({ status, json, headers }: Awaited<ReturnType<Replica['send']>>) => ({
      status,
      json: { ...json, request_id: '' },
      headers: [...headers].filter(([name]) => !['date', 'x-request-id', 'content-length'].includes(name)),
    });
    for (const [foreign, nothing] of [
      [`/v1/tenants/${globex}`, `/v1/tenants/${newId()}`],
      ['/v1/tenants/globex', '/v1/tenants/nobody'],
      [`${keys}/${foreignKey.id}`, `${keys}/${newId()}`],
      [`${keys}/${ofOperator.id}`, `${keys}/${newId()}`],
      [`${keys}?tenant=globex`, `${keys}?tenant=nobody`],
    ]) {
      const seen = strip(await replica.send('GET', foreign ?? '', key));
      expect(seen).toEqual(strip(await replica.send('GET', nothing ?? '', key)));
      expect(seen.status).toBe(404);
    }
    expect(await replica.status('DELETE', `${keys}/${foreignKey.id}`, key)).toBe(404);
    expect(await replica.status('POST', `${keys}/${foreignKey.id}/rotate`, key, {})).toBe(404);
    expect(await replica.status('POST', keys, key, { name: 'x', tenant: 'globex', scopes: ['keys:read'] })).toBe(404);
    const listed = (await replica.send('GET', `${keys}?limit=200`, key)).json['data'] as { tenant_id: string }[];
    expect(new Set(listed.map(({ tenant_id }) => tenant_id))).toEqual(new Set([world.tenantId]));
    expect(await replica.status('GET', `${keys}/${foreignKey.id}`, foreignKey.key)).toBe(200);
  });

  it('name the scope that is missing, and what is for operators', async () => {
    const { key } = await replica.makeKey({ tenant: 'acme', scopes: ['keys:read'] });
    for (const [method, path, scope, detail] of [
      ['GET', '/v1/tenants', 'tenants:read', 'This needs the scope tenants:read.'],
      ['GET', `/v1/tenants/${globex}`, 'tenants:read', 'This needs the scope tenants:read.'],
      ['DELETE', `/v1/tenants/${globex}`, 'tenants:write', 'This is for operators.'],
      ['POST', '/v1/tenants', 'tenants:write', 'This is for operators.'],
    ]) {
      const { status, json } = await replica.send(method ?? '', path ?? '', key);
      expect([status, json['code'], json['required_scope'], json['detail']]).toEqual([403, 'forbidden', scope, detail]);
    }
    const operator = await replica.makeKey({ scopes: ['tenants:read'] });
    expect(await replica.status('GET', '/v1/tenants', operator.key)).toBe(200);
    expect(await replica.status('GET', '/v1/my/tenants', operator.key)).toBe(403);
    expect(await replica.status('POST', '/v1/tenants', operator.key, { slug: 'x', name: 'x' })).toBe(403);
  });

  it('are refused with every fault of the request', async () => {
    const wrong = {
      name: '',
      scopes: ['admin:everything'],
      expires_at: 'tomorrow',
      rate_limit_per_minute: 0,
      colour: 1,
    };
    const { status, json } = await replica.send('POST', keys, operatorKey, wrong);
    const pointers = (json['errors'] as { pointer: string }[]).map(({ pointer }) => pointer).sort();
    expect([status, pointers]).toEqual([
      400,
      ['/colour', '/expires_at', '/name', '/rate_limit_per_minute', '/scopes/0'],
    ]);
    const past = { name: 'x', scopes: ['keys:read'], expires_at: '2020-01-01T00:00:00Z' };
    expect((await replica.send('POST', keys, operatorKey, past)).json).toMatchObject({
      code: 'validation_failed',
      errors: [{ pointer: '/expires_at', message: 'must be in the future' }],
    });
    expect(
      await replica.status('POST', keys, operatorKey, { name: 'x', tenant: 'nobody', scopes: ['keys:read'] }),
    ).toBe(404);
    expect(await replica.status('POST', keys, operatorKey, { name: 'x', scopes: [] })).toBe(400);
  });

  it('are not made by who does not have as much', async () => {
    const { key } = await replica.makeKey({
      tenant: 'acme',
      scopes: ['keys:*'],
      rate_limit_per_minute: 10,
      expires_at: inAnHour(),
    });
    const before = await world.everything();
    for (const beyond of [
      { scopes: ['instances:read'] },
      { scopes: ['keys:read'], rate_limit_per_minute: 11 },
      { scopes: ['keys:read'], expires_at: null },
    ]) {
      expect(await replica.status('POST', keys, key, { name: 'x', ...beyond })).toBe(403);
    }
    expect(await world.everything()).toEqual(before);
    const child = await replica.makeKey({ scopes: ['keys:read'] }, key);
    const shown = (await replica.send('GET', `${keys}/${child.id}`, child.key)).json;
    expect(shown).toMatchObject({
      tenant_id: world.tenantId,
      rate_limit_per_minute: 10,
      expires_at: expect.any(String),
    });
    const stronger = await replica.makeKey({ tenant: 'acme', scopes: ['instances:write', 'keys:read'] });
    const rotated = await replica.send('POST', `${keys}/${stronger.id}/rotate`, key, {});
    expect([rotated.status, rotated.json['missing_scopes']]).toEqual([403, ['instances:write']]);
  });

  it('are rotated: both hold for the overlap, and the old one no longer than it did', async () => {
    const old = await replica.makeKey({ tenant: 'acme', scopes: ['tenants:read'], rate_limit_per_minute: 7 });
    const { status, json } = await replica.send('POST', `${keys}/${old.id}/rotate`, operatorKey, {
      overlap_seconds: 600,
    });
    expect([status, json['rotated_from'], json['rate_limit_per_minute'], json['scopes']]).toEqual([
      201,
      old.id,
      7,
      ['tenants:read'],
    ]);
    const made = String(json['key']);
    expect(await Promise.all([old.key, made].map((key) => replica.status('GET', '/v1/tenants', key)))).toEqual([
      200, 200,
    ]);
    const was = (await replica.send('GET', `${keys}/${old.id}`)).json;
    const left = Date.parse(String(was['expires_at'])) - Date.now();
    expect([was['status'], left > 500_000 && left <= 601_000]).toEqual(['active', true]);
    const twice = await replica.send('POST', `${keys}/${old.id}/rotate`, operatorKey, {});
    expect([twice.status, twice.json['code']]).toEqual([409, 'api_key_rotated']);
    await replica.send('POST', `${keys}/${String(json['id'])}/rotate`, operatorKey, { overlap_seconds: 0 });
    const refused = await replica.send('GET', '/v1/tenants', made);
    expect([refused.status, refused.json['detail']]).toEqual([401, 'The API key has expired.']);
  });

  it('may rotate themselves', async () => {
    const { id, key } = await replica.makeKey({ tenant: 'acme', scopes: ['keys:write'] });
    const { status, json } = await replica.send('POST', `${keys}/${id}/rotate`, key, { overlap_seconds: 0 });
    expect(status).toBe(201);
    expect(await replica.status('POST', keys, key, { name: 'x', scopes: ['keys:write'] })).toBe(401);
    expect(await replica.status('POST', keys, String(json['key']), { name: 'x', scopes: ['keys:write'] })).toBe(201);
  });

  it('are revoked: by who has seen them as they are, once, and for good', async () => {
    const { id, key } = await replica.makeKey({ tenant: 'acme', scopes: ['tenants:read'] });
    expect(await replica.status('GET', '/v1/tenants', key)).toBe(200);
    expect((await replica.send('DELETE', `${keys}/${id}`, operatorKey, undefined, { 'if-match': '"v9"' })).status).toBe(
      412,
    );
    const traces = await world.tracesOf(async () => {
      expect(
        (await replica.send('DELETE', `${keys}/${id}`, operatorKey, undefined, { 'if-match': '"v1"' })).status,
      ).toBe(204);
      expect(await replica.status('DELETE', `${keys}/${id}`)).toBe(204);
    });
    expect(traces).toEqual({ audit: ['api_key.revoke'], outbox: [] });
    const refused = await replica.send('GET', '/v1/tenants', key);
    expect([refused.status, refused.json['detail'], refused.headers.get('www-authenticate')]).toEqual([
      401,
      'The API key was revoked.',
      'Bearer realm="tenantry"',
    ]);
    expect((await replica.send('GET', `${keys}/${id}`)).json).toMatchObject({
      status: 'revoked',
      revoked_at: expect.any(String),
    });
    const rotated = await replica.send('POST', `${keys}/${id}/rotate`, operatorKey, {});
    expect([rotated.status, rotated.json['code']]).toEqual([409, 'api_key_not_active']);
  });

  it('may revoke themselves', async () => {
    const { id, key } = await replica.makeKey({ tenant: 'acme', scopes: ['keys:write'] });
    expect(await replica.status('DELETE', `${keys}/${id}`, key)).toBe(204);
    expect(await replica.status('DELETE', `${keys}/${id}`, key)).toBe(401);
  });

  it('end with their tenant', async () => {
    const slug = world.name('short-lived');
    await world.tenant(slug);
    const { id, key } = await replica.makeKey({ tenant: slug, scopes: ['tenants:read'] });
    expect(await replica.status('GET', `/v1/tenants/${slug}`, key)).toBe(200);
    expect(await replica.status('DELETE', `/v1/tenants/${slug}`)).toBe(204);
    // Another tenant takes the name: the old key opens nothing of it, from the first moment on.
    await world.tenant(slug);
    expect(await replica.status('GET', `/v1/tenants/${slug}`, key)).toBeGreaterThanOrEqual(401);
    expect((await replica.send('GET', `${keys}/${id}`)).json).toMatchObject({ status: 'revoked' });
  });

  it('are listed page by page, all or one tenant’s', async () => {
    const made = [
      await replica.makeKey({ tenant: 'globex', scopes: ['keys:read'] }),
      await replica.makeKey({ tenant: 'globex', scopes: ['keys:read'] }),
    ];
    const walked: string[] = [];
    for (let next: string | undefined = ''; next !== undefined;) {
      const { json } = await replica.send(
        'GET',
        `${keys}?tenant=globex&limit=1${next === '' ? '' : `&cursor=${next}`}`,
      );
      walked.push(...(json['data'] as { id: string }[]).map(({ id }) => id));
      next = typeof json['next_cursor'] === 'string' ? json['next_cursor'] : undefined;
    }
    expect(walked.slice(-2)).toEqual(made.map(({ id }) => id));
    const mine = (await replica.send('GET', '/v1/my/keys', made[0]?.key)).json['data'] as { id: string }[];
    expect(mine.map(({ id }) => id)).toEqual(walked);
  });

  it('are a hundred of a tenant that hold, however many ask at once; others in their place come to an end too', async () => {
    const slug = world.name('many-keys');
    const tenant = await world.tenant(slug);
    const first = await replica.makeKey({ tenant: slug, scopes: ['keys:read'] });
    const fill = (count: number) =>
      test.sql(
        `insert into public.api_keys (id, tenant_id, name, prefix, hash, scopes, created_by)
         select gen_random_uuid(), $1::uuid, 'filler', 'tnt', gen_random_uuid()::text, array['keys:read'], 'test' from generate_series(1, $2::int)`,
        [tenant as never, count as never],
      );
    await fill(94);
    const wanted = { name: 'one more', tenant: slug, scopes: ['keys:read'] };
    const made = await Promise.all(Array.from({ length: 10 }, () => replica.send('POST', keys, undefined, wanted)));
    const statuses = made.map(({ status }) => status).sort((a, b) => a - b);
    expect(statuses).toEqual([201, 201, 201, 201, 201, 409, 409, 409, 409, 409]);
    const refused = made.find(({ status }) => status === 409);
    expect(refused?.json).toMatchObject({ code: 'too_many_api_keys', limit: 100 });
    const rotate = (id: string, overlap_seconds: number) =>
      replica.send('POST', `${keys}/${id}/rotate`, undefined, { overlap_seconds });
    const rotated = await rotate(first.id, 60);
    expect(rotated.status).toBe(201);
    await fill(99);
    const last = String(rotated.json['id']);
    expect((await rotate(last, 60)).json).toMatchObject({ code: 'too_many_api_keys', limit: 200 });
    expect((await rotate(last, 0)).status).toBe(201);
    // Those that hold no longer make room, and an operator's own are not counted.
    await test.sql(`update public.api_keys set revoked_at = now() where tenant_id = $1 and name = 'filler'`, [
      tenant as never,
    ]);
    expect((await replica.send('POST', keys, undefined, wanted)).status).toBe(201);
  });
});
