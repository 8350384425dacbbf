import { Costs, dayFromToday } from '../../setup/costs.js';
import { createTestDatabase, type TestDatabase } from '../../setup/database.js';
import { FakeClock } from '../../setup/fake-clock.js';
import { Invoices, parameters } from '../../setup/invoices.js';
import { operator } from '../../setup/provisioning.js';

const day = dayFromToday(-10);
const next = dayFromToday(-9);
const days = { from: day, to: next };
const at = (time: string, of = day): string => `${of}T${time}Z`;
const prices = { input: '3', output: '15', cache_read: '0.30', cache_write: '3.75' };
const usage = { provider: 'acme', model: 'large', cached: 'within_input' };
const core = { cpu_core_hour: '0.04', memory_gib_hour: '0.005', storage_gib_hour: '0.0001' };

describe('margin', () => {
  let test: TestDatabase;
  let costs: Costs;
  let tenantId: string;

  beforeEach(async () => {
    test = await createTestDatabase();
    costs = await Costs.in(test, new FakeClock(Date.parse(`${next}T00:00:00Z`)));
    ({ tenantId } = costs.world);
  });
  afterEach(() => test.drop());

  /** An invoice of one line over the days. */
  const invoiced = async (of: string, amount: string, currency = 'USD', from = day, to = next): Promise<string> => {
    const invoices = new Invoices(test, of);
    const id = await invoices.draft({ lines: [{ amount }], currency });
    await test.sql(
      'update public.billing_invoice_lines set starts_at = $2, ends_at = $3 where invoice_id = $1',
      parameters([id, from, to]),
    );
    await invoices.finalize(id);
    return id;
  };
  const margins = async (of = tenantId, range = days): Promise<unknown[]> => {
    return (await costs.margins.ofTenant(of, 'all', range)).currencies;
  };

  it('is the price beside what calls and the cluster cost, by hand', async () => {
    await costs.price({ ...prices, effective_from: at('00:00:00') });
    await costs.rate({ ...core, effective_from: at('00:00:00') });
    // 600,000 uncached × 3 + 400,000 cached × 0.30 + 100,000 × 15 = 1,800,000 + 120,000 + 1,500,000 millionths of a million: 3.42.
    await costs.call(tenantId, at('10:00:00'), {
      ...usage,
      input_tokens: '1000000',
      cache_read_tokens: '400000',
      output_tokens: '100000',
    });
    // It brings its cost, which beats the 3.00 of the table.
    await costs.call(tenantId, at('11:00:00'), { ...usage, input_tokens: '1000000', cost: '2.50' });
    // CPU by request: 7,200 core seconds are 2 core hours, 0.08. Memory by use: 36,000 are 10, 0.05. Storage: 360,000 are 100, 0.01.
    await costs.sample(tenantId, at('10:00:00'), {
      cpu_request_core_seconds: '7200',
      cpu_use_core_seconds: '100',
      memory_request_gib_seconds: '3600',
      memory_use_gib_seconds: '36000',
      volume_gib_seconds: '360000',
    });
    await costs.make();
    await invoiced(tenantId, '20.00');
    expect(await margins()).toEqual([
      {
        tenant_id: tenantId,
        currency: 'USD',
        revenue: '20',
        llm_cost: '5.92',
        llm_computed: '6.42',
        cluster_cost: '0.14',
        margin: '13.94',
        margin_percent: '69.70',
      },
    ]);
    const counted = { llm_calls: '2', llm_unpriced: '0', samples: '1', samples_unpriced: '0' };
    expect(await costs.store.counted(days, tenantId)).toEqual(counted);
  });

  describe('of revenue', () => {
    it('takes of a line the part of its time, to the last digit', async () => {
      await invoiced(tenantId, '30.00', 'USD', dayFromToday(-12), dayFromToday(-9));
      expect(await margins()).toMatchObject([{ revenue: '10', margin: '10', margin_percent: '100.00' }]);
      expect(await margins(tenantId, { from: dayFromToday(-12), to: next })).toMatchObject([{ revenue: '30' }]);
      expect(await margins(tenantId, { from: next, to: dayFromToday(-8) })).toEqual([]);
    });

    it('takes no draft, nothing void and nothing that nobody pays, and takes off credit notes', async () => {
      const invoices = new Invoices(test, tenantId);
      await invoices.draft({ lines: [{ amount: '99.00' }] });
      const others = [await costs.world.tenant(), await costs.world.tenant()];
      const [gone, lost, owed] = [
        await invoiced(others[0] ?? '', '5.00'),
        await invoiced(others[1] ?? '', '6.00'),
        await invoiced(await costs.world.tenant(), '10.00'),
      ];
      const change = { p_reason: 'wrong', p_at: at('12:00:00'), p_context: { ...operator } };
      await test.database.rpc('billing_invoice_void', { ...change, p_invoice_id: gone });
      await test.database.rpc('billing_invoice_uncollectible', { ...change, p_invoice_id: lost });
      expect([await margins(others[0]), await margins(others[1]), await margins()]).toEqual([[], [], []]);
      const [of] = await test.sql<{ tenant_id: string }>(
        'select tenant_id from public.billing_invoices where id = $1',
        parameters([owed]),
      );
      const note = { id: '0199c0de-0000-7000-8000-000000000001', invoice_id: owed, reason: 'x', at: at('13:00:00') };
      await test.database.rpc('billing_credit_note_write', {
        p_note: { ...note, lines: [{ amount: '4.00', description: 'x', from: day, to: next }] },
        p_context: { ...operator },
      });
      expect(await margins(of?.tenant_id)).toMatchObject([{ revenue: '6', margin: '6' }]);
    });
  });

  it('has of an invoice that was written off what was settled before, and no credit note twice', async () => {
    const id = await invoiced(tenantId, '100.00');
    const context = { ...operator };
    const credit = async (note: string, amount: string): Promise<void> => {
      await test.database.rpc('billing_credit_note_write', {
        p_note: { id: note, invoice_id: id, reason: 'x', at: at('11:00:00'), lines: [{ amount, from: day, to: next }] },
        p_context: context,
      });
    };
    await credit('0199c0de-0000-7000-8000-000000000001', '30.00');
    await test.database.rpc('billing_invoice_paid', {
      p_invoice_id: id,
      p_payment: { provider: 'manual', reference: 'transfer', amount: '12.50' },
      p_at: at('12:00:00'),
      p_context: context,
    });
    expect(await margins()).toMatchObject([{ revenue: '70' }]);
    const gone = { p_reason: 'bankrupt', p_at: at('13:00:00'), p_context: context };
    await test.database.rpc('billing_invoice_uncollectible', { ...gone, p_invoice_id: id });
    expect(await margins()).toMatchObject([{ revenue: '12.5', margin: '12.5' }]);
    await credit('0199c0de-0000-7000-8000-000000000002', '20.00');
    expect(await margins()).toMatchObject([{ revenue: '12.5', margin: '12.5' }]);
  });

  it('never adds currencies: they stand side by side, without a margin', async () => {
    await costs.price({ ...prices, effective_from: at('00:00:00') });
    await costs.call(tenantId, at('10:00:00'), { ...usage, input_tokens: '1000000' });
    await costs.call(tenantId, at('10:00:01'), { ...usage, input_tokens: '1000000', cost: '7', currency: 'GBP' });
    await costs.make();
    await invoiced(tenantId, '20.00', 'EUR');
    expect(await margins()).toMatchObject([
      { currency: 'EUR', revenue: '20', llm_cost: '0', margin: null, margin_percent: null },
      { currency: 'GBP', revenue: '0', llm_cost: '7', llm_computed: '0', margin: null },
      { currency: 'USD', revenue: '0', llm_cost: '3', llm_computed: '6', margin: null },
    ]);
  });

  it('of all tenants is listed worst first within a currency, in pages', async () => {
    const amounts = ['5.00', '1.00', '3.00'];
    const tenants: string[] = [];
    for (const amount of amounts) {
      const id = await costs.world.tenant();
      tenants.push(id);
      await invoiced(id, amount);
    }
    const euro = await costs.world.tenant();
    await invoiced(euro, '2.00', 'EUR');
    await costs.price({ ...prices, effective_from: at('00:00:00') });
    await costs.call(tenantId, at('10:00:00'), { ...usage, input_tokens: '1000000' });
    await costs.make();
    const seen: (string | null)[][] = [];
    for (let after: readonly [string, string | null, string] | undefined, more = true; more;) {
      const { rows } = await costs.margins.ofAll(days, undefined, 2, after);
      seen.push(...rows.map((row) => [row.currency, row.margin, row.tenant_id]));
      const last = rows.at(-1);
      after = last && [last.currency, last.margin, last.tenant_id];
      more = rows.length === 2;
    }
    expect(seen).toEqual([
      ['EUR', '2', euro],
      ['USD', '-3', tenantId],
      ['USD', '1', tenants[1]],
      ['USD', '3', tenants[2]],
      ['USD', '5', tenants[0]],
    ]);
    expect((await costs.margins.ofAll(days, 'EUR', 10, undefined)).rows).toHaveLength(1);
  });

  describe('shows idle apart', () => {
    it('as what was bought and nobody is charged', async () => {
      // 10 cores × 0.04 + 20 GiB × 0.005 = 0.50 an hour for 12 hours, then 20 cores: 0.90 for 12.
      const bought = { ...core, storage_gib_hour: '0', memory_gib: '20' };
      await costs.rate({ ...bought, cpu_cores: '10', effective_from: at('00:00:00') });
      await costs.rate({ ...bought, cpu_cores: '20', effective_from: at('12:00:00') });
      await costs.sample(tenantId, at('10:00:00'), { cpu_request_core_seconds: '90000' });
      await costs.make();
      const { idle, currencies } = await costs.margins.ofTenant(tenantId, 'all', days);
      expect(idle).toEqual([{ currency: 'USD', bought: '16.8', charged: '1', idle: '15.8', overcommitted: '0' }]);
      expect(currencies).toMatchObject([{ cluster_cost: '1', margin: '-1', margin_percent: null }]);
      // Time that has not come yet was not bought.
      const ahead = await costs.margins.ofTenant(tenantId, 'all', { from: day, to: dayFromToday(3) });
      expect(ahead.idle).toMatchObject([{ bought: '16.8' }]);
    });

    it('as nothing, where tenants ask for more than was bought, and how much more', async () => {
      const bought = { cpu_core_hour: '0.04', memory_gib_hour: '0', storage_gib_hour: '0', cpu_cores: '1' };
      await costs.rate({ ...bought, effective_from: at('00:00:00') });
      // 25 core hours where there were 24.
      await costs.sample(tenantId, at('10:00:00'), { cpu_request_core_seconds: '90000' });
      await costs.make();
      const { idle } = await costs.margins.ofTenant(tenantId, 'all', days);
      expect(idle).toEqual([{ currency: 'USD', bought: '0.96', charged: '1', idle: '0', overcommitted: '0.04' }]);
    });

    it('as not known, where nobody said how much was bought', async () => {
      await costs.rate({ ...core, cpu_cores: '10', effective_from: at('00:00:00') });
      await costs.sample(tenantId, at('10:00:00'), { cpu_request_core_seconds: '3600' });
      await costs.make();
      const { idle } = await costs.margins.ofTenant(tenantId, 'all', days);
      expect(idle).toEqual([{ currency: 'USD', bought: null, charged: '0.04', idle: null, overcommitted: null }]);
    });
  });
});
