import fc from 'fast-check';
import { llmCost, llmPriceTable, llmUsage } from '../../../src/billing/catalog/llm-price-table.js';
import { newId } from '../../../src/platform/ids.js';
import { Costs, dayFromToday } from '../../setup/costs.js';
import { createTestDatabase, type TestDatabase } from '../../setup/database.js';
import { FakeClock } from '../../setup/fake-clock.js';

const day = dayFromToday(-5);
const next = dayFromToday(-4);

/** What is and what is not a number of tokens, a cost, a name, to both. */
const tokens = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 0, max: 2_000_000 }).map(String) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('999999999999999', '1000000000000000', '-1', '1.5', '01', '', '1e3', '-0', ' 1'),
  },
);
const cost = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom('0', '0.00', '0.000000000000000000000000000001', '123456789012.5', '0.0031'),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '-0.01',
      '1234567890123',
      '1.',
      'free',
      '1e-3',
      '-0.0',
      '0.0000000000000000000000000000001',
    ),
  },
);
const call = fc.record(
  {
    provider: fc.constantFrom('acme', 'other', 'acme', 'acme', ''),
    model: fc.constantFrom('large', 'small', 'large', 'unheard-of'),
    hour: fc.integer({ min: 0, max: 23 }),
    cached: fc.constantFrom('within_input', 'beside_input', 'within_input', 'beside_input', 'maybe'),
    input_tokens: tokens,
    output_tokens: tokens,
    cache_read_tokens: tokens,
    cache_write_tokens: tokens,
    cost: fc.option(cost),
  },
  { requiredKeys: ['provider', 'model', 'hour'] },
);
const amount = fc.constantFrom('0', '3', '0.15', '0.000000000000001', '75.5', '999999999999.999999999999999');
const price = (model: string, effective_from: string, effective_to: string | null) =>
  fc.record({
    provider: fc.constant('acme'),
    model: fc.constant(model),
    effective_from: fc.constant(effective_from),
    effective_to: fc.constant(effective_to),
    currency: fc.constant('USD'),
    input: amount,
    output: amount,
    cache_read: amount,
    cache_write: amount,
  });
const table = fc.tuple(
  price('large', `${dayFromToday(-30)}T00:00:00Z`, `${day}T08:00:00Z`),
  // Two hours without a price.
  price('large', `${day}T10:00:00Z`, null),
  price('small', `${day}T00:00:00Z`, `${day}T12:00:00Z`),
);

describe('the cost of calls to language models, in SQL', () => {
  let test: TestDatabase;
  let costs: Costs;

  beforeAll(async () => {
    test = await createTestDatabase();
    costs = await Costs.in(test, new FakeClock(Date.now()));
  });
  afterAll(() => test.drop());

  it('is what the price table says, of every call that is to be read, and unpriced of every other', async () => {
    const seen = { event: 0, computed: 0, unpriced: 0, malformed: 0 };
    await fc.assert(
      fc.asyncProperty(table, fc.array(call, { minLength: 15, maxLength: 30 }), async (rows, calls) => {
        const tenantId = await costs.world.tenant();
        await test.sql('delete from public.billing_llm_prices');
        for (const row of rows) await costs.price(row);
        const prices = llmPriceTable.parse(rows);
        const expected = new Map<string, readonly [string | null, string | null]>();
        for (const { hour, ...data } of calls) {
          const at = `${day}T${String(hour).padStart(2, '0')}:00:00Z`;
          const id = await costs.call(tenantId, at, data);
          const usage = llmUsage.safeParse({ ...data, at });
          const known = usage.success ? llmCost(prices, usage.data) : undefined;
          seen[known === undefined ? 'malformed' : known.state === 'known' ? known.source : 'unpriced'] += 1;
          expected.set(id, known?.state === 'known' ? [known.cost, known.computed] : [null, null]);
        }
        const found = await test.sql<{ id: string; same: boolean }>(
          `select event_id as id, cost is not distinct from ($1::text::jsonb -> event_id ->> 0)::numeric
              and computed is not distinct from ($1::text::jsonb -> event_id ->> 1)::numeric as same
           from public.billing_llm_costs($2, $3, $4)`,
          [JSON.stringify(Object.fromEntries(expected)), tenantId, day, next] as never[],
        );
        expect(found).toHaveLength(calls.length);
        const differing = found.filter(({ same }) => !same).map(({ id }) => expected.get(id));
        expect(differing).toEqual([]);
      }),
      { numRuns: 20 },
    );
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(5);
  });

  it.each([
    ['a text of a body that is no object', 'hello'],
    ['nothing', null],
    ['a list', [1]],
    ['names that are no text', { provider: 1, model: true, cached: 'beside_input' }],
    ['no word on cached tokens', { provider: 'acme', model: 'large', input_tokens: '5', cost: '1' }],
    [
      'a currency that is none',
      { provider: 'acme', model: 'large', cached: 'beside_input', cost: '1', currency: 'dollars' },
    ],
    ['tokens that are null', { provider: 'acme', model: 'large', cached: 'beside_input', input_tokens: null }],
    [
      'more cached tokens than there are',
      { provider: 'acme', model: 'large', cached: 'within_input', input_tokens: 1, cache_read_tokens: 2 },
    ],
  ])('is unpriced of %s', async (_what, data) => {
    const tenantId = await costs.world.tenant();
    await costs.call(tenantId, `${day}T12:00:00Z`, data);
    await costs.make();
    expect(await costs.costs(tenantId, day)).toEqual({});
    expect(await costs.store.counted({ from: day, to: next }, tenantId)).toMatchObject({
      llm_calls: '1',
      llm_unpriced: '1',
    });
  });

  it('takes numbers as it takes their text', async () => {
    const tenantId = await costs.world.tenant();
    await test.sql('delete from public.billing_llm_prices');
    const effective_from = `${day}T00:00:00Z`;
    await costs.price({ effective_from, input: '3', output: '15', cache_read: '0.3', cache_write: '3.75' });
    const data = { provider: 'acme', model: 'large', cached: 'beside_input', input_tokens: 1000, output_tokens: 2e2 };
    await costs.call(tenantId, `${day}T12:00:00Z`, data);
    await costs.call(tenantId, `${day}T12:00:00Z`, { ...data, cost: 0.25, id: newId() });
    await costs.make();
    // 1,000 × 3 + 200 × 15 = 6,000 millionths, twice by the table.
    expect(await costs.costs(tenantId, day)).toEqual({ 'llm USD': ['0.256', '0.012'] });
  });
});
