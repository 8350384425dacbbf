import { z } from 'zod';
import { newId } from '../../src/platform/ids.js';
import { subscription, type Subscription } from '../../src/billing/subscriptions/subscription.js';
import { SubscriptionsStore } from '../../src/billing/subscriptions/subscriptions.store.js';
import { entitlement } from '../../src/usage-metrics/quotas/entitlement.js';
import { operator } from '../setup/provisioning.js';
import { Quotas } from '../setup/quotas.js';
import { type Answered, startTestService, type TestService } from '../setup/test-service.js';

const dayMs = 86_400_000;

/** The instant before one, as near as the database tells instants apart. */
function justBefore(at: string): string {
  return new Date(Date.parse(at) - 1).toISOString().replace('Z', '999Z');
}

describe('what a tenant may use of the versions of its plan', () => {
  let service: TestService;
  let quotas: Quotas;

  beforeAll(async () => {
    service = await startTestService({ TENANTRY_ROLES: 'api' });
    quotas = await Quotas.in(service.database);
    await ask('POST', '/v1/blueprints', { name: 'app', chart: { path: 'helm/blueprints/web-app' } });
    await ask('POST', '/v1/features', { slug: 'seats', name: 'Seats', kind: 'metered' });
    await ask('POST', '/v1/features', { slug: 'sso', name: 'Single sign-on', kind: 'boolean' });
    await ask('POST', '/v1/features', { slug: 'region', name: 'Region', kind: 'static' });
  });
  afterAll(() => service.stop());
  afterEach(() => quotas.setClock(null));

  const send = (method: string, path: string, body?: unknown): Promise<Answered> => service.request(method, path, body);
  async function ask(method: string, path: string, body?: unknown): Promise<unknown> {
    const answer = await send(method, path, body);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  }
  const tenant = async (): Promise<string> => {
    const slug = `t-${newId().slice(-8)}`;
    await ask('POST', '/v1/tenants', { slug, name: slug });
    return slug;
  };
  /** A version on these terms, which costs nothing. */
  const publish = async (plan: string, terms: object): Promise<string> => {
    const offers = [{ interval: 'month', currency: 'USD', components: [] }];
    return z.object({ id: z.string() }).parse(await ask('POST', '/v1/plans', { plan, offers, ...terms })).id;
  };
  const subscribe = async (slug: string, plan: string): Promise<Subscription> =>
    subscription.parse(await ask('POST', `/v1/tenants/${slug}/subscriptions`, { plan, interval: 'month' }));
  const move = (of: Subscription, body: object): Promise<Answered> =>
    send('POST', `/v1/subscriptions/${of.id}/move`, body);
  /** What it is allowed, over HTTP: limit, whether single sign-on, and which region. */
  const allowed = async (slug: string): Promise<unknown[]> => {
    const [seats, sso, region] = await Promise.all(
      ['seats', 'sso', 'region'].map(async (feature) =>
        entitlement.parse(await ask('GET', `/v1/tenants/${slug}/entitlements/${feature}`)),
      ),
    );
    return [seats?.limit_decimal, sso?.has_access, region?.value];
  };
  /** Whether so many seats more are given; what is given stays taken. */
  const seated = async (slug: string, amount: string): Promise<number> => {
    const path = `/v1/tenants/${slug}/reservations/${newId()}`;
    const { status } = await send('PUT', path, { feature: 'seats', amount });
    if (status === 201) await ask('POST', `${path}/commit`, {});
    return status;
  };
  const create = async (slug: string): Promise<number> =>
    (await send('POST', `/v1/tenants/${slug}/instances`, { name: `i-${newId().slice(-8)}`, blueprint: 'app' })).status;
  const join = async (slug: string): Promise<number> =>
    (await send('PUT', `/v1/tenants/${slug}/members/${newId()}`, { role: 'owner' })).status;

  const lifetime = (limit: string): object => ({ limit, period: 'lifetime', enforcement: 'hard' });
  const small = {
    features: { seats: lifetime('2'), sso: { enabled: false }, region: { value: 'eu' } },
    quotas: { instances: '1', members: '1' },
  };
  const large = {
    features: { seats: lifetime('5'), sso: { enabled: true }, region: { value: ['eu', 'us'] } },
    quotas: { instances: '2', members: '2' },
  };

  it('changes when a move to another version takes effect, to the instant, and not before', async () => {
    const slug = await tenant();
    await publish('grows', small);
    const subscribed = await subscribe(slug, 'grows');
    const before = ['2', false, 'eu'];
    expect(await allowed(slug)).toEqual(before);
    expect([await seated(slug, '2'), await seated(slug, '1')]).toEqual([201, 402]);
    expect([await create(slug), await create(slug)]).toEqual([202, 402]);
    expect([await join(slug), await join(slug)]).toEqual([201, 402]);

    // Publishing and planning change nothing yet.
    const at = new Date(Math.floor(Date.now() / dayMs) * dayMs + 40 * dayMs).toISOString();
    await publish('grows', { ...large, effective_from: at });
    expect(await allowed(slug)).toEqual(before);
    expect(await move(subscribed, { plan: 'grows@2', at: justBefore(at) })).toMatchObject({
      status: 422,
      body: { code: 'move_refused', errors: [{ pointer: '/plan' }] },
    });
    expect(await move(subscribed, { plan: 'grows', at })).toMatchObject({
      status: 200,
      body: { plan_version: 'grows@1', phases: [{ plan_version: 'grows@1' }, { plan_version: 'grows@2' }] },
    });
    for (const clock of [null, justBefore(at)]) {
      await quotas.setClock(clock);
      expect(await allowed(slug)).toEqual(before);
      expect([await seated(slug, '1'), await create(slug), await join(slug)]).toEqual([402, 402, 402]);
    }

    await quotas.setClock(at);
    expect(await allowed(slug)).toEqual(['5', true, ['eu', 'us']]);
    // What was used before counts on.
    expect([await seated(slug, '3'), await seated(slug, '1')]).toEqual([201, 402]);
    expect([await create(slug), await create(slug)]).toEqual([202, 402]);
    expect([await join(slug), await join(slug)]).toEqual([201, 402]);
  });

  it('shrinks at the end of the period: nothing is taken away, and nothing more is given', async () => {
    const slug = await tenant();
    const [big, little] = [await publish('shrinks', large), await publish('shrinks', small)];
    const subscribed = await subscribe(slug, big);
    expect([await seated(slug, '4'), await create(slug), await create(slug)]).toEqual([201, 202, 202]);
    expect((await move(subscribed, { plan: little, at: 'period_end' })).status).toBe(200);
    const at = subscribed.next_period.to;
    await quotas.setClock(justBefore(at));
    expect(await allowed(slug)).toEqual(['5', true, ['eu', 'us']]);
    expect(await seated(slug, '1')).toBe(201);
    await quotas.setClock(at);
    expect(await allowed(slug)).toEqual(['2', false, 'eu']);
    expect(await ask('GET', `/v1/tenants/${slug}/entitlements/seats`)).toMatchObject({
      has_access: false,
      usage: 5,
      balance: 0,
      limit: 2,
    });
    expect([await seated(slug, '1'), await create(slug)]).toEqual([402, 402]);
    const kept = z.object({ data: z.array(z.unknown()) }).parse(await ask('GET', `/v1/instances?tenant=${slug}`));
    expect(kept.data).toHaveLength(2);
  });

  it('is moved at once for who is moved, and for nobody else on the version', async () => {
    const [moved, stays] = [await tenant(), await tenant()];
    await publish('splits', small);
    const subscribed = await subscribe(moved, 'splits');
    await subscribe(stays, 'splits');
    await publish('splits', large);
    expect((await move(subscribed, { plan: 'splits' })).status).toBe(200);
    expect(await allowed(moved)).toEqual(['5', true, ['eu', 'us']]);
    expect(await allowed(stays)).toEqual(['2', false, 'eu']);
  });

  it('is by the name of the plan too, before anybody has put the tenant on it', async () => {
    const slug = await tenant();
    const quota = (plan: string, limit: string): Promise<unknown> =>
      ask('PUT', `/v1/plans/${plan}/entitlements/seats`, lifetime(limit));
    await quota('starter', '3');
    await quota('professional', '9');
    const subscribed = await subscribe(slug, 'starter');
    const at = new Date(Date.now() + 20 * dayMs).toISOString();
    expect((await move(subscribed, { plan: 'professional', at })).status).toBe(200);
    const limit = async (): Promise<unknown> => (await allowed(slug))[0];
    await quotas.setClock(justBefore(at));
    expect(await limit()).toBe('3');
    await quotas.setClock(at);
    expect(await limit()).toBe('9');
    // From then on whoever changes the plan by hand has the last word.
    await service.app.get(SubscriptionsStore, { strict: false }).advance(subscribed.id, at, operator);
    expect(await limit()).toBe('9');
    await ask('PATCH', `/v1/tenants/${slug}`, { plan: 'starter' });
    expect(await limit()).toBe('3');
  });

  it('stays as it is where a move is refused, or is planned and taken back by another', async () => {
    const slug = await tenant();
    await publish('wavers', small);
    const subscribed = await subscribe(slug, 'wavers');
    await publish('wavers', large);
    const at = new Date(Date.now() + 10 * dayMs).toISOString();
    expect((await move(subscribed, { plan: 'wavers@2', at: '2026-01-01T00:00:00Z' })).status).toBe(422);
    expect((await move(subscribed, { plan: 'wavers@2', at })).status).toBe(200);
    expect((await move(subscribed, { plan: 'wavers@1', at: 'now' })).status).toBe(200);
    await quotas.setClock(at);
    expect(await allowed(slug)).toEqual(['2', false, 'eu']);
  });
});
