import { z } from 'zod';
import { newId } from '../../src/platform/ids.js';
import { entitlement, type Entitlement } from '../../src/usage-metrics/quotas/entitlement.js';
import { type Answered, startTestService, type TestService } from '../setup/test-service.js';

const blueprint = { name: 'app', chart: { path: 'helm/blueprints/web-app' } };
const paged = z.object({ data: z.array(z.record(z.string(), z.unknown())), next_cursor: z.string().nullable() });

describe('quotas of a running service', () => {
  let service: TestService;

  beforeAll(async () => {
    service = await startTestService();
    await send('POST', '/v1/blueprints', blueprint);
  });
  afterAll(() => service.stop());

  const send = (method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answered> =>
    service.request(method, path, body, headers);
  const statuses = async (answers: Promise<Answered>[]): Promise<number[]> =>
    (await Promise.all(answers)).map(({ status }) => status).sort((a, b) => a - b);
  const ask = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const answer = await send(method, path, body);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  const tenant = async (plan = 'free'): Promise<string> => {
    const slug = `t-${newId().slice(-8)}`;
    await ask('POST', '/v1/tenants', { slug, name: slug, plan });
    return slug;
  };
  const keyOf = async (slug: string, scopes: string[]): Promise<Record<string, string>> => {
    const made = await ask('POST', '/v1/api-keys', { name: 'quotas', tenant: slug, scopes });
    return { authorization: `Bearer ${z.object({ key: z.string() }).parse(made).key}` };
  };
  const entitled = async (slug: string, feature: string): Promise<Entitlement> =>
    entitlement.parse(await ask('GET', `/v1/tenants/${slug}/entitlements/${feature}`));
  const create = (slug: string, name: string): Promise<Answered> =>
    send('POST', `/v1/tenants/${slug}/instances`, { name, blueprint: 'app' });

  describe('the number of instances', () => {
    it('is refused beyond the limit of the plan, by POST and PUT, and told', async () => {
      await ask('PUT', '/v1/plans/starter/entitlements/instances', { limit: 2 });
      const slug = await tenant('starter');
      expect((await create(slug, 'one')).status).toBe(202);
      const two = `/v1/tenants/${slug}/instances/two`;
      expect((await send('PUT', two, { blueprint: 'app' })).status).toBe(202);
      for (const refused of [
        await create(slug, 'three'),
        await send('PUT', `/v1/tenants/${slug}/instances/three`, { blueprint: 'app' }),
      ]) {
        expect(refused).toMatchObject({
          status: 402,
          body: {
            code: 'quota_exceeded',
            type: 'https://tenantry.dev/problems/quota_exceeded',
            feature: 'instances',
            limit: 2,
            usage: 2,
            requested: 1,
            errors: [],
          },
        });
        expect(refused.headers.get('content-type')).toContain('application/problem+json');
      }
      // What exists may still be asked for.
      expect((await send('PUT', two, { blueprint: 'app' })).status).toBe(202);
      expect(await entitled(slug, 'instances')).toMatchObject({ has_access: false, balance: 0, usage: 2, limit: 2 });
    });

    it('is not passed by fifty requests at once', async () => {
      const slug = await tenant('starter');
      const answers = await statuses(Array.from({ length: 50 }, (_, n) => create(slug, `app-${n}`)));
      expect(answers).toEqual([...Array(2).fill(202), ...Array(48).fill(402)]);
    });

    it('follows a change of the plan, also under the idempotency key that was refused, and terms of the tenant', async () => {
      const slug = await tenant('starter');
      await create(slug, 'one');
      await create(slug, 'two');
      const again = (): Promise<Answered> =>
        send('POST', `/v1/tenants/${slug}/instances`, { name: 'three', blueprint: 'app' }, { 'idempotency-key': slug });
      expect((await again()).status).toBe(402);
      await ask('PATCH', `/v1/tenants/${slug}`, { plan: 'professional' });
      expect((await again()).status).toBe(202);
      await ask('PUT', `/v1/tenants/${slug}/entitlements/instances`, { limit: '3' });
      expect((await create(slug, 'four')).status).toBe(402);
      expect((await send('DELETE', `/v1/tenants/${slug}/entitlements/instances`)).status).toBe(204);
      expect((await create(slug, 'four')).status).toBe(202);
    });
  });

  describe('features', () => {
    it('are made, shown, changed under their etag, and deleted', async () => {
      const made = await send('POST', '/v1/features', { slug: 'sso', name: 'Single sign-on', kind: 'boolean' });
      expect(made).toMatchObject({ status: 201, body: { slug: 'sso', counted_by: null, built_in: false, etag: 'v1' } });
      expect(made.headers.get('location')).toBe('/v1/features/sso');
      expect(await send('POST', '/v1/features', { slug: 'sso', name: 'x', kind: 'static' })).toMatchObject({
        status: 409,
        body: { code: 'slug_taken' },
      });
      expect((await send('PATCH', '/v1/features/sso', { name: 'SSO' }, { 'if-match': '"v7"' })).status).toBe(412);
      expect(await send('PATCH', '/v1/features/sso', { name: 'SSO' }, { 'if-match': '"v1"' })).toMatchObject({
        body: { name: 'SSO', etag: 'v2' },
      });
      const listed = paged.parse(await ask('GET', '/v1/features?limit=3'));
      expect(listed.data.map(({ slug }) => slug)).toEqual(['api_calls', 'instances', 'members']);
      expect(paged.parse(await ask('GET', `/v1/features?cursor=${listed.next_cursor}`)).data[0]).toMatchObject({
        slug: 'sso',
      });
      expect((await send('DELETE', '/v1/features/sso', undefined, { 'if-match': '"v1"' })).status).toBe(412);
      expect((await send('DELETE', '/v1/features/sso')).status).toBe(204);
      expect(await send('GET', '/v1/features/sso')).toMatchObject({ status: 404, body: { code: 'feature_not_found' } });
      expect(await send('DELETE', '/v1/features/instances')).toMatchObject({
        status: 409,
        body: { code: 'feature_built_in' },
      });
    });

    it.each([
      ['no slug of ours', { slug: 'A b', name: 'x', kind: 'boolean' }, 400, ['/slug']],
      ['a meter for what is not metered', { slug: 'x', name: 'x', kind: 'static', meter: 'm' }, 400, ['/meter']],
      ['a meter that is not there', { slug: 'x', name: 'x', kind: 'metered', meter: 'm' }, 422, ['/meter']],
      ['several faults', { slug: '', name: ' ', kind: 'odd', more: 1 }, 400, ['/slug', '/name', '/kind', '/more']],
    ])('with %s are refused', async (_what, body, status, pointers) => {
      const refused = await send('POST', '/v1/features', body);
      expect(refused.status).toBe(status);
      const { errors } = z.object({ errors: z.array(z.object({ pointer: z.string() })) }).parse(refused.body);
      expect(errors.map(({ pointer }) => pointer).sort()).toEqual([...pointers].sort());
    });
  });

  describe('entitlements', () => {
    it('are put on a plan and on a tenant, and read by the tenant itself alone', async () => {
      await ask('POST', '/v1/features', { slug: 'region', name: 'Region', kind: 'static' });
      const first = await send('PUT', '/v1/plans/enterprise/entitlements/region', { value: ['eu'] });
      expect(first).toMatchObject({ status: 201, body: { plan: 'enterprise', value: ['eu'], etag: 'v1' } });
      const same = await send('PUT', '/v1/plans/enterprise/entitlements/region', { value: ['eu'] });
      expect(same).toMatchObject({ status: 200, body: { etag: 'v1' } });
      expect(paged.parse(await ask('GET', '/v1/plans/enterprise/entitlements')).data).toHaveLength(1);

      const [slug, other] = [await tenant('enterprise'), await tenant('enterprise')];
      const own = await keyOf(slug, ['usage:read']);
      const path = `/v1/tenants/${slug}/entitlements/region`;
      expect(await send('GET', path, undefined, own)).toMatchObject({
        status: 200,
        body: { has_access: true, value: ['eu'], source: 'plan', balance: null },
      });
      expect((await send('GET', `/v1/tenants/${other}/entitlements/region`, undefined, own)).status).toBe(404);
      expect((await send('PUT', path, { value: ['us'] }, own)).status).toBe(403);
      expect((await send('PUT', path, { value: ['us'] }, await keyOf(slug, ['usage:write']))).status).toBe(403);
      const mine = paged.parse((await send('GET', '/v1/my/entitlements', undefined, own)).body);
      const all = paged.parse(await ask('GET', `/v1/tenants/${slug}/entitlements`));
      expect(mine.data).toEqual(all.data);
      expect(all.data.map(({ feature }) => feature)).toEqual(['api_calls', 'instances', 'members', 'region']);
      const page = paged.parse((await send('GET', '/v1/my/entitlements?limit=1', undefined, own)).body);
      const rest = await send('GET', `/v1/my/entitlements?cursor=${page.next_cursor}`, undefined, own);
      expect([...page.data, ...paged.parse(rest.body).data]).toEqual(mine.data);
    });

    it.each([
      ['terms of another kind', 'instances', { enabled: true }, 422, 'terms_do_not_fit'],
      ['no terms', 'instances', {}, 400, 'validation_failed'],
      ['a limit below nothing', 'instances', { limit: -1 }, 400, 'validation_failed'],
      ['a limit that JSON does not hold', 'instances', { limit: 2 ** 53 }, 400, 'validation_failed'],
      ['a limit that is no number', 'instances', { limit: '1e3' }, 400, 'validation_failed'],
      ['a feature that is not there', 'nothing', { limit: 1 }, 404, 'feature_not_found'],
    ])('with %s are refused', async (_what, feature, body, status, code) => {
      const refused = await send('PUT', `/v1/plans/enterprise/entitlements/${feature}`, body);
      expect(refused).toMatchObject({ status, body: { code } });
    });

    it('are removed and put under the etag that was seen', async () => {
      const path = '/v1/plans/enterprise/entitlements/instances';
      expect((await send('PUT', path, { limit: 5 }, { 'if-match': '"v1"' })).status).toBe(412);
      expect((await send('PUT', path, { limit: 5 })).status).toBe(201);
      expect((await send('PUT', path, { limit: 6 }, { 'if-match': '"v1"' })).body).toMatchObject({ etag: 'v2' });
      expect((await send('DELETE', path, undefined, { 'if-match': '"v1"' })).status).toBe(412);
      expect((await send('DELETE', path, undefined, { 'if-match': '"v2"' })).status).toBe(204);
      expect(await send('DELETE', path)).toMatchObject({ status: 404, body: { code: 'entitlement_not_found' } });
    });
  });

  describe('grants and reservations', () => {
    it('set aside what is left, and say what was used', async () => {
      await ask('POST', '/v1/features', { slug: 'credits', name: 'Credits', kind: 'metered' });
      const slug = await tenant();
      await ask('PUT', `/v1/tenants/${slug}/entitlements/credits`, { limit: '10.5', period: 'day' });
      const made = await send('POST', `/v1/tenants/${slug}/grants`, { feature: 'credits', amount: '2.25' });
      expect(made).toMatchObject({ status: 201, body: { remaining: '2.25', burned: '0', priority: 0, etag: 'v1' } });
      const grant = made.headers.get('location') ?? '';
      const app = await keyOf(slug, ['usage:read', 'usage:write']);
      const path = `/v1/tenants/${slug}/reservations/${newId()}`;
      const wanted = { feature: 'credits', amount: '12.75' };
      expect(await send('PUT', path, wanted, app)).toMatchObject({ status: 201, body: { state: 'open' } });
      expect(await send('PUT', path, wanted, app)).toMatchObject({ status: 200, body: { state: 'open' } });
      const more = `/v1/tenants/${slug}/reservations/${newId()}`;
      expect(await send('PUT', more, { feature: 'credits', amount: '0.01' }, app)).toMatchObject({
        status: 402,
        body: { code: 'quota_exceeded', feature: 'credits', limit: 10.5, usage_decimal: '12.75', balance: 0 },
      });
      expect((await send('GET', grant, undefined, app)).body).toMatchObject({ burned: '2.25', remaining: '0' });
      expect((await send('POST', `${path}/commit`, { amount: '13' }, app)).body).toMatchObject({
        code: 'beyond_reservation',
      });
      for (const status of [200, 200]) {
        expect(await send('POST', `${path}/commit`, { amount: '11' }, app)).toMatchObject({
          status,
          body: { state: 'committed', committed: '11' },
        });
      }
      expect(await send('POST', `${path}/release`, undefined, app)).toMatchObject({
        status: 409,
        body: { code: 'reservation_ended', state: 'committed' },
      });
      expect(await entitled(slug, 'credits')).toMatchObject({
        usage: 11,
        balance_decimal: '1.75',
        reserved_decimal: '0',
      });
      expect((await send('DELETE', grant, undefined, { 'if-match': '"v9"' })).status).toBe(412);
      expect((await send('DELETE', grant)).status).toBe(204);
      expect((await entitled(slug, 'credits')).balance).toBe(0);
      expect(paged.parse(await ask('GET', `/v1/tenants/${slug}/grants?feature=credits`)).data).toHaveLength(1);
      expect((await send('GET', path, undefined, await keyOf(await tenant(), ['usage:read']))).status).toBe(404);
    });

    it.each([
      ['grants', 'POST', '', { feature: 'instances', amount: '0' }, 400],
      ['grants', 'POST', '', { feature: 'instances', amount: '1', expires_at: '2020-01-01T00:00:00Z' }, 422],
      ['grants', 'POST', '', { feature: 'nothing', amount: '1' }, 422],
      ['reservations', 'PUT', `/${newId()}`, { feature: 'instances', amount: '1' }, 409],
      ['reservations', 'PUT', `/${newId()}`, { feature: 'nothing', amount: '1' }, 422],
      ['reservations', 'PUT', '/one', { feature: 'credits', amount: '1', lease_seconds: 0 }, 400],
      ['reservations', 'POST', `/${newId()}/commit`, {}, 404],
    ])('%s that cannot be are refused: %s %s %j', async (what, method, rest, body, status) => {
      const slug = await tenant();
      expect((await send(method, `/v1/tenants/${slug}/${what}${rest}`, body)).status).toBe(status);
    });
  });

  describe('the number of calls', () => {
    const limited = async (terms: object): Promise<{ slug: string; key: Record<string, string> }> => {
      const slug = await tenant();
      const key = await keyOf(slug, ['tenants:read', 'usage:read']);
      await ask('PUT', `/v1/tenants/${slug}/entitlements/api_calls`, terms);
      return { slug, key };
    };
    const call = (slug: string, key: Record<string, string>): Promise<Answered> =>
      send('GET', `/v1/tenants/${slug}`, undefined, key);

    it('of a tenant is refused beyond a hard limit, whoever else calls', async () => {
      const { slug, key } = await limited({ limit: 30, period: 'month' });
      const answers = await statuses(Array.from({ length: 100 }, () => call(slug, key)));
      expect(answers).toEqual([...Array(30).fill(200), ...Array(70).fill(402)]);
      expect((await call(slug, key)).body).toMatchObject({ code: 'quota_exceeded', feature: 'api_calls', limit: 30 });
      expect((await send('GET', `/v1/tenants/${slug}`)).status).toBe(200);
      const other = await tenant();
      expect((await call(other, await keyOf(other, ['tenants:read']))).status).toBe(200);
      expect(await entitled(slug, 'api_calls')).toMatchObject({ has_access: false, usage: 30, balance: 0 });
      await ask('PUT', `/v1/tenants/${slug}/entitlements/api_calls`, { limit: 31, period: 'month' });
      expect(await statuses([call(slug, key), call(slug, key)])).toEqual([200, 402]);
    });

    it('is only counted with a soft limit', async () => {
      const { slug, key } = await limited({ limit: 3, enforcement: 'soft' });
      expect(await statuses(Array.from({ length: 10 }, () => call(slug, key)))).toEqual(Array(10).fill(200));
      const told = await entitled(slug, 'api_calls');
      expect(told).toMatchObject({ has_access: true, limit: 3 });
      expect(told.overage).toBeGreaterThanOrEqual(7);
    });
  });
});
