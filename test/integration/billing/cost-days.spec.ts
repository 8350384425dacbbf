import { z } from 'zod';
import { Costs, dayFromToday } from '../../setup/costs.js';
import { createTestDatabase, type TestDatabase } from '../../setup/database.js';
import { FakeClock } from '../../setup/fake-clock.js';
import { parameters } from '../../setup/invoices.js';
import { operator } from '../../setup/provisioning.js';

const day = dayFromToday(-10);
const next = dayFromToday(-9);
const days = { from: day, to: next };
const at = (time: string, of = day): string => `${of}T${time}Z`;
const prices = { input: '3', output: '15', cache_read: '0.30', cache_write: '3.75' };
const usage = { provider: 'acme', model: 'large', cached: 'within_input' };
const core = { cpu_core_hour: '0.04', memory_gib_hour: '0.005', storage_gib_hour: '0.0001' };

describe('what a tenant’s day cost', () => {
  let test: TestDatabase;
  let costs: Costs;
  let tenantId: string;

  beforeEach(async () => {
    test = await createTestDatabase();
    costs = await Costs.in(test, new FakeClock(Date.parse(`${next}T00:00:00Z`)));
    ({ tenantId } = costs.world);
  });
  afterEach(() => test.drop());

  it('counts cached tokens once, whichever way they are reported', async () => {
    await costs.price({ ...prices, effective_from: at('00:00:00') });
    const tokens = { cache_read_tokens: '400000', cache_write_tokens: '100000', output_tokens: '0' };
    const other = await costs.world.tenant();
    await costs.call(tenantId, at('10:00:00'), { ...usage, ...tokens, input_tokens: '1000000' });
    await costs.call(other, at('10:00:00'), { ...usage, ...tokens, cached: 'beside_input', input_tokens: '500000' });
    await costs.make();
    // 500,000 × 3 + 400,000 × 0.30 + 100,000 × 3.75
    for (const id of [tenantId, other]) expect(await costs.costs(id, day)).toEqual({ 'llm USD': ['1.995', '1.995'] });
  });

  describe('of cluster costs', () => {
    beforeEach(() => costs.rate({ ...core, effective_from: at('00:00:00') }));

    it.each([
      ['asks for more than it uses', '3600', '10', '0.04'],
      ['uses more than it asks for', '10', '3600', '0.04'],
      ['asks for nothing', undefined, '3600', '0.04'],
      ['is not measured', '3600', undefined, '0.04'],
    ])('takes the larger, of an instance that %s', async (_what, request, use, cost) => {
      await costs.sample(tenantId, at('10:00:00'), { cpu_request_core_seconds: request, cpu_use_core_seconds: use });
      await costs.make();
      expect(await costs.costs(tenantId, day)).toEqual({ 'cluster USD': [cost, null] });
    });

    it('takes the larger by sample and by resource, not of the sums', async () => {
      await costs.sample(tenantId, at('10:00:00'), { cpu_request_core_seconds: '3600', cpu_use_core_seconds: '0' });
      await costs.sample(tenantId, at('10:01:00'), { cpu_request_core_seconds: '3600', cpu_use_core_seconds: '7200' });
      await costs.make();
      expect(await costs.costs(tenantId, day)).toEqual({ 'cluster USD': ['0.12', null] });
    });

    it('goes by the rate of each sample, and counts those without one', async () => {
      await costs.rate({ ...core, cpu_core_hour: '0.08', effective_from: at('12:00:00') });
      for (const time of ['11:59:00', '12:00:00'])
        await costs.sample(tenantId, at(time), { cpu_request_core_seconds: '3600' });
      const before = dayFromToday(-11);
      await costs.sample(tenantId, at('23:59:00', before), { cpu_request_core_seconds: '3600' });
      await costs.make();
      expect(await costs.costs(tenantId, day)).toEqual({ 'cluster USD': ['0.12', null] });
      expect(await costs.costs(tenantId, before)).toEqual({});
      expect(await costs.store.counted({ from: before, to: next }, tenantId)).toMatchObject({
        samples: '3',
        samples_unpriced: '1',
      });
    });

    it('takes no sample that somebody else made up', async () => {
      const data = { instance_id: 'x', cpu_request_core_seconds: '3600' };
      await costs.event(tenantId, 'tenantry.instance.resources', at('10:00:00'), data, 'my-app');
      await costs.make();
      expect(await costs.costs(tenantId, day)).toEqual({});
    });
  });

  describe('is made again', () => {
    const call = { ...usage, input_tokens: '1000000' };

    it('when events come late, and not twice for one', async () => {
      await costs.price({ ...prices, effective_from: at('00:00:00') });
      await costs.call(tenantId, at('10:00:00'), call);
      for (let n = 0; n < 3; n += 1) await costs.make();
      expect(await costs.costs(tenantId, day)).toEqual({ 'llm USD': ['3', '3'] });
      await costs.call(tenantId, at('09:00:00'), call);
      await costs.make();
      expect(await costs.costs(tenantId, day)).toEqual({ 'llm USD': ['6', '6'] });
    });

    it('when an event is void', async () => {
      await costs.price({ ...prices, effective_from: at('00:00:00') });
      const id = await costs.call(tenantId, at('10:00:00'), call);
      await costs.make();
      await costs.make();
      await costs.make();
      const args = { p_tenant: tenantId, p_source: 'test', p_id: id, p_reason: 'sent twice', p_replacement: null };
      await test.database.rpc('usage_event_void', { ...args, p_context: { ...operator } });
      await costs.make();
      expect(await costs.costs(tenantId, day)).toEqual({});
    });

    it('when a price comes for calls that had none', async () => {
      await costs.call(tenantId, at('10:00:00'), call);
      await costs.make();
      await costs.make();
      await costs.make();
      expect(await costs.store.counted(days, tenantId)).toMatchObject({ llm_calls: '1', llm_unpriced: '1' });
      await costs.price({ ...prices, effective_from: at('00:00:00') });
      await costs.make();
      expect(await costs.costs(tenantId, day)).toEqual({ 'llm USD': ['3', '3'] });
      expect(await costs.store.counted(days, tenantId)).toMatchObject({ llm_calls: '1', llm_unpriced: '0' });
    });

    it('when a price for some days ends the one that held until further notice', async () => {
      const [before, after] = [dayFromToday(-11), dayFromToday(-8)];
      await costs.price({ ...prices, effective_from: at('00:00:00', before) });
      for (const date of [before, day, after]) await costs.call(tenantId, at('10:00:00', date), call);
      for (let n = 0; n < 3; n += 1) await costs.make();
      expect(await costs.costs(tenantId, after)).toEqual({ 'llm USD': ['3', '3'] });
      const added = { ...prices, input: '1', provider: 'acme', model: 'large', currency: 'USD' };
      const models = [{ provider: 'acme', model: 'large' }];
      await test.database.rpc('billing_llm_prices_add', {
        p_prices: [{ ...added, effective_from: at('00:00:00'), effective_to: at('00:00:00', next) }],
        p_known: z.json().parse(await test.database.rpc('billing_llm_prices_known', { p_models: models })),
        p_context: { ...operator },
      });
      await costs.make();
      const made = [before, day, after].map((date) => costs.costs(tenantId, date));
      expect(await Promise.all(made)).toEqual([{ 'llm USD': ['3', '3'] }, { 'llm USD': ['1', '1'] }, {}]);
      expect(await costs.store.counted({ from: after, to: dayFromToday(-7) }, tenantId)).toMatchObject({
        llm_unpriced: '1',
      });
    });

    it('when a rate comes or changes', async () => {
      await costs.sample(tenantId, at('10:00:00'), { cpu_request_core_seconds: '3600' });
      await costs.make();
      await costs.make();
      await costs.make();
      expect(await costs.rate({ ...core, effective_from: at('00:00:00') })).toBe('created');
      await costs.make();
      expect(await costs.costs(tenantId, day)).toEqual({ 'cluster USD': ['0.04', null] });
      expect(await costs.rate({ ...core, effective_from: at('00:00:00') })).toBe('unchanged');
      expect(await costs.rate({ ...core, cpu_core_hour: '1', effective_from: at('00:00:00') })).toBe('changed');
      await costs.make();
      expect(await costs.costs(tenantId, day)).toEqual({ 'cluster USD': ['1', null] });
    });

    it('but not of a day whose events may be gone', async () => {
      await costs.price({ ...prices, effective_from: at('00:00:00') });
      await costs.call(tenantId, at('10:00:00'), call);
      await costs.make();
      await test.sql('update public.usage_retention set kept_from = $1', parameters([next]));
      await test.sql('delete from public.usage_events');
      await test.sql(
        'insert into public.billing_stale_costs values ($1, $2) on conflict do nothing',
        parameters([tenantId, day]),
      );
      await costs.make();
      expect(await costs.costs(tenantId, day)).toEqual({ 'llm USD': ['3', '3'] });
    });
  });
});
