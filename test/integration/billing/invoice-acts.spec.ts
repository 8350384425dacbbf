import { createTestDatabase, type TestDatabase } from '../../setup/database.js';
import { Invoices, parameters } from '../../setup/invoices.js';
import { operator, Provisioning } from '../../setup/provisioning.js';
import { newId } from '../../../src/platform/ids.js';

const at = '2026-03-10T12:00:00Z';

describe('what is done to invoices', () => {
  let test: TestDatabase;
  let world: Provisioning;
  let invoices: Invoices;

  beforeAll(async () => {
    test = await createTestDatabase();
    world = await Provisioning.in(test);
    invoices = new Invoices(test, world.tenantId);
  });
  afterAll(() => test.drop());

  const context = { ...operator };
  const pay = (id: string, amount: string | null, more: object = {}): Promise<unknown> => {
    const payment = { provider: 'stripe', reference: newId(), amount, ...more };
    return test.database.rpc('billing_invoice_paid', {
      p_invoice_id: id,
      p_payment: payment,
      p_at: at,
      p_context: context,
    });
  };
  const voided = (id: string): Promise<unknown> =>
    test.database.rpc('billing_invoice_void', { p_invoice_id: id, p_reason: 'wrong', p_at: at, p_context: context });
  const writtenOff = (id: string): Promise<unknown> => {
    const args = { p_invoice_id: id, p_reason: 'gone', p_at: at, p_context: context };
    return test.database.rpc('billing_invoice_uncollectible', args);
  };
  const credit = (id: string, amounts: string[] | undefined, more: object = {}): Promise<unknown> => {
    const lines =
      amounts === undefined ? {} : { lines: amounts.map((amount) => ({ amount, description: 'a mistake' })) };
    const note = { id: newId(), invoice_id: id, reason: 'a mistake', at, ...lines, ...more };
    return test.database.rpc('billing_credit_note_write', { p_note: note, p_context: context });
  };
  const whole = async (): Promise<string> => {
    const tables = [
      'billing_invoices',
      'billing_invoice_lines',
      'billing_numbers',
      'billing_receipts',
      'outbox',
      'audit_log',
    ];
    const rows = await Promise.all(
      tables.map((table) => test.sql(`select to_jsonb(t) as row from public.${table} t order by to_jsonb(t)::text`)),
    );
    return JSON.stringify(rows);
  };
  const expectRefused = async (work: () => Promise<unknown>, hint: string): Promise<void> => {
    const before = await whole();
    await expect(work()).rejects.toMatchObject({ hint });
    expect(await whole()).toBe(before);
  };

  describe('payments', () => {
    it('in parts, until nothing is due: told and written down', async () => {
      const id = await invoices.finalized();
      const told = await world.tracesOf(async () => {
        expect(await pay(id, '4.25')).toMatchObject({
          outcome: 'partly_paid',
          invoice: { state: 'finalized', amount_due: '5.75' },
        });
        expect(await pay(id, '5.75')).toMatchObject({
          outcome: 'paid',
          to_credits: '0.00',
          invoice: { state: 'paid', amount_paid: '10.00', amount_due: '0', paid_at: '2026-03-10T12:00:00+00:00' },
        });
      });
      expect(told).toEqual({ audit: ['invoice.pay', 'invoice.pay'], outbox: ['billing.invoice.paid'] });
    });

    it('of what is due, where nobody says how much', async () => {
      const id = await invoices.finalized();
      await pay(id, '4');
      expect(await pay(id, null)).toMatchObject({ outcome: 'paid', invoice: { amount_paid: '10.00' } });
    });

    it('once each, however often they are told of', async () => {
      const id = await invoices.finalized();
      const payment = { provider: 'stripe', reference: newId() };
      const answers = await Promise.all(Array.from({ length: 6 }, () => pay(id, '6', payment)));
      expect(answers.map((answer) => Object(answer).outcome).filter((outcome) => outcome === 'unchanged')).toHaveLength(
        5,
      );
      expect(await invoices.row(id)).toMatchObject({ amount_paid: '6', amount_due: '4.00' });
      await pay(id, '4');
      expect(await pay(id, '6', payment)).toMatchObject({ outcome: 'unchanged', invoice: { state: 'paid' } });
    });

    it('not of another amount or another invoice under the same reference', async () => {
      const [id, other] = [await invoices.finalized(), await invoices.finalized()];
      const payment = { provider: 'stripe', reference: newId() };
      await pay(id, '6', payment);
      await expectRefused(() => pay(id, '7', payment), 'payment_differs');
      await expectRefused(() => pay(other, '6', payment), 'payment_differs');
      const fresh = { provider: 'stripe', reference: newId() };
      const raced = await Promise.allSettled([pay(id, '1', fresh), pay(other, '1', fresh)]);
      expect(raced.map(({ status }) => status).toSorted((a, b) => a.localeCompare(b))).toEqual([
        'fulfilled',
        'rejected',
      ]);
    });

    it('not in another currency, of what is no invoice yet, or of nothing', async () => {
      const id = await invoices.finalized();
      await expectRefused(() => pay(id, '1', { currency: 'EUR' }), 'currency_differs');
      const draft = await invoices.draft();
      await expectRefused(() => pay(draft, '1'), 'invoice_state');
      await expectRefused(() => pay(newId(), '1'), 'invoice_not_found');
      await expect(pay(id, '0')).rejects.toMatchObject({ code: '23514' });
      await expect(pay(id, '-1')).rejects.toMatchObject({ code: '23514' });
      await expect(pay(id, 'NaN')).rejects.toMatchObject({ code: '23514' });
    });

    it('by hand only of an open one', async () => {
      const id = await invoices.finalized();
      await pay(id, null, { provider: 'manual' });
      await expectRefused(() => pay(id, '1', { provider: 'manual' }), 'invoice_state');
    });

    it('of what was written off after all', async () => {
      const id = await invoices.finalized();
      expect(await writtenOff(id)).toMatchObject({
        outcome: 'written_off',
        invoice: { state: 'uncollectible', reason: 'gone', amount_due: '10.00' },
      });
      expect(await pay(id, '3')).toMatchObject({
        outcome: 'partly_paid',
        invoice: { state: 'uncollectible', amount_due: '7.00' },
      });
      expect(await pay(id, '7')).toMatchObject({ outcome: 'paid', invoice: { state: 'paid' } });
    });
  });

  describe('voiding and writing off', () => {
    it('a draft and an invoice, once', async () => {
      const [draft, id] = [await invoices.draft(), await invoices.finalized()];
      const told = await world.tracesOf(async () => {
        for (const outcome of ['voided', 'unchanged']) {
          expect(await voided(draft)).toMatchObject({ outcome, invoice: { state: 'void', number: null } });
          expect(await voided(id)).toMatchObject({
            outcome,
            invoice: { state: 'void', reason: 'wrong', amount_due: '0' },
          });
        }
      });
      expect(told.audit).toEqual(['invoice.void', 'invoice.void']);
      expect(told.outbox).toEqual(['billing.invoice.voided', 'billing.invoice.voided']);
    });

    it('not what something was paid or credited of', async () => {
      const [part, noted, off] = [await invoices.finalized(), await invoices.finalized(), await invoices.finalized()];
      await pay(part, '1');
      await credit(noted, ['1']);
      await writtenOff(off);
      await expectRefused(() => voided(part), 'invoice_has_payments');
      await expectRefused(() => voided(noted), 'invoice_has_payments');
      await expectRefused(() => voided(off), 'invoice_state');
      await pay(part, '9');
      await expectRefused(() => voided(part), 'invoice_state');
      await expectRefused(() => writtenOff(part), 'invoice_state');
      const draft = await invoices.draft();
      await expectRefused(() => writtenOff(draft), 'invoice_state');
    });

    it('or a payment, whoever is first: never both', async () => {
      for (let round = 0; round < 8; round += 1) {
        const id = await invoices.finalized();
        const manual = { provider: 'manual' };
        await Promise.allSettled(
          round % 2 === 0 ? [voided(id), pay(id, null, manual)] : [pay(id, null, manual), voided(id)],
        );
        const { state, amount_paid } = await invoices.row(id);
        expect([
          ['void', '0'],
          ['paid', '10.00'],
        ]).toContainEqual([state, amount_paid]);
      }
    });
  });

  describe('credit notes', () => {
    it('take off what is due, are numbered, told, and written down', async () => {
      const id = await invoices.finalized({
        lines: [{ amount: '8.50' }, { amount: '1.50', component: 'calls', kind: 'usage' }],
      });
      const note = newId();
      const line = {
        component: 'calls',
        meter: 'api_calls',
        unit: 'call',
        from: '2026-02-03T00:00:00Z',
        to: '2026-02-04T00:00:00Z',
      };
      const lines = [{ ...line, quantity: '12.5', amount: '1.25', description: 'Counted twice' }];
      const told = await world.tracesOf(async () => {
        for (const outcome of ['issued', 'unchanged']) {
          expect(await credit(id, undefined, { id: note, lines })).toMatchObject({
            outcome,
            invoice: { state: 'finalized', credited: '1.25', amount_due: '8.75' },
            note: {
              id: note,
              kind: 'credit_note',
              number: 'CN-2026-000002',
              state: 'paid',
              corrects: id,
              reason: 'a mistake',
              total: '1.25',
              amount_due: '0',
              lines: [
                {
                  ...{
                    line: 1,
                    kind: 'credit',
                    component: 'calls',
                    meter: 'api_calls',
                    quantity: '12.5',
                    amount: '1.25',
                  },
                  ...{ starts_at: '2026-02-03T00:00:00+00:00', adjusts_invoice: id, description: 'Counted twice' },
                  inputs_hash: expect.stringMatching(/^[0-9a-f]{64}$/),
                },
              ],
            },
          });
        }
      });
      expect(told).toEqual({ audit: ['credit_note.issue', 'invoice.credit'], outbox: ['billing.credit_note.issued'] });
    });

    it('together take back the whole and no more, and leave the invoice paid', async () => {
      const id = await invoices.finalized();
      await credit(id, ['2.50', '1.50']);
      await expectRefused(() => credit(id, ['6.01']), 'exceeds_invoice');
      expect(await credit(id, undefined)).toMatchObject({
        note: { total: '6.00' },
        invoice: { state: 'paid', credited: '10.00' },
      });
      await expectRefused(() => credit(id, undefined), 'nothing_to_credit');
      await expectRefused(() => credit(id, ['0.01']), 'exceeds_invoice');
    });

    it('never more, however many are written at once', async () => {
      const id = await invoices.finalized();
      const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => credit(id, ['3.00'])));
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
      expect(await invoices.row(id)).toMatchObject({ credited: '9.00', amount_due: '1.00' });
    });

    it.each([
      ['less than nothing', ['5', '-1']],
      ['nothing', ['0', '0']],
      ['no line', []],
    ])('not of %s', async (_what, amounts) => {
      const id = await invoices.finalized();
      await expectRefused(() => credit(id, amounts), 'nothing_to_credit');
    });

    it('not of a draft, what is void, or another credit note; not by an id of another one', async () => {
      const [draft, gone, id] = [await invoices.draft(), await invoices.finalized(), await invoices.finalized()];
      await voided(gone);
      await expectRefused(() => credit(draft, ['1']), 'invoice_state');
      await expectRefused(() => credit(gone, ['1']), 'invoice_state');
      const note = newId();
      await credit(id, ['1'], { id: note });
      await expectRefused(() => credit(note, ['1']), 'invoice_not_found');
      await expectRefused(() => credit(id, ['2'], { id: note }), 'credit_note_differs');
      await expectRefused(() => credit(id, ['1'], { id }), 'credit_note_differs');
    });

    it('change no more than invoices do', async () => {
      const id = await invoices.finalized();
      const note = newId();
      await credit(id, ['1'], { id: note });
      for (const set of [
        "reason = 'x'",
        'total = 2, subtotal = 2',
        "state = 'void', voided_at = now(), paid_at = null",
      ]) {
        const update = `update public.billing_invoices set ${set} where id = $1`;
        await expect(test.sql(update, parameters([note]))).rejects.toMatchObject({ hint: 'invoice_immutable' });
      }
    });
  });

  it('by somebody whose key holds no longer changes nothing', async () => {
    const id = await invoices.finalized();
    const gone = { ...operator, credential: newId() };
    for (const name of ['billing_invoice_void', 'billing_invoice_uncollectible'] as const) {
      const args = { p_invoice_id: id, p_reason: 'x', p_at: at, p_context: gone };
      await expectRefused(() => test.database.rpc(name, args), 'credential_revoked');
    }
  });
});
