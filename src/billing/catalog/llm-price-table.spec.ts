import fc from 'fast-check';
import { llmCost, llmPriceTable, llmUsage } from './llm-price-table.js';

const row = {
  provider: 'anthropic',
  model: 'm',
  effective_from: '2026-01-01T00:00:00Z',
  currency: 'USD',
  input: '3',
  output: '15',
  cache_read: '0.30',
  cache_write: '3.75',
};
const call = { provider: 'anthropic', model: 'm', at: '2026-06-01T00:00:00Z', cached: 'beside_input' };

function cost(usage: object, rows: object[] = [row]): object {
  return llmCost(llmPriceTable.parse(rows), llmUsage.parse({ ...call, ...usage }));
}

function faults(schema: typeof llmPriceTable | typeof llmUsage, value: unknown): string[] {
  return (schema.safeParse(value).error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`);
}

describe('what a call cost', () => {
  const counts = { output_tokens: '500', cache_read_tokens: '2000', cache_write_tokens: '100' };
  // (1000 x 3 + 500 x 15 + 2000 x 0.30 + 100 x 3.75) / 1000000 = (3000 + 7500 + 600 + 375) / 1000000 = 0.011475
  const known = {
    state: 'known',
    cost: '0.011475',
    source: 'computed',
    computed: '0.011475',
    uncached_input_tokens: '1000',
  };

  it('where cached tokens are told beside the input', () => {
    expect(cost({ ...counts, input_tokens: '1000', cached: 'beside_input' })).toEqual(known);
  });

  it('where they are told within it: they count once', () => {
    expect(cost({ ...counts, input_tokens: '3100', cached: 'within_input' })).toEqual(known);
  });

  it('the cost that an event brings beats the computed one, and both are kept', () => {
    expect(cost({ ...counts, input_tokens: '1000', cost: '0.02' })).toEqual({
      ...known,
      cost: '0.02',
      source: 'event',
    });
    expect(cost({ ...counts, input_tokens: '1000', cost: '0' })).toMatchObject({ cost: '0', source: 'event' });
  });

  it('without a price it is not known, unless the event brings it', () => {
    expect(cost({ model: 'other' })).toEqual({ state: 'unpriced' });
    expect(cost({ model: 'other', cost: '0.5' })).toMatchObject({ cost: '0.5', source: 'event', computed: null });
  });

  it('by the price of its time; the end belongs to the next', () => {
    const rows = [
      { ...row, effective_to: '2026-06-01T00:00:00Z' },
      { ...row, effective_from: '2026-06-01T00:00:00Z', effective_to: '2026-07-01T00:00:00Z', input: '2' },
    ];
    const million = { input_tokens: '1000000' };
    expect(cost({ ...million, at: '2026-05-31T23:59:59.999999Z' }, rows)).toMatchObject({ cost: '3' });
    expect(cost({ ...million, at: '2026-06-01T00:00:00Z' }, rows)).toMatchObject({ cost: '2' });
    expect(cost({ ...million, at: '2026-07-01T00:00:00Z' }, rows)).toEqual({ state: 'unpriced' });
    expect(cost({ ...million, at: '2025-12-31T23:59:59Z' }, rows)).toEqual({ state: 'unpriced' });
  });

  it('does not depend on how cached tokens are told', () => {
    const count = fc.integer({ min: 0, max: 1_000_000_000 });
    fc.assert(
      fc.property(count, count, count, count, (input, output, read, write) => {
        const rest = {
          output_tokens: String(output),
          cache_read_tokens: String(read),
          cache_write_tokens: String(write),
        };
        const beside = cost({ ...rest, input_tokens: String(input), cached: 'beside_input' });
        expect(cost({ ...rest, input_tokens: String(input + read + write), cached: 'within_input' })).toEqual(beside);
      }),
    );
  });
});

describe('what is refused, with every fault', () => {
  it('two prices at one time', () => {
    const rows = [
      { ...row, effective_from: '2026-03-01T00:00:00Z' },
      row,
      { ...row, model: 'other' },
      { ...row, provider: 'x', effective_to: '2025-01-01T00:00:00Z', input: '-1', currency: 'XXX' },
    ];
    expect(faults(llmPriceTable, rows)).toEqual([
      '3.currency: must be the code of an ISO 4217 currency, such as "USD"',
      '3.input: must not be negative',
      '3.effective_to: must be after it takes effect',
      '0.effective_from: overlaps with another price of the model',
    ]);
  });

  it('times that are none', () => {
    const rows = [row, { ...row, effective_from: 'now', effective_to: 'then' }];
    expect((llmPriceTable.safeParse(rows).error?.issues ?? []).map(({ path }) => path.join('.'))).toEqual([
      '1.effective_from',
      '1.effective_to',
    ]);
    expect(
      (llmUsage.safeParse({ ...call, at: '2026-02-30T00:00:00Z' }).error?.issues ?? []).map(({ path }) =>
        path.join('.'),
      ),
    ).toEqual(['at']);
  });

  it('more cached tokens within the input than it has, and tokens that are none', () => {
    expect(
      faults(llmUsage, {
        ...call,
        cached: 'within_input',
        input_tokens: '10',
        cache_read_tokens: '6',
        cache_write_tokens: '5',
        output_tokens: '1.5',
        cost: '-1',
      }),
    ).toEqual([
      'output_tokens: must have at most 0 decimals',
      'cost: must not be negative',
      'input_tokens: must hold the cached tokens, which are more',
    ]);
  });
});
