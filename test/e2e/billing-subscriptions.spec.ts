import { z } from 'zod';
import { newId } from '../../src/platform/ids.js';
import { subscription, type Subscription } from '../../src/billing/subscriptions/subscription.js';
import { plan } from '../../src/billing/catalog/plan.js';
import { type Answered, startTestService, type TestService } from '../setup/test-service.js';
import { claimsOfUser, makeToken } from '../setup/user-tokens.js';

const paged = z.object({ data: z.array(subscription), next_cursor: z.string().nullable() });

describe('plans and subscriptions of a running service', () => {
  let service: TestService;

  beforeAll(async () => {
    service = await startTestService();
  });
  afterAll(() => service.stop());

  const send = (method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answered> =>
    service.request(method, path, body, headers);
  const tenant = async (time_zone = 'UTC'): Promise<string> => {
    const slug = `t-${newId().slice(-8)}`;
    expect((await send('POST', '/v1/tenants', { slug, name: slug, time_zone })).status).toBe(201);
    return slug;
  };
  const subscribe = async (slug: string, body: object, headers = {}): Promise<Subscription> => {
    const answer = await send('POST', `/v1/tenants/${slug}/subscriptions`, body, headers);
    expect([answer.status, answer.body]).toEqual([201, expect.anything()]);
    return subscription.parse(answer.body);
  };

  it('sells what a new installation brings along', async () => {
    const list = z.object({ data: z.array(plan) }).parse((await send('GET', '/v1/plans')).body);
    expect(list.data.map(({ id, trial_days }) => [id, trial_days])).toEqual([
      ['enterprise@1', null],
      ['free@1', null],
      ['professional@1', 14],
      ['starter@1', 14],
    ]);
    expect(await send('GET', '/v1/plans/professional@1')).toMatchObject({
      status: 200,
      body: { id: 'professional@1' },
    });
    expect(await send('GET', '/v1/plans/professional@2')).toMatchObject({
      status: 404,
      body: { code: 'plan_not_found' },
    });
  });

  it('lists every version of a plan, newest first, page by page', async () => {
    for (let n = 0; n < 5; n += 1)
      expect((await send('POST', '/v1/plans', { plan: 'many', offers: null })).status).toBe(201);
    const versions = z.object({ data: z.array(plan), next_cursor: z.string().nullable() });
    const path = '/v1/plans/many/versions';
    const whole = versions.parse((await send('GET', path)).body);
    expect(whole).toMatchObject({ data: [5, 4, 3, 2, 1].map((n) => ({ id: `many@${n}` })), next_cursor: null });
    const seen: unknown[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page = versions.parse((await send('GET', `${path}?limit=2${cursor && `&cursor=${cursor}`}`)).body);
      expect(page.data.length).toBeLessThanOrEqual(2);
      seen.push(...page.data);
      cursor = page.next_cursor;
    }
    expect(seen).toEqual(whole.data);
    expect(await send('GET', '/v1/plans/none/versions')).toMatchObject({
      status: 404,
      body: { code: 'plan_not_found' },
    });
    const cursorOf = (key: unknown): string => Buffer.from(JSON.stringify(key)).toString('base64url');
    for (const query of [
      'limit=0',
      'limit=201',
      'cursor=x',
      `cursor=${cursorOf('1')}`,
      `cursor=${cursorOf(1e12)}`,
      'odd=1',
    ])
      expect(await send('GET', `${path}?${query}`)).toMatchObject({ status: 400, body: { code: 'validation_failed' } });
    expect(await send('GET', '/v1/plans/many@1/versions')).toMatchObject({ status: 400 });
    const made = await send('POST', '/v1/api-keys', { name: 'k', tenant: await tenant(), scopes: ['billing:read'] });
    const headers = { authorization: `Bearer ${z.object({ key: z.string() }).parse(made.body).key}` };
    expect((await send('GET', path, undefined, headers)).status).toBe(403);
  });

  it('subscribes, moves and ends, and says so to the tenant', async () => {
    const slug = await tenant('Europe/Vienna');
    const answer = await send('POST', `/v1/tenants/${slug}/subscriptions`, { plan: 'starter', interval: 'month' });
    const made = subscription.parse(answer.body);
    expect(answer.headers.get('location')).toBe(`/v1/subscriptions/${made.id}`);
    expect(made).toMatchObject({
      status: 'trialing',
      plan: 'starter',
      plan_version: 'starter@1',
      currency: 'USD',
      time_zone: 'Europe/Vienna',
      next_period: { index: 0, from: made.started_at },
    });
    expect(await send('GET', `/v1/tenants/${slug}`)).toMatchObject({ body: { plan: 'starter' } });
    const path = `/v1/subscriptions/${made.id}`;
    const moved = await send(
      'POST',
      `${path}/move`,
      { plan: 'professional', at: 'now' },
      { 'if-match': `"${made.etag}"` },
    );
    expect(moved).toMatchObject({
      status: 200,
      body: { plan: 'professional', phases: [{}, { trial: true }, { trial: false }] },
    });
    const stale = await send('POST', `${path}/move`, { plan: 'free', at: 'now' }, { 'if-match': `"${made.etag}"` });
    expect(stale).toMatchObject({ status: 412, body: { code: 'precondition_failed' } });
    expect(await send('POST', `${path}/cancel`, {})).toMatchObject({
      status: 200,
      body: { ends_at: made.next_period.to },
    });
    expect(await send('POST', `${path}/uncancel`)).toMatchObject({ status: 200, body: { ends_at: null } });

    const user = newId();
    await send('PUT', `/v1/tenants/${slug}/members/${user}`, { role: 'owner' });
    const made2 = await send('POST', '/v1/api-keys', { name: 'reader', tenant: slug, scopes: ['billing:read'] });
    const key = z.object({ key: z.string() }).parse(made2.body).key;
    const token = makeToken(service.database.database.keys.jwtSecret, claimsOfUser(user));
    for (const bearer of [key, token]) {
      const headers = { authorization: `Bearer ${bearer}` };
      for (const where of ['/v1/my/subscriptions', `/v1/tenants/${slug}/subscriptions`, '/v1/subscriptions']) {
        const { data } = paged.parse((await send('GET', where, undefined, headers)).body);
        expect(data.map(({ id }) => id)).toEqual([made.id]);
      }
      expect(await send('GET', path, undefined, headers)).toMatchObject({ status: 200, body: { id: made.id } });
      expect((await send('POST', `${path}/cancel`, {}, headers)).status).toBe(403);
    }
  });

  it('answers the same again for the same key', async () => {
    const slug = await tenant();
    const headers = { 'idempotency-key': newId() };
    const body = { plan: 'free', interval: 'month' };
    const made = await subscribe(slug, body, headers);
    const again = await send('POST', `/v1/tenants/${slug}/subscriptions`, body, headers);
    expect(again).toMatchObject({ status: 201, body: { id: made.id } });
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(await send('POST', `/v1/tenants/${slug}/subscriptions`, body)).toMatchObject({
      status: 409,
      body: { code: 'tenant_has_subscription', subscription_id: made.id },
    });
    const newPlan = { 'idempotency-key': newId() };
    const published = await send('POST', '/v1/plans', { plan: 'again', offers: null }, newPlan);
    expect((await send('POST', '/v1/plans', { plan: 'again', offers: null }, newPlan)).body).toEqual(published.body);
    const moving = { 'idempotency-key': newId() };
    const moved = await send('POST', `/v1/subscriptions/${made.id}/move`, { plan: 'starter' }, moving);
    expect((await send('POST', `/v1/subscriptions/${made.id}/move`, { plan: 'starter' }, moving)).body).toEqual(
      moved.body,
    );
  });

  it('refuses with 422 and all faults, and 400 where it is not JSON', async () => {
    const slug = await tenant();
    const refused = await send('POST', `/v1/tenants/${slug}/subscriptions`, { plan: 'nothing', interval: 'day' });
    expect(refused).toMatchObject({ status: 422, body: { code: 'subscription_refused' } });
    const { errors } = z.object({ errors: z.array(z.object({ pointer: z.string() })) }).parse(refused.body);
    expect(errors.map(({ pointer }) => pointer)).toEqual(['/interval', '/plan']);
    const tiers = [
      { up_to: '10', unit_amount: '1' },
      { from: '20', up_to: null, unit_amount: '1' },
    ];
    const terms = { price: { model: 'volume', tiers } };
    const component = { key: 'a', kind: 'usage', meter: 'none', proration: 'none', versions: [{ terms }] };
    const offers = [{ interval: 'month', currency: 'EURO', components: [component] }];
    const plan422 = await send('POST', '/v1/plans', { plan: 'x', effective_from: '2020-01-01T00:00:00Z', offers });
    expect(plan422).toMatchObject({ status: 422, body: { code: 'plan_refused' } });
    expect(z.object({ errors: z.array(z.unknown()) }).parse(plan422.body).errors).toHaveLength(4);
    expect(await send('GET', '/v1/plans/x')).toMatchObject({ status: 404 });
    for (const path of ['/v1/plans', '/v1/llm-prices', `/v1/tenants/${slug}/subscriptions`]) {
      expect(await send('POST', path)).toMatchObject({ status: 400 });
      expect(await send('POST', path, [])).toMatchObject({ status: 422 });
    }
  });

  it('keeps what models cost', async () => {
    const amounts = { input: '3', output: '15', cache_read: '0.3', cache_write: '3.75' };
    const price = { provider: 'acme', model: 'm', currency: 'USD', ...amounts };
    expect(await send('POST', '/v1/llm-prices', { prices: [price] })).toMatchObject({
      status: 201,
      body: { data: [amounts] },
    });
    const future = { ...price, effective_from: '2099-01-01T00:00:00Z', input: '2' };
    expect(await send('POST', '/v1/llm-prices', { prices: [future] })).toMatchObject({ status: 201 });
    const row = z.object({
      data: z.array(z.object({ input: z.string(), effective_to: z.string().nullable() })),
      next_cursor: z.string().nullable(),
    });
    const first = row.parse((await send('GET', '/v1/llm-prices?limit=1&provider=acme')).body);
    expect(first.data).toEqual([{ input: '3', effective_to: '2099-01-01T00:00:00Z' }]);
    const second = row.parse(
      (await send('GET', `/v1/llm-prices?limit=1&provider=acme&cursor=${first.next_cursor}`)).body,
    );
    expect(second).toEqual({ data: [{ input: '2', effective_to: null }], next_cursor: null });
  });

  it('limits the members of a tenant to what its plan has', async () => {
    const slug = await tenant();
    const body = {
      plan: 'small',
      offers: [{ interval: 'month', currency: 'USD', components: [] }],
      quotas: { members: '1' },
    };
    expect((await send('POST', '/v1/plans', body)).status).toBe(201);
    await subscribe(slug, { plan: 'small', interval: 'month' });
    expect((await send('PUT', `/v1/tenants/${slug}/members/${newId()}`, { role: 'owner' })).status).toBe(201);
    const second = await send('PUT', `/v1/tenants/${slug}/members/${newId()}`, { role: 'viewer' });
    expect(second).toMatchObject({ status: 402, body: { code: 'quota_exceeded', feature: 'members', limit: 1 } });
    expect(await send('GET', `/v1/tenants/${slug}`)).toMatchObject({ status: 200, body: { plan: 'small' } });
  });
});
