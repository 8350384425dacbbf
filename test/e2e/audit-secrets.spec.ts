import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { Invoices } from '../setup/invoices.js';
import { startTestService, type TestService } from '../setup/test-service.js';

const canary = 'canary-8d2f4e61';

const document = z.object({ paths: z.record(z.string(), z.record(z.string(), z.object({ operationId: z.string() }))) });

/** What each writing route is sent, with a canary wherever a secret may stand. */
interface Sent {
  readonly path: string;
  readonly body?: unknown;
  /** 2xx unless told otherwise. */
  readonly status?: number;
}

describe('no secret is in the trail, whichever route it came by', () => {
  let service: TestService;
  const values = (secret: string): object => ({ secrets: { API_TOKEN: secret } });

  beforeAll(async () => {
    service = await startTestService();
  });
  afterAll(() => service.stop());

  async function writingRoutes(): Promise<string[]> {
    const text = await readFile(new URL('../../docs/openapi.json', import.meta.url), 'utf8');
    const { paths } = document.parse(JSON.parse(text));
    return Object.entries(paths).flatMap(([, methods]) =>
      Object.entries(methods)
        .filter(([method]) => method !== 'get')
        .map(([, { operationId }]) => operationId),
    );
  }

  async function send(method: string, { path, body, status }: Sent): Promise<unknown> {
    const answer = await service.request(method, path, body, { 'x-canary': canary });
    if (status === undefined) expect([path, answer.status < 300]).toEqual([path, true]);
    else expect([path, answer.status]).toEqual([path, status]);
    return answer.body;
  }

  /** Of four invoices: one is paid, one taken back, one void, one written off. */
  async function billInvoices(go: (name: string, method: string, request: Sent) => Promise<unknown>): Promise<void> {
    const tenant = z.object({ id: z.string() }).parse((await service.request('GET', '/v1/tenants/acme')).body);
    const invoices = new Invoices(service.database, tenant.id);
    const draft = async (): Promise<string> => `/v1/invoices/${await invoices.draft()}`;
    const [paid, back, gone, off] = [await draft(), await draft(), await draft(), await draft()];
    for (const path of [paid, back, off]) await go('finalizeInvoice', 'POST', { path: `${path}/finalize` });
    await go('payInvoice', 'POST', { path: `${paid}/pay`, body: {} });
    await go('createCreditNote', 'POST', { path: `${back}/credit-notes`, body: { reason: 'wrong', all: true } });
    await go('voidInvoice', 'POST', { path: `${gone}/void`, body: { reason: 'wrong' } });
    await go('writeOffInvoice', 'POST', { path: `${off}/uncollectible`, body: { reason: 'gone' } });
  }

  it('with a canary in every route that writes', async () => {
    const { default: blueprint } = await import('../../helm/blueprints/web-app/blueprint.json', {
      with: { type: 'json' },
    });
    const operation = z.object({ operation: z.object({ id: z.string() }) });
    const started = z.object({ instance: z.object({ id: z.string() }), operation: z.object({ id: z.string() }) });
    const key = z.object({ id: z.string(), key: z.string().startsWith('tnt_') });
    const end = async (body: unknown): Promise<void> => {
      const { id } = operation.parse(body).operation;
      await service.ended(await service.operation(id));
    };
    const sent = new Set<string>();
    const go = (name: string, method: string, request: Sent): Promise<unknown> => {
      sent.add(name);
      return send(method, request);
    };

    await go('createTenant', 'POST', { path: '/v1/tenants', body: { slug: 'acme', name: 'Acme' } });
    await go('changeTenant', 'PATCH', { path: '/v1/tenants/acme', body: { name: 'Acme 2' } });
    await go('publishBlueprint', 'POST', { path: '/v1/blueprints', body: blueprint });
    const withDefault = { ...blueprint, values: { ...blueprint.values, secrets: { API_TOKEN: canary } } };
    await go('publishBlueprint', 'POST', { path: '/v1/blueprints', body: withDefault, status: 400 });
    const created = await go('createInstance', 'POST', {
      path: '/v1/tenants/acme/instances',
      body: { name: 'main', blueprint: 'web-app', values: values(canary) },
    });
    const { id } = started.parse(created).instance;
    await end(created);
    const put = { blueprint: 'web-app', values: values(`${canary}-2`) };
    await end(await go('putInstance', 'PUT', { path: '/v1/tenants/acme/instances/main', body: put }));
    await go('putInstance', 'PUT', {
      path: '/v1/tenants/acme/instances/main',
      body: { ...put, values: { secrets: canary } },
      status: 422,
    });
    await end(
      await go('upgradeInstance', 'POST', {
        path: `/v1/instances/${id}/upgrade`,
        body: { values: values(`${canary}-3`) },
      }),
    );
    for (const action of ['stop', 'start', 'restart', 'repair']) {
      await end(await go(`${action}Instance`, 'POST', { path: `/v1/instances/${id}/${action}` }));
    }
    await go('checkInstanceDrift', 'POST', { path: `/v1/instances/${id}/drift/check` });
    await go('scanFleet', 'POST', { path: '/v1/drift/scan' });
    const doomed = started.parse(await send('PUT', { path: '/v1/tenants/acme/instances/other', body: put }));
    sent.add('cancelOperation');
    await service.request('POST', `/v1/operations/${doomed.operation.id}/cancel`);
    await service.ended(await service.operation(doomed.operation.id));
    const run = { path: '/v1/billing/runs', body: { dry_run: true }, status: 202 };
    const { id: runId } = z.object({ id: z.string() }).parse(await go('createBillingRun', 'POST', run));
    const previewed = { tenant: 'acme', from: '2026-01-01T00:00:00Z', to: '2026-02-01T00:00:00Z', currency: 'USD' };
    await go('createBillingPreview', 'POST', { path: '/v1/billing/previews', body: { ...previewed, components: [] } });
    sent.add('cancelBillingRun');
    await service.request('POST', `/v1/billing/runs/${runId}/cancel`);
    await go('rebuildUsage', 'POST', { path: '/v1/usage/rebuild', body: { day: '2026-01-01' } });
    const limit = { limit: 10 };
    const seats = { slug: 'seats', name: 'Seats', kind: 'metered' };
    await go('createFeature', 'POST', { path: '/v1/features', body: seats });
    await go('changeFeature', 'PATCH', { path: '/v1/features/seats', body: { name: 'Seat' } });
    await go('putPlanEntitlement', 'PUT', { path: '/v1/plans/free/entitlements/seats', body: limit });
    await go('putTenantEntitlement', 'PUT', { path: '/v1/tenants/acme/entitlements/seats', body: limit });
    const grant = { path: '/v1/tenants/acme/grants', body: { feature: 'seats', amount: '1' } };
    const granted = z.object({ id: z.string() }).parse(await go('createGrant', 'POST', grant));
    const [one, two] = ['1', '2'].map((n) => `/v1/tenants/acme/reservations/0199c0de-0000-7000-8000-00000000000${n}`);
    for (const path of [`${one}`, `${two}`]) await go('putReservation', 'PUT', { path, body: grant.body });
    await go('commitReservation', 'POST', { path: `${one}/commit`, body: {} });
    await go('releaseReservation', 'POST', { path: `${two}/release` });
    await go('voidGrant', 'DELETE', { path: `/v1/tenants/acme/grants/${granted.id}` });
    const price = { price: { model: 'flat', amount: '1' } };
    const sold = { key: 'base', kind: 'recurring', proration: 'none', versions: [{ terms: price }] };
    const offers = [{ interval: 'month', currency: 'USD', components: [sold] }];
    await go('publishPlan', 'POST', { path: '/v1/plans', body: { plan: 'team', offers } });
    const perMillion = { input: '1', output: '2', cache_read: '0', cache_write: '0' };
    const llmPrice = { provider: 'test', model: 'test', currency: 'USD', ...perMillion };
    await go('addLlmPrices', 'POST', { path: '/v1/llm-prices', body: { prices: [llmPrice] } });
    const subscribe = { plan: 'team', interval: 'month', trial_days: 1, trial_end: 'suspend' };
    // A tenant of its own: acme has one for its invoices.
    await send('POST', { path: '/v1/tenants', body: { slug: 'subscriber', name: 'Subscriber' } });
    const subscribed = await go('createSubscription', 'POST', {
      path: '/v1/tenants/subscriber/subscriptions',
      body: subscribe,
    });
    const subscription = `/v1/subscriptions/${z.object({ id: z.string() }).parse(subscribed).id}`;
    await go('activateSubscription', 'POST', { path: `${subscription}/activate` });
    const override = { component: 'base', terms: price };
    const overridden = z
      .object({ overrides: z.tuple([z.object({ id: z.string() })]) })
      .parse(await go('addSubscriptionOverride', 'POST', { path: `${subscription}/overrides`, body: override }));
    const [{ id: overrideId }] = overridden.overrides;
    await go('endSubscriptionOverride', 'DELETE', { path: `${subscription}/overrides/${overrideId}` });
    await go('moveSubscription', 'POST', { path: `${subscription}/move`, body: { plan: 'starter' } });
    await go('cancelSubscription', 'POST', { path: `${subscription}/cancel`, body: {} });
    await go('uncancelSubscription', 'POST', { path: `${subscription}/uncancel` });
    const paid = { amount: '1', currency: 'USD', reference: 'pi_1' };
    const credit = await go('addCredit', 'POST', { path: '/v1/tenants/acme/credits', body: paid });
    const { id: creditId } = z.object({ id: z.string() }).parse(credit);
    const overdraft = { path: '/v1/tenants/acme/credits/overdraft', body: { currency: 'USD', amount: '5' } };
    await go('setCreditOverdraft', 'PUT', overdraft);
    const rate = { effective_from: '2026-01-01T00:00:00Z', currency: 'USD', cpu_core_hour: '1', memory_gib_hour: '1' };
    await go('putCostRate', 'PUT', { path: '/v1/billing/cost-rates', body: rate });
    await go('voidCredit', 'DELETE', { path: `/v1/tenants/acme/credits/${creditId}` });
    await go('removeTenantEntitlement', 'DELETE', { path: '/v1/tenants/acme/entitlements/seats' });
    await go('removePlanEntitlement', 'DELETE', { path: '/v1/plans/free/entitlements/seats' });
    await go('createFeature', 'POST', { path: '/v1/features', body: { ...seats, slug: 'gone' } });
    await go('deleteFeature', 'DELETE', { path: '/v1/features/gone' });
    await go('putSeller', 'PUT', { path: '/v1/billing/seller', body: { name: 'We' } });
    await go('putBillingDetails', 'PUT', { path: '/v1/tenants/acme/billing-details', body: { name: 'Acme' } });
    await billInvoices(go);
    const member = '/v1/tenants/acme/members/0199c0de-0000-7000-8000-000000000001';
    await go('putMember', 'PUT', { path: member, body: { role: 'viewer' } });
    await go('removeMember', 'DELETE', { path: member });
    await go('flushUserTokens', 'POST', { path: '/v1/user-tokens/flush' });
    const body = { name: 'ci', tenant: 'acme', scopes: ['instances:read'] };
    const made = key.parse(await go('createApiKey', 'POST', { path: '/v1/api-keys', body }));
    const rotate = { path: `/v1/api-keys/${made.id}/rotate`, body: { overlap_seconds: 60 } };
    const rotated = key.parse(await go('rotateApiKey', 'POST', rotate));
    await go('revokeApiKey', 'DELETE', { path: `/v1/api-keys/${rotated.id}` });
    // Events are no changes that somebody answers for: none of them is in the trail, and nobody's word in them.
    const event = { specversion: '1.0', id: canary, source: canary, type: canary, subject: 'acme', data: canary };
    await go('ingestUsageEvents', 'POST', { path: '/v1/usage/events', body: event });
    const counting = { aggregation: 'count', filters: { '$.key': ['a'] }, group_by: { key: '$.key' } };
    const meterBody = { slug: 'calls', event_type: 'call', ...counting };
    await go('createMeter', 'POST', { path: '/v1/meters', body: meterBody });
    await go('changeMeter', 'PATCH', { path: '/v1/meters/calls', body: { name: 'Calls' } });
    const version = { event_type: 'call', aggregation: 'count', valid_from: '2020-01-01T00:00:00Z' };
    await go('createMeterVersion', 'POST', { path: '/v1/meters/calls/versions', body: version, status: 422 });
    await go('deleteMeter', 'DELETE', { path: '/v1/meters/calls' });
    // Which event was taken back is in the trail, and nothing of what it said.
    await send('POST', { path: '/v1/usage/events', body: { ...event, source: 'test', id: 'twice' } });
    const taken = { source: 'test', id: 'twice', reason: 'sent twice' };
    await go('voidUsageEvent', 'POST', { path: '/v1/tenants/acme/usage/events/void', body: taken });
    const openMeter = { slug: 'calls', eventType: 'call', aggregation: 'COUNT' };
    await go('openMeterCreateMeter', 'POST', { path: '/api/v1/meters', body: openMeter });
    await go('openMeterUpdateMeter', 'PUT', { path: '/api/v1/meters/calls', body: { name: 'Calls' } });
    const filter = { filterGroupBy: { key: [canary] } };
    await go('openMeterQueryMeterPost', 'POST', { path: '/api/v1/meters/calls/query', body: filter, status: 400 });
    await go('openMeterDeleteMeter', 'DELETE', { path: '/api/v1/meters/calls' });
    await go('openMeterUpsertSubjects', 'POST', { path: '/api/v1/subjects', body: [{ key: 'acme' }] });
    await go('openMeterIngestEvents', 'POST', { path: '/api/v1/events', body: { ...event, id: `${canary}-2` } });
    const nobody = '0198c000-0000-7000-8000-000000000000';
    await go('takeStripeEvent', 'POST', {
      path: '/v1/webhooks/stripe',
      body: { id: canary, type: canary },
      status: 400,
    });
    await go('replayWebhookEvent', 'POST', { path: `/v1/billing/webhook-events/${canary}/replay`, status: 404 });
    await go('retryPayment', 'POST', { path: `/v1/billing/payments/${nobody}/retry`, status: 404 });
    await go('resumeSubscription', 'POST', { path: `/v1/subscriptions/${nobody}/resume`, status: 404 });
    await end(await go('uninstallInstance', 'DELETE', { path: `/v1/instances/${id}` }));
    await go('deleteTenant', 'DELETE', { path: '/v1/tenants/acme?cascade=true' });
    await service.request('GET', '/v1/tenants', undefined, { authorization: `Bearer ${canary}-0123456789-0123456789` });

    // A route that is new must be sent a canary here too.
    expect([...sent].sort()).toEqual((await writingRoutes()).sort());
    const rows = await service.database.sql<{ row: object }>('select to_jsonb(a) as row from public.audit_log a');
    expect(rows.length).toBeGreaterThan(20);
    expect(JSON.stringify(rows)).toContain('***');
    for (const secret of [canary, made.key, rotated.key]) expect(JSON.stringify(rows)).not.toContain(secret);
    const windows = await service.database.sql('select * from public.denied_attempts');
    expect(JSON.stringify(windows)).not.toContain(canary);
  });
});
