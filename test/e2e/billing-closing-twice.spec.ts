import { z } from 'zod';
import { ChangingBilling, code, day, decimal } from '../setup/changing-billing.js';

describe('bad amounts, and what is closed already, are refused with all faults, and change nothing', () => {
  let billing: ChangingBilling;

  beforeAll(async () => {
    billing = await ChangingBilling.start();
  });
  afterAll(() => billing.stop());

  it('what things cost, and credits', async () => {
    const at = '2027-01-01T00:00:00Z';
    const amounts = { input: '-1', output: '1000000000001', cache_read: '1e3', cache_write: 3 };
    const price = { provider: 'p', model: 'm', effective_from: at, currency: 'GOLD', ...amounts };
    const prices = [{ ...price, effective_to: at }, price, { ...price, odd: 1 }];
    const faults = (index: number): string[] => [
      `/prices/${index}/cache_read ${decimal}`,
      `/prices/${index}/cache_write Invalid input: expected string, received number`,
      `/prices/${index}/currency ${code}`,
      `/prices/${index}/input must not be negative`,
      `/prices/${index}/output must be at most 1000000000000`,
    ];
    expect(await billing.refused('POST', '/v1/llm-prices', { prices })).toEqual([
      '422 prices_refused',
      ...[
        ...[0, 1, 2].flatMap(faults),
        '/prices/0/effective_to must be after it takes effect',
        '/prices/1/effective_from overlaps with another price of the model',
        '/prices/2/effective_from overlaps with another price of the model',
        '/prices/2/odd is not known here',
      ].sort(),
    ]);
    const rate = {
      effective_from: 'now',
      currency: 'X',
      cpu_core_hour: '-1',
      memory_gib_hour: '1000000000001',
      cpu_cores: 'many',
    };
    expect(await billing.refused('PUT', '/v1/billing/cost-rates', rate)).toEqual([
      '400 validation_failed',
      '/cpu_core_hour must not be negative',
      `/cpu_cores ${decimal}`,
      `/currency ${code}`,
      expect.stringMatching(/^\/effective_from /),
      '/memory_gib_hour must be at most 1000000000000',
    ]);
    const credit = { amount: '-0.001', currency: 'USD', reference: 'r', effective_at: at, expires_at: at, odd: 1 };
    expect(await billing.refused('POST', '/v1/tenants/acme/credits', credit)).toEqual([
      '400 validation_failed',
      '/amount must have at most 2 decimals in USD',
      '/amount must not be negative',
      '/expires_at must be after it takes effect',
      '/odd is not known here',
    ]);
    const range = `from=2026-03-01&to=2026-03-01&odd=1`;
    for (const path of ['/v1/billing/margin', '/v1/tenants/acme/margin']) {
      expect(await billing.refused('GET', `${path}?${range}`)).toEqual([
        '400 validation_failed',
        '?odd is not known here',
        '?to must be after `from`',
      ]);
    }
    expect(await billing.refused('POST', '/v1/billing/runs', { as_of: day(1) })).toEqual([
      '422 as_of_in_future',
      '/as_of lies in the future: only a dry run may look there',
    ]);
  });

  it('what is taken back of an invoice', async () => {
    const path = `/v1/invoices/${billing.invoiceId}/credit-notes`;
    const lines = [{ line: 99, amount: '0.001' }, { amount: '1.5' }, { line: 77, amount: '1' }];
    expect(await billing.refused('POST', path, { reason: 'r', lines })).toEqual([
      '422 credit_note_invalid',
      '/lines/0/amount must have at most 2 decimals in USD',
      '/lines/0/line is no line of the invoice',
      '/lines/2/line is no line of the invoice',
    ]);
    expect(await billing.refused('POST', path, { reason: '', amount: '-1', all: true })).toEqual([
      '400 validation_failed',
      ' must have exactly one of lines, amount and all',
      '/amount must not be negative',
      expect.stringMatching(/^\/reason /),
    ]);
    expect(await billing.refused('POST', path, { reason: 'r', amount: '31.01' })).toEqual(['422 exceeds_invoice']);
    expect(await billing.refused('POST', `/v1/invoices/${billing.invoiceId}/pay`, { amount: '0.001' })).toEqual([
      '422 amount_invalid',
      '/amount must have at most 2 decimals in USD',
    ]);
  });

  it('closing twice', async () => {
    // The period: a second run, that knows of no lease, finds nothing to do.
    const before = await billing.digest.take();
    await billing.world.bill();
    expect(await billing.digest.take()).toEqual(before);

    const finalized = await billing.digest.take();
    const again = await billing.send('POST', `/v1/invoices/${billing.invoiceId}/finalize`);
    expect(again).toMatchObject({ status: 200, body: { state: 'finalized' } });
    expect(await billing.digest.take()).toEqual(finalized);
    await billing.ask('POST', `/v1/invoices/${billing.invoiceId}/void`, { reason: 'Once' });
    const voided = await billing.digest.take();
    expect(voided).not.toEqual(finalized);
    const more = await billing.send('POST', `/v1/invoices/${billing.invoiceId}/void`, { reason: 'Twice' });
    expect(more).toMatchObject({ status: 200, body: { state: 'void', reason: 'Once' } });
    expect(await billing.digest.take()).toEqual(voided);
    for (const [act, body] of Object.entries({
      uncollectible: { reason: 'r' },
      pay: {},
      finalize: undefined,
      'credit-notes': { reason: 'r', all: true },
    })) {
      const [told] = await billing.refused('POST', `/v1/invoices/${billing.invoiceId}/${act}`, body);
      expect([act, told]).toEqual([act, '409 invoice_state']);
    }

    await billing.ask('POST', `/v1/subscriptions/${billing.subscribed.id}/cancel`, { at: 'now' });
    for (const [act, body] of Object.entries({
      cancel: { at: 'now' },
      uncancel: undefined,
      move: { plan: 'team' },
      overrides: { component: 'base', terms: { price: { model: 'flat', amount: '1' } } },
    })) {
      const [told] = await billing.refused('POST', `/v1/subscriptions/${billing.subscribed.id}/${act}`, body);
      expect([act, told]).toEqual([act, '409 subscription_ended']);
    }

    const { id } = z.object({ id: z.string() }).parse(await billing.ask('POST', '/v1/billing/runs', {}));
    await billing.ask('POST', `/v1/billing/runs/${id}/cancel`);
    expect(await billing.refused('POST', `/v1/billing/runs/${id}/cancel`)).toEqual(['409 billing_run_not_cancellable']);
  });
});
