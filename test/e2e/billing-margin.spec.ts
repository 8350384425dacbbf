import { z } from 'zod';
import { newId } from '../../src/platform/ids.js';
import { encodeCursor } from '../../src/platform/http/pagination.js';
import { BillingWorld, flat, perUnit } from '../setup/billing-runs.js';
import { dayFromToday } from '../setup/costs.js';
import { type Answered, startTestService, type TestService } from '../setup/test-service.js';

const page1 = '/v1/billing/margin?from=2026-03-01&to=2026-03-02&cursor=';
const rate = { currency: 'USD', cpu_core_hour: '0.04', memory_gib_hour: '0.005' };

describe('margin of a running service', () => {
  let service: TestService;
  const day = dayFromToday(-3);
  const next = dayFromToday(-2);

  beforeAll(async () => {
    service = await startTestService();
    await send('POST', '/v1/tenants', { slug: 'acme', name: 'Acme' });
  });
  afterAll(() => service.stop());

  const send = (method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answered> =>
    service.request(method, path, body, headers);

  it('is made of calls that came over the API, by day or by instant', async () => {
    const data = { provider: 'acme', model: 'large', cached: 'beside_input', input_tokens: 10, cost: '0.25' };
    const event = {
      specversion: '1.0',
      id: 'call-1',
      source: 'chat',
      type: 'tenantry.llm.call',
      subject: 'acme',
      time: `${day}T10:00:00Z`,
      data,
    };
    expect((await send('POST', '/v1/usage/events', [event, { ...event, id: 'call-2', data: {} }])).status).toBe(200);
    await service.database.sql('select public.billing_costs_scan(), public.billing_costs_make_due(10)');
    const expected = {
      currencies: [
        {
          currency: 'USD',
          revenue: '0',
          llm_cost: '0.25',
          llm_computed: '0',
          cluster_cost: '0',
          margin: '-0.25',
          margin_percent: null,
        },
      ],
      costs: { llm_calls: '2', llm_unpriced: '1', samples: '0', samples_unpriced: '0' },
      idle: [],
      from: day,
      to: next,
    };
    for (const [from, to] of [
      [day, next],
      [`${day}T00:00:00Z`, `${next}T00:00:00Z`],
    ]) {
      expect(await send('GET', `/v1/tenants/acme/margin?from=${from}&to=${to}`)).toMatchObject({
        status: 200,
        body: expected,
      });
      const { data: rows, ...rest } = z
        .looseObject({ data: z.array(z.unknown()) })
        .parse((await send('GET', `/v1/billing/margin?from=${from}&to=${to}`)).body);
      expect(rows).toMatchObject(expected.currencies);
      expect(rest).toMatchObject({ next_cursor: null, costs: expected.costs, idle: [] });
    }
  });

  it('has the running period in it where that is asked for, fees by their time and usage by the time until now', async () => {
    const world = BillingWorld.in(service.database);
    const meter = (await world.metering.meter()).slug;
    const anchor = `${dayFromToday(-10)}T00:00:00Z`;
    const { tenant } = await world.subscribe({ anchor, components: [flat('62'), perUnit(meter, '0.5')] });
    await world.metering.append([{ tenant, type: meter, time: `${day}T10:00:00Z`, data: '{"value": 4}' }]);
    const ask = async (from: string, to: string, running: boolean): Promise<unknown> =>
      (await send('GET', `/v1/tenants/${tenant.slug}/margin?from=${from}&to=${to}&running=${running}`)).body;
    const whole = [dayFromToday(-10), dayFromToday(40)] as const;
    expect(await ask(...whole, true)).toMatchObject({ currencies: [{ revenue: '64', margin: '64' }] });
    expect(await ask(...whole, false)).toMatchObject({ currencies: [] });
    // Of what is still to come only fees are known.
    const { currencies } = z
      .object({ currencies: z.array(z.object({ revenue: z.string() })) })
      .parse(await ask(dayFromToday(1), dayFromToday(2), true));
    const [length = 0] = [28, 29, 30, 31].filter((n) => Math.abs(Number(currencies[0]?.revenue) - 62 / n) < 1e-9);
    expect(length).toBeGreaterThan(0);
  });

  it('goes by cost rates that are put, and listed newest first', async () => {
    const path = '/v1/billing/cost-rates';
    const first = await send('PUT', path, { ...rate, effective_from: '2026-01-01T00:00:00+01:00', cpu_cores: '64' });
    expect(first).toMatchObject({
      status: 201,
      body: { effective_from: '2025-12-31T23:00:00.000Z', cpu_cores: '64', memory_gib: null, storage_gib_hour: '0' },
    });
    const again = { ...rate, effective_from: '2025-12-31T23:00:00Z' };
    expect((await send('PUT', path, { ...again, cpu_cores: '64.0' })).status).toBe(200);
    expect(await send('PUT', path, { ...again, cpu_core_hour: '0.05' })).toMatchObject({
      status: 200,
      body: { cpu_core_hour: '0.05', etag: 'v2' },
    });
    await send('PUT', path, { ...rate, effective_from: '2026-02-01T00:00:00Z' });
    const page = z.object({
      data: z.array(z.object({ effective_from: z.string() })),
      next_cursor: z.string().nullable(),
    });
    const newest = page.parse((await send('GET', `${path}?limit=1`)).body);
    const oldest = page.parse((await send('GET', `${path}?limit=1&cursor=${newest.next_cursor}`)).body);
    expect([newest, oldest].map(({ data }) => data[0]?.effective_from)).toEqual([
      '2026-02-01T00:00:00.000Z',
      '2025-12-31T23:00:00.000Z',
    ]);
    expect(oldest.next_cursor).toBeNull();
  });

  it.each([
    [
      'a rate with every fault',
      'PUT',
      '/v1/billing/cost-rates',
      { currency: 'XXX', cpu_core_hour: '-1', memory_gib_hour: 1, cpu_cores: 'many' },
      ['/cpu_core_hour', '/cpu_cores', '/currency', '/effective_from', '/memory_gib_hour'],
    ],
    ['no days', 'GET', '/v1/billing/margin', undefined, ['?from', '?to']],
    [
      'days that are none',
      'GET',
      '/v1/billing/margin?from=2026-02-30&to=2026-03-01T10:00:00Z',
      undefined,
      ['?from', '?to'],
    ],
    ['an end before the beginning', 'GET', '/v1/tenants/acme/margin?from=2026-03-02&to=2026-03-02', undefined, ['?to']],
    ['too many days', 'GET', '/v1/tenants/acme/margin?from=2024-01-01&to=2026-01-01', undefined, ['?to']],
    ['a cursor that is none', 'GET', `${page1}${encodeCursor(['USD', 'abc', newId()])}`, undefined, ['?cursor']],
    ['a cursor of no currency', 'GET', `${page1}${encodeCursor(['usd', '1', newId()])}`, undefined, ['?cursor']],
  ])('refuses %s', async (_what, method, path, body, pointers) => {
    const answered = await send(method, path, body);
    expect(answered.status).toBe(400);
    const { errors } = z.object({ errors: z.array(z.object({ pointer: z.string() })) }).parse(answered.body);
    expect([...new Set(errors.map(({ pointer }) => pointer))].sort()).toEqual(pointers);
  });

  it('is nothing that a tenant sees, of itself or of others', async () => {
    const made = await send('POST', '/v1/api-keys', { name: 'k', tenant: 'acme', scopes: ['billing:read'] });
    const headers = { authorization: `Bearer ${z.object({ key: z.string() }).parse(made.body).key}` };
    for (const path of ['/v1/tenants/acme/margin', '/v1/billing/margin']) {
      const answered = await send('GET', `${path}?from=${day}&to=${next}`, undefined, headers);
      expect([path, answered.status]).toEqual([path, 403]);
    }
    expect((await send('GET', '/v1/billing/cost-rates', undefined, headers)).status).toBe(403);
  });
});
