import type { InvoiceLine } from './rate-period.js';
import { epoch, version, recurring, usage, rate, always, month, type Given } from './testing/ask.js';

const show = (lines: readonly InvoiceLine[]): string[] =>
  lines.map(({ kind, from, to, quantity, price_version, amount }) =>
    [kind, from, to, quantity, price_version, amount].join(' '),
  );
describe('golden invoices, by hand', () => {
  it('a base and what was used', () => {
    const tiers = [
      { up_to: '100', unit_amount: '0.10' },
      { up_to: null, unit_amount: '0.05' },
    ];
    const { lines, totals } = rate({
      phases: [
        always([
          recurring([version({ model: 'flat', amount: '10' })]),
          usage([version({ model: 'graduated', tiers })]),
        ]),
      ],
      quantities: [{ ...month, quantity: '150.5' }],
    });
    // 100 x 0.10 + 50.5 x 0.05 = 12.525, which is 12.53; 10 + 12.525 = 22.525, which is 22.53.
    expect(show(lines)).toEqual([
      'recurring 2026-03-01T00:00:00Z 2026-04-01T00:00:00Z 1 p1 10.00',
      'usage 2026-03-01T00:00:00Z 2026-04-01T00:00:00Z 150.5 p1 12.53',
    ]);
    expect(totals).toEqual({ subtotal: '22.53', rounding: '0.00', total: '22.53' });
    expect(lines[1]).toMatchObject({
      component: 'calls',
      meter: 'api_calls',
      unit: 'call',
      unrounded: '12.525',
      explanation: [
        { step: 'tier', tier: 0, quantity: '100', rate: '0.10', amount: '10' },
        { step: 'tier', tier: 1, quantity: '50.5', rate: '0.05', amount: '2.525' },
      ],
    });
  });

  it.each([
    // Three lines of 1/3 of 100, of 10, of 1000: what each currency leaves.
    // JPY: 33.33 is 33, three times 99; the total is 100.
    ['JPY', '100', ['33', '33', '33', '1'], { subtotal: '99', rounding: '1', total: '100' }],
    // MGA: 3.33 is 3.3, three times 9.9; the total is 10.0.
    ['MGA', '10', ['3.3', '3.3', '3.3', '0.1'], { subtotal: '9.9', rounding: '0.1', total: '10.0' }],
    // USD: 6.666… is 6.67, three times 20.01; the total is 20.00.
    ['USD', '20', ['6.67', '6.67', '6.67', '-0.01'], { subtotal: '20.01', rounding: '-0.01', total: '20.00' }],
    // KWD: 3.333… three times is 9.999; the total is 10.000.
    ['KWD', '10', ['3.333', '3.333', '3.333', '0.001'], { subtotal: '9.999', rounding: '0.001', total: '10.000' }],
  ])('%s in three thirds', (currency, amount, amounts, totals) => {
    // September 2026: 30 days, cut after 10 and 20.
    const at = ['2026-09-01T00:00:00Z', '2026-09-11T00:00:00Z', '2026-09-21T00:00:00Z'];
    const versions = at.map((from, index) => version({ model: 'flat', amount }, {}, `p${index}`, from));
    const period = { from: '2026-09-01T00:00:00Z', to: '2026-10-01T00:00:00Z' };
    const rated = rate({ currency, period, phases: [always([recurring(versions)])] });
    expect(rated.lines.map((line) => line.amount)).toEqual(amounts);
    expect(rated.lines.at(-1)).toMatchObject({ kind: 'rounding', ...period, component: null });
    expect(rated.totals).toEqual(totals);
  });

  it('a plan change at noon of the day that is an hour short', () => {
    const change = '2026-03-29T12:00:00+02:00';
    const given = (proration: string): Given => ({
      zone: 'Europe/Vienna',
      period: { from: '2026-03-01T00:00:00+01:00', to: '2026-04-01T00:00:00+02:00' },
      phases: [
        {
          from: epoch,
          to: change,
          plan_version: 'starter@1',
          components: [recurring([version({ model: 'flat', amount: '31' })], { proration })],
        },
        {
          from: change,
          to: null,
          plan_version: 'big@1',
          components: [recurring([version({ model: 'flat', amount: '62' }, {}, 'p2')], { proration })],
        },
      ],
    });
    // 31 x 2458800 / 2674800 = 28.4966…; 62 x 216000 / 2674800 = 5.0067…; together 33.5033….
    expect(rate(given('per_second')).lines.map(({ amount }) => amount)).toEqual(['28.50', '5.01', '-0.01']);
    // 31 x 28 / 31 = 28; 62 x 3 / 31 = 6.
    expect(rate(given('per_day')).lines.map(({ amount }) => amount)).toEqual(['28.00', '6.00']);
    expect(rate(given('none')).lines.map(({ amount }) => amount)).toEqual(['31.00', '62.00']);
    expect(rate(given('per_day')).lines[1]?.explanation).toEqual([
      { step: 'flat', rate: '62', amount: '62' },
      { step: 'proration', quantity: '3/31', amount: '-56' },
    ]);
  });

  it('from the leap day on', () => {
    // 8 a member, 5 members, 1 of 29 days: 8 x 5 / 29 = 1.3793….
    const from = '2028-02-29T00:00:00Z';
    const period = { from: '2028-02-01T00:00:00Z', to: '2028-03-01T00:00:00Z' };
    const seats = recurring([version({ model: 'per_unit', unit_amount: '8' })], {
      meter: 'members',
      proration: 'per_day',
    });
    const { totals } = rate({
      period,
      phases: [always([], { to: from }), always([seats], { from })],
      quantities: [{ meter: 'members', from, to: period.to, quantity: '5' }],
    });
    expect(totals.total).toBe('1.38');
  });

  it('a commitment that was not reached, in full and for half of a period', () => {
    const committed = usage(
      [version({ model: 'per_unit', unit_amount: '0.5' }, { commitment: '100', included_quantity: '40' })],
      { proration: 'per_day' },
    );
    // (100 - 40) x 0.5 = 30; 100 - 30 = 70.
    const full = rate({ phases: [always([committed])], quantities: [{ ...month, quantity: '100' }] });
    expect(show(full.lines)).toEqual([
      'usage 2026-03-01T00:00:00Z 2026-04-01T00:00:00Z 100 p1 30.00',
      'true_up 2026-03-01T00:00:00Z 2026-04-01T00:00:00Z  p1 70.00',
    ]);
    // April has 30 days; 15 of them include 20 and commit to 50: (100 - 20) x 0.5 = 40; 50 - 40 = 10.
    const from = '2026-04-16T00:00:00Z';
    const to = '2026-05-01T00:00:00Z';
    const half = rate({
      period: { from: '2026-04-01T00:00:00Z', to },
      phases: [always([], { to: from }), always([committed], { from })],
      quantities: [{ meter: 'api_calls', from, to, quantity: '100' }],
    });
    expect(half.lines.map(({ kind, amount }) => `${kind} ${amount}`)).toEqual(['usage 40.00', 'true_up 10.00']);
    expect(half.lines[1]?.explanation).toEqual([{ step: 'true_up', rate: '100', quantity: '15/30', amount: '10' }]);
  });

  it('a commitment of what is had, for half of a period', () => {
    const from = '2026-04-16T00:00:00Z';
    const to = '2026-05-01T00:00:00Z';
    const seats = recurring([version({ model: 'per_unit', unit_amount: '8' }, { commitment: '100' })], {
      meter: 'members',
      proration: 'per_day',
    });
    const { lines } = rate({
      period: { from: '2026-04-01T00:00:00Z', to },
      phases: [always([], { to: from }), always([seats], { from })],
      quantities: [{ meter: 'members', from, to, quantity: '5' }],
    });
    // 5 x 8 = 40 of the 100 of a month; 15 of its 30 days: 20, and 30 of the 60 that it lacks.
    expect(lines.map(({ kind, amount }) => `${kind} ${amount}`)).toEqual(['recurring 20.00', 'true_up 30.00']);
  });

  it('a trial is shown, and free', () => {
    const until = '2026-03-15T00:00:00Z';
    const base = recurring([version({ model: 'flat', amount: '31' })]);
    const { lines } = rate({ phases: [always([base], { to: until, trial: true }), always([base], { from: until })] });
    // 31 x 17 / 31 = 17
    expect(lines.map(({ amount, explanation }) => [amount, explanation[0]?.step])).toEqual([
      ['0.00', 'trial'],
      ['17.00', 'flat'],
    ]);
  });

  it('an override for ten days', () => {
    const override = {
      id: 'o1',
      component: 'base',
      from: '2026-03-11T00:00:00Z',
      to: '2026-03-21T00:00:00Z',
      terms: { price: { model: 'flat', amount: '15.50' } },
    };
    const { lines } = rate({
      phases: [always([recurring([version({ model: 'flat', amount: '31' })])])],
      overrides: [override],
    });
    // 10 x 1, 10 x 0.50, 11 x 1
    expect(lines.map(({ price_version, amount }) => `${price_version} ${amount}`)).toEqual([
      'p1 10.00',
      'o1 5.00',
      'p1 11.00',
    ]);
  });

  it('a component that is away for a while has a line before and one after', () => {
    const base = recurring([version({ model: 'flat', amount: '31' })]);
    const [gone, back] = ['2026-03-11T00:00:00Z', '2026-03-21T00:00:00Z'];
    const phases = [always([base], { to: gone }), always([], { from: gone, to: back }), always([base], { from: back })];
    expect(rate({ phases }).lines.map(({ amount }) => amount)).toEqual(['10.00', '11.00']);
  });

  it('a plan change that leaves a component as it was does not cut it', () => {
    const base = recurring([version({ model: 'flat', amount: '31' })]);
    const at = '2026-03-11T00:00:00Z';
    const { lines } = rate({
      phases: [always([base], { to: at }), always([base], { from: at, plan_version: 'plan@2' })],
    });
    expect(lines.map(({ amount }) => amount)).toEqual(['31.00']);
  });
});

