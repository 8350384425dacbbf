import { operator } from '../../setup/provisioning.js';
import { Billing, refusal } from '../../setup/billing.js';

describe('what calls of language models cost', () => {
  let billing: Billing;
  let model: string;

  beforeAll(async () => {
    billing = await Billing.start('2026-03-01T00:00:00Z');
  });
  beforeEach(() => {
    model = billing.name('model');
  });
  afterAll(() => billing.stop());

  const price = (parts: object = {}): object => {
    const amounts = { input: '3', output: '15', cache_read: '0.30', cache_write: '3.75' };
    return { provider: 'acme', model, currency: 'USD', ...amounts, ...parts };
  };
  const add = (...prices: object[]): Promise<unknown> => billing.llmPrices.add({ prices }, operator);
  const spans = async (): Promise<(string | null)[][]> =>
    (await billing.llmPrices.list({ model }, 100, undefined)).map((row) => [row.effective_from, row.effective_to]);

  it('a new price ends the one before', async () => {
    await add(price({ effective_from: '2026-01-01T00:00:00Z' }));
    await add(price({ input: '0.000000000000001' }));
    expect(await spans()).toEqual([
      ['2026-01-01T00:00:00Z', '2026-03-01T00:00:00Z'],
      ['2026-03-01T00:00:00Z', null],
    ]);
    const [now] = await billing.llmPrices.list({ model, at: '2026-03-05T00:00:00Z' }, 10, undefined);
    expect(now).toMatchObject({ input: '0.000000000000001', cache_read: '0.30' });
  });

  it('several at once, each ending the one before', async () => {
    await add(price({ effective_from: '2026-05-01T00:00:00Z' }), price({ effective_from: '2026-04-01T00:00:00Z' }));
    expect(await spans()).toEqual([
      ['2026-04-01T00:00:00Z', '2026-05-01T00:00:00Z'],
      ['2026-05-01T00:00:00Z', null],
    ]);
  });

  it('overlaps are refused, and nothing is added', async () => {
    await add(price({ effective_from: '2026-04-01T00:00:00Z', effective_to: '2026-05-01T00:00:00Z' }));
    const overlaps = (index: number): string =>
      `/prices/${index}/effective_from overlaps with another price of the model`;
    expect(
      await refusal(
        add(
          price({ effective_from: '2026-04-30T00:00:00Z' }),
          price({ effective_from: '2026-03-02T00:00:00Z' }),
          price({
            effective_from: '2026-07-01T00:00:00Z',
            effective_to: '2026-06-01T00:00:00Z',
            currency: 'usd',
            input: '-1',
          }),
        ),
      ),
    ).toEqual([
      '/prices/2/currency must be the code of an ISO 4217 currency, such as "USD"',
      '/prices/2/input must not be negative',
      overlaps(0),
      overlaps(1),
      '/prices/2/effective_to must be after it takes effect',
    ]);
    const twice = price({ effective_from: '2026-08-01T00:00:00Z' });
    expect(await refusal(add(twice, twice))).toEqual([overlaps(1)]);
    expect(await spans()).toEqual([['2026-04-01T00:00:00Z', '2026-05-01T00:00:00Z']]);
  });

  it('of two that come at once one ends the other, or is refused', async () => {
    const made = await Promise.all(
      Array.from({ length: 6 }, () => refusal(add(price({ effective_from: '2026-04-01T00:00:00Z' })))),
    );
    expect(made.filter((one) => one === 'done')).toHaveLength(1);
    expect(await spans()).toEqual([['2026-04-01T00:00:00Z', null]]);
  });

  it('time that was billed keeps its costs', async () => {
    await billing.subscribe(await billing.tenant(), { started_at: '2026-01-15T00:00:00Z' });
    expect(await refusal(add(price({ effective_from: '2026-01-20T00:00:00Z' })))).toBe('done');
    await billing.test.sql(`update public.billing_subscriptions set next_period = 1, next_period_from = next_period_to,
      next_period_to = next_period_to + interval '1 month'`);
    model = billing.name('model');
    expect(await refusal(add(price({ effective_from: '2026-02-14T23:59:59Z' })))).toEqual([
      '/prices/0/effective_from must not be before 2026-02-15T00:00:00Z: until then costs stand beside invoices',
    ]);
    expect(await refusal(add(price({ effective_from: '2026-02-15T00:00:00Z' })))).toBe('done');
  });

  it('pages by provider, model and time', async () => {
    const all = await billing.llmPrices.list({}, 100, undefined);
    const paged = [];
    for (let last; ;) {
      const page = await billing.llmPrices.list({}, 2, last);
      paged.push(...page);
      const end = page.at(-1);
      if (end === undefined) break;
      last = [end.provider, end.model, end.effective_from] as const;
    }
    expect(paged).toEqual(all);
  });
});
