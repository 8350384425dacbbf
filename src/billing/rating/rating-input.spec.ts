import { epoch, version, recurring, usage, faults, always, month, type Given } from './testing/ask.js';

describe('what is refused, with every fault', () => {
  const base = recurring([version({ model: 'flat', amount: '1' })]);

  it.each<[string, Given, string[]]>([
    [
      'a period of no length, in no zone, in no currency',
      { currency: 'usd', zone: 'Mars/Olympus', period: { from: epoch, to: epoch }, phases: [always([base])] },
      [
        '/subscription/currency must be the code of an ISO 4217 currency, such as "USD"',
        '/subscription/zone must be an IANA time zone, such as "Europe/Vienna"',
        '/subscription/period/to must be after the period begins',
      ],
    ],
    [
      'a period within one date',
      { period: { from: '2026-03-01T00:00:00Z', to: '2026-03-01T12:00:00Z' }, phases: [always([base])] },
      ['/subscription/period/to must be on a later date than the period begins'],
    ],
    [
      'phases with gaps and overlaps',
      {
        phases: [
          always([base], { from: '2026-03-02T00:00:00Z', to: '2026-03-10T00:00:00Z' }),
          always([base], { from: '2026-03-11T00:00:00Z', to: '2026-03-20T00:00:00Z' }),
          always([base], { from: '2026-03-19T00:00:00Z', to: '2026-03-25T00:00:00Z' }),
        ],
      },
      [
        '/subscription/phases/0/from leaves the beginning of the period without a plan',
        '/subscription/phases/1/from leaves a gap to the phase before',
        '/subscription/phases/2/from overlaps with the phase before',
        '/subscription/phases/2/to leaves the end of the period without a plan',
      ],
    ],
    [
      'overrides of nothing, backwards, and twice',
      {
        phases: [always([base])],
        overrides: [
          {
            id: 'a',
            component: 'other',
            from: '2026-03-09T00:00:00Z',
            to: '2026-03-08T00:00:00Z',
            terms: { price: { model: 'dynamic' } },
          },
          {
            id: 'b',
            component: 'base',
            from: '2026-03-01T00:00:00Z',
            to: null,
            terms: { price: { model: 'dynamic' } },
          },
          {
            id: 'c',
            component: 'base',
            from: '2026-03-05T00:00:00Z',
            to: null,
            terms: { price: { model: 'dynamic' } },
          },
        ],
      },
      [
        '/subscription/overrides/0/component is in no plan of the phases',
        '/subscription/overrides/0/to must be after the override begins',
        '/subscription/overrides/2/from overlaps with an override before',
      ],
    ],
    [
      'components that contradict themselves',
      {
        phases: [
          always([
            usage([version({ model: 'flat', amount: '1' }), version({ model: 'per_unit', unit_amount: '1' })], {
              meter: null,
            }),
            recurring([version({ model: 'flat', amount: '1' })], { meter: 'members', key: 'calls' }),
          ]),
        ],
      },
      [
        '/subscription/phases/0/components/0/meter must be given for usage',
        '/subscription/phases/0/components/0/versions/1/id is the id of a version before',
        '/subscription/phases/0/components/0/versions/1/effective_from is when a version before begins',
        '/subscription/phases/0/components/1/versions/0/terms/price/model a flat price counts nothing: leave the meter out',
        '/subscription/phases/0/components/1/key is the key of a component before',
      ],
    ],
    [
      'no price yet, and quantities that nobody asked for, twice, and missing',
      {
        phases: [
          always([
            recurring([version({ model: 'flat', amount: '1' }, {}, 'p1', '2026-03-10T00:00:00Z')]),
            usage([version({ model: 'per_unit', unit_amount: '1' })]),
            usage([version({ model: 'per_unit', unit_amount: '1' })], { key: 'tokens', meter: 'tokens' }),
          ]),
        ],
        quantities: [
          { ...month, quantity: '1' },
          { ...month, quantity: '1' },
          { ...month, meter: 'other', quantity: '1' },
        ],
      },
      [
        '/subscription/phases component base has no price at 2026-03-01T00:00:00Z',
        '/quantities/1 is there twice',
        '/quantities/2 no segment of meter other has these bounds',
        '/quantities meter tokens lacks 2026-03-01T00:00:00Z to 2026-04-01T00:00:00Z',
      ],
    ],
    [
      'a quantity below nothing, and one that is none',
      {
        phases: [always([base])],
        quantities: [{ ...month, quantity: '-1' }, { ...month, quantity: 'NaN' }, { ...month }],
      },
      [
        '/quantities/0/quantity must not be negative',
        '/quantities/1/quantity must be a decimal number such as "12.50"',
        '/quantities/2/quantity is required',
      ],
    ],
    ['no phases', { phases: [] }, ['/subscription/phases Too small: expected array to have >=1 items']],
  ])('%s', (_what, given, expected) => {
    expect(faults(given)).toEqual(expected);
  });

  it.each([
    'yesterday',
    '',
    '2026-02-30T00:00:00Z',
    '2026-03-01',
    '2026-03-01T00:00:00',
    '2026-03-01T24:00:00Z',
    '+275760-09-13T00:00:01Z',
    '2026-03-01T00:00:00+99:00',
    '2026-03-01T00:00:00Z[u-ca=hebrew]',
    5,
    null,
  ])('an instant that is none: %j', (from) => {
    const pointers = faults({ period: { from, to: month.to }, phases: [always([base], { from })] }).map(
      (fault) => fault.split(' ')[0],
    );
    expect(pointers).toEqual(['/subscription/period/from', '/subscription/phases/0/from']);
  });

  it('a flat override of what a meter counts', () => {
    const override = {
      id: 'o',
      component: 'calls',
      from: epoch,
      to: null,
      terms: { price: { model: 'flat', amount: '1' } },
    };
    expect(faults({ phases: [always([usage([version({ model: 'dynamic' })])])], overrides: [override] })).toEqual([
      '/subscription/overrides/0/terms/price/model a flat price counts nothing, and a meter counts the component',
    ]);
  });
});