describe('the hash of the inputs', () => {
  const base = { phases: [always([usage([version({ model: 'per_unit', unit_amount: '1' })])])] };
  const hash = (given: Given): string | undefined => rate({ ...base, ...given }).lines[0]?.inputs_hash;

  it('is that of the same inputs, in whatever order and zone they are written', () => {
    const first = hash({ quantities: [{ ...month, quantity: '5' }] });
    expect(first).toMatch(/^[0-9a-f]{64}$/);
    expect(
      hash({ quantities: [{ quantity: '5', to: '2026-04-01T02:00:00+02:00', from: month.from, meter: 'api_calls' }] }),
    ).toBe(first);
  });

  it('changes with each of them', () => {
    const quantities = [{ ...month, quantity: '5' }];
    const hashes = [
      hash({ quantities }),
      hash({ quantities: [{ ...month, quantity: '6' }] }),
      hash({ quantities, currency: 'EUR' }),
      hash({ quantities, zone: 'Etc/GMT' }),
      hash({ quantities, phases: [always([usage([version({ model: 'per_unit', unit_amount: '2' })])])] }),
      hash({ quantities, phases: [always([usage([version({ model: 'per_unit', unit_amount: '1' }, {}, 'p2')])])] }),
    ];
    expect(new Set(hashes).size).toBe(hashes.length);
  });
});
