import { execa } from 'execa';
import { z } from 'zod';
import {
  billingRun,
  billingRunEvent,
  billingRunItem,
  type BillingRun,
  openBillingFailure,
} from '../../src/billing/runs/billing-run.js';
import { invoice } from '../../src/billing/invoices/invoice.js';
import { preview } from '../../src/billing/runs/preview.js';
import { BillingWorld, component, flat, perUnit, type Subscribed } from '../setup/billing-runs.js';
import { operatorKey, startTestService, type TestService } from '../setup/test-service.js';

const day = 86_400_000;
const midnight = Math.floor(Date.now() / day) * day;
const at = (days: number): string => new Date(midnight - days * day).toISOString().replace('.000Z', 'Z');
const items = z.object({ data: z.array(billingRunItem), next_cursor: z.string().nullable() });

describe('billing runs over HTTP', () => {
  let service: TestService;
  let world: BillingWorld;
  let meter: string;
  const subscribed: Subscribed[] = [];

  beforeAll(async () => {
    service = await startTestService();
    world = BillingWorld.in(service.database);
    meter = (await world.metering.meter()).slug;
    for (const amount of ['1', '2', '3']) {
      subscribed.push(await world.subscribe({ anchor: at(40), components: [flat(amount), perUnit(meter, '0.5')] }));
    }
    subscribed.push(await world.subscribe({ anchor: at(40), components: [perUnit('nothing', '1')] }));
    const [first] = subscribed;
    if (first === undefined) throw new Error('nobody');
    await world.metering.append([
      { tenant: first.tenant, type: meter, time: at(39), data: '{"value": 4}' },
      { tenant: first.tenant, type: meter, time: at(2), data: '{"value": 10}' },
    ]);
  });
  afterAll(() => service.stop());

  async function ask(method: string, path: string, body?: unknown): Promise<{ status: number; body: unknown }> {
    return service.request(method, path, body);
  }

  async function ended(id: string): Promise<BillingRun> {
    return service.until('the end of the run', async () => {
      const run = billingRun.parse((await ask('GET', `/v1/billing/runs/${id}`)).body);
      return run.finished_at === null ? undefined : run;
    });
  }

  async function events(id: string, after?: string): Promise<{ id: string; event: z.infer<typeof billingRunEvent> }[]> {
    const headers = {
      authorization: `Bearer ${operatorKey}`,
      ...(after === undefined ? {} : { 'last-event-id': after }),
    };
    const text = await (await fetch(`${service.url}/v1/billing/runs/${id}/events`, { headers })).text();
    return [...text.matchAll(/^id: (\d+)\ndata: (.*)$/gm)].map(([, number = '', data = '']) => {
      return { id: number, event: billingRunEvent.parse(JSON.parse(data)) };
    });
  }

  it('previews the invoice that gathers', async () => {
    const answer = await ask('GET', `/v1/subscriptions/${subscribed[0]?.id}/preview`);
    const shown = invoice.parse(answer.body);
    expect(shown).toMatchObject({ state: 'gathering', number: null, total: '3.00', amount_due: '3.00' });
    expect(shown.lines.map(({ kind, quantity, amount }) => [kind, quantity, amount])).toEqual([
      ['recurring', '1', '1.00'],
      ['usage', '4', '2.00'],
    ]);
    const early = await ask('GET', `/v1/subscriptions/${subscribed[0]?.id}/preview?as_of=${at(39)}`);
    expect(invoice.parse(early.body).total).toBe('1.00');
    expect(await ask('GET', '/v1/subscriptions/0199c0de-0000-7000-8000-000000000001/preview')).toMatchObject({
      status: 404,
      body: { code: 'subscription_not_found' },
    });
  });

  it('previews any prices on any history', async () => {
    const tenant = subscribed[0]?.tenant.slug;
    const asked = { tenant, from: at(40), to: at(1), currency: 'JPY' };
    const sold = component({ key: 'c', kind: 'usage', meter }, { model: 'per_unit', unit_amount: '2.05' });
    const shown = preview.parse((await ask('POST', '/v1/billing/previews', { ...asked, components: [sold] })).body);
    expect(shown).toMatchObject({ total: '29', time_zone: 'UTC' });
    expect(shown.lines).toMatchObject([
      { quantity: '14', amount: '29', unrounded: '28.7', explained: [expect.any(String)] },
    ]);
  });

  it('previews a plan on a history that is older than it is', async () => {
    const sold = (amount: string) => [component({ key: 'base', kind: 'recurring' }, { model: 'flat', amount })];
    const { versions: _, ...base } = Object(sold('1')[0]);
    const versions = [{ terms: { price: { model: 'flat', amount: '62' } } }];
    const offers = [{ interval: 'month', currency: 'USD', components: [{ ...base, versions }] }];
    expect((await ask('POST', '/v1/plans', { plan: 'tomorrow', offers })).status).toBe(201);
    const asked = { tenant: subscribed[0]?.tenant.slug, from: at(40), to: at(9), currency: 'USD' };
    const planned = { ...asked, plan: 'tomorrow', version: 1, interval: 'month' };
    expect(preview.parse((await ask('POST', '/v1/billing/previews', planned)).body).total).toBe('62.00');
    // 31 days: 16 of the first price that holds, whichever was named first, and 15 of the next: 62 x 16 / 31 + 31 x 15 / 31 = 47.
    const later = { effective_from: at(24), terms: { price: { model: 'flat', amount: '31' } } };
    const first = { effective_from: at(39), terms: { price: { model: 'flat', amount: '62' } } };
    const components = [{ ...base, versions: [later, first] }];
    const shown = preview.parse((await ask('POST', '/v1/billing/previews', { ...asked, components })).body);
    expect(shown.lines.map(({ from, amount }) => [from, amount])).toEqual([
      [at(40), '32.00'],
      [at(24), '15.00'],
    ]);
  });

  it('refuses a preview with every fault', async () => {
    const tiers = [
      { up_to: '10', unit_amount: '1' },
      { from: '11', up_to: null, unit_amount: '-1' },
    ];
    const sold = component({ key: 'c', kind: 'usage', meter: 'no_such_meter' }, { model: 'graduated', tiers });
    const asked = { tenant: 'x', from: at(1), to: at(1), currency: 'XYZ', time_zone: 'Mars/Base', components: [sold] };
    const answer = await ask('POST', '/v1/billing/previews', asked);
    expect(answer).toMatchObject({ status: 422, body: { code: 'preview_refused' } });
    const { errors } = z.object({ errors: z.array(z.object({ pointer: z.string() })) }).parse(answer.body);
    expect(errors.map(({ pointer }) => pointer).sort()).toEqual([
      '/components/0/meter',
      '/components/0/versions/0/terms/price/tiers/1/from',
      '/components/0/versions/0/terms/price/tiers/1/unit_amount',
      '/currency',
      '/time_zone',
      '/to',
    ]);
    expect(await ask('POST', '/v1/billing/previews', { ...asked, to: at(0), plan: 'x' })).toMatchObject({
      status: 422,
      body: { code: 'preview_refused' },
    });
  });

  it('npm run billing:run shows what would be billed, and says what it came to', async () => {
    const env = { NODE_OPTIONS: '', TENANTRY_KEY: operatorKey, TENANTRY_URL: service.url };
    const run = (...args: string[]) =>
      execa(process.execPath, ['scripts/billing-run.mjs', '--dry-run', ...args], { env, reject: false });
    const one = await run('--tenant', subscribed[0]?.tenant.slug ?? '', '--as-of', new Date().toISOString());
    expect({ exitCode: one.exitCode, stdout: one.stdout }).toEqual({
      exitCode: 0,
      stdout: expect.stringMatching(/3\.00 USD\n/),
    });
    expect(one.stderr).toMatch(/succeeded, 1 subscriptions due: 1 done, 0 failed, 3\.00 USD$/);
    const all = await run();
    expect({ exitCode: all.exitCode, stdout: all.stdout }).toEqual({
      exitCode: 1,
      stdout: expect.stringMatching(/failed +1\nUSD +8\.00\n\ntenant .*: meter_not_found\n/),
    });
  });

  it.each([
    ['a time that is none', ['--as-of', 'never'], '/as_of'],
    ['a variable that was never set: nobody is billed now instead', ['--as-of', ''], '/as_of'],
    ['a day that there is not', ['--as-of', '2026-02-30T00:00:00Z'], '/as_of'],
    ['a future that is not dry', ['--as-of', '2099-01-01T00:00:00Z'], 'as_of_in_future'],
    ['a future too far', ['--dry-run', '--as-of', '2099-01-01T00:00:00Z'], 'more than 10 years ahead'],
    ['a tenant without a name', ['--tenant', ''], '/tenants/0'],
    ['nobody', ['--tenant', 'nobody-at-all'], 'tenant_not_found'],
    ['an option that is none', ['--dry'], "Unknown option '--dry'"],
    ['a word', ['now'], "Unexpected argument 'now'"],
    ['an option without its value', ['--as-of'], 'argument missing'],
  ])('npm run billing:run refuses %s, and asks for nothing', async (_what, args, message) => {
    const env = { NODE_OPTIONS: '', TENANTRY_KEY: operatorKey, TENANTRY_URL: service.url };
    const before = (await ask('GET', '/v1/billing/runs')).body;
    const { exitCode, stdout, stderr } = await execa(process.execPath, ['scripts/billing-run.mjs', ...args], {
      env,
      reject: false,
    });
    expect({ exitCode, stdout, stderr }).toEqual({ exitCode: 2, stdout: '', stderr: expect.stringContaining(message) });
    expect((await ask('GET', '/v1/billing/runs')).body).toEqual(before);
  });

  it('npm run billing:run -- --help says how, and asks for nothing', async () => {
    const args = ['scripts/billing-run.mjs', '--help'];
    const { exitCode, stdout } = await execa(process.execPath, args, { env: { NODE_OPTIONS: '' }, reject: false });
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: expect.stringContaining('--as-of <RFC 3339>') });
  });

  it('refuses a run in the future that is not dry', async () => {
    const answer = await ask('POST', '/v1/billing/runs', { as_of: '2099-01-01T00:00:00Z' });
    expect(answer).toMatchObject({ status: 422, body: { code: 'as_of_in_future', errors: [{ pointer: '/as_of' }] } });
    expect(await ask('POST', '/v1/billing/runs', { as_of: '2099-01-01T00:00:00Z', dry_run: true })).toMatchObject({
      status: 422,
      body: { code: 'as_of_in_future', errors: [{ message: 'is more than 10 years ahead' }] },
    });
    expect(await ask('POST', '/v1/billing/runs', { tenants: ['nobody-at-all'] })).toMatchObject({
      status: 404,
      body: { code: 'tenant_not_found' },
    });
  });

  it('a dry run writes nothing, up to any day', async () => {
    const asOf = new Date(midnight + 40 * day).toISOString();
    const tenants = [subscribed[0]?.tenant.slug];
    const created = await ask('POST', '/v1/billing/runs', { as_of: asOf, dry_run: true, tenants });
    expect(created.status).toBe(202);
    const run = await ended(billingRun.parse(created.body).id);
    expect(run).toMatchObject({ status: 'succeeded', dry_run: true, failures: [] });
    const { data } = items.parse((await ask('GET', `/v1/billing/runs/${run.id}/items`)).body);
    expect(
      data
        .slice(0, 2)
        .map(({ period, amount, invoice_id, lines }) => [period.index, amount, invoice_id, lines?.length]),
    ).toEqual([
      [0, '3.00', null, 2],
      [1, '6.00', null, 2],
    ]);
    const rows = await service.database.sql('select 1 from public.billing_invoices where number is not null');
    expect(rows).toHaveLength(0);
  });

  it('bills, tells its progress, and ends with its sums and failures', async () => {
    const created = await ask('POST', '/v1/billing/runs', {});
    const { id } = billingRun.parse(created.body);
    const told = await events(id);
    const last = told.at(-1);
    expect(last?.event).toMatchObject({
      type: 'end',
      run: {
        status: 'succeeded',
        total: 4,
        progress: { done: 4, invoiced: 3, failed: 1 },
        amounts: { USD: '8.00' },
        failures: [{ error: { code: 'meter_not_found' } }],
      },
    });
    expect(await events(id, last?.id)).toEqual([]);
    expect(await events(id, '0')).toMatchObject([{ id: last?.id }]);
    const page = items.parse((await ask('GET', `/v1/billing/runs/${id}/items?limit=3`)).body);
    const rest = items.parse(
      (await ask('GET', `/v1/billing/runs/${id}/items?limit=3&cursor=${page.next_cursor}`)).body,
    );
    expect([...page.data, ...rest.data].map(({ outcome }) => outcome).toSorted()).toEqual([
      'failed',
      'invoiced',
      'invoiced',
      'invoiced',
    ]);
    const failed = items.parse((await ask('GET', `/v1/billing/runs/${id}/items?outcome=failed`)).body);
    expect(failed.data).toHaveLength(1);
    const open = z
      .object({ data: z.array(openBillingFailure), next_cursor: z.string().nullable() })
      .parse((await ask('GET', '/v1/billing/failures?limit=1')).body);
    expect(open).toMatchObject({
      data: [{ subscription_id: subscribed[3]?.id, kind: 'period', error: { code: 'meter_not_found' }, attempts: 1 }],
      next_cursor: null,
    });
    const after = Buffer.from(JSON.stringify([subscribed[3]?.id, 'period', 0])).toString('base64url');
    expect(await ask('GET', `/v1/billing/failures?cursor=${after}`)).toMatchObject({ status: 200, body: { data: [] } });
    expect(await ask('GET', '/v1/billing/failures?cursor=x')).toMatchObject({ status: 400 });
    const listed = z.object({ data: z.array(billingRun) }).parse((await ask('GET', '/v1/billing/runs')).body);
    expect(listed.data[0]?.id).toBe(id);
  });

  it('cancels what waits, and nothing that has ended', async () => {
    await service.database.sql(`insert into public.tasks (id, queue, subject, state, lease_until, worker)
      values ('0199c0de-0000-7000-8000-000000000002', 'billing', 'run', 'running', now() + interval '1 hour', 'somebody')`);
    const { id } = billingRun.parse((await ask('POST', '/v1/billing/runs', {})).body);
    expect(await ask('POST', `/v1/billing/runs/${id}/cancel`)).toMatchObject({
      status: 200,
      body: { status: 'cancelled' },
    });
    expect(await ask('POST', `/v1/billing/runs/${id}/cancel`)).toMatchObject({
      status: 409,
      body: { code: 'billing_run_not_cancellable' },
    });
    expect(await ask('POST', '/v1/billing/runs/0199c0de-0000-7000-8000-000000000003/cancel')).toMatchObject({
      status: 404,
      body: { code: 'billing_run_not_found' },
    });
  });
});
