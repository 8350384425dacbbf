import { newId } from '../../../src/platform/ids.js';
import { createTestDatabase, type TestDatabase } from '../../setup/database.js';
import { InvoiceActsOf } from '../../setup/invoice-acts.js';
import { Invoices, parameters } from '../../setup/invoices.js';
import { Provisioning } from '../../setup/provisioning.js';

describe('credit notes', () => {
  let test: TestDatabase;
  let world: Provisioning;
  let invoices: Invoices;
  let acts: InvoiceActsOf;

  beforeAll(async () => {
    test = await createTestDatabase();
    world = await Provisioning.in(test);
    invoices = new Invoices(test, world.tenantId);
    acts = new InvoiceActsOf(test);
  });
  afterAll(() => test.drop());

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
        expect(await acts.credit(id, undefined, { id: note, lines })).toMatchObject({
          outcome,
          invoice: { state: 'finalized', credited: '1.25', amount_due: '8.75' },
          note: {
            id: note,
            kind: 'credit_note',
            number: 'CN-2026-000001',
            state: 'paid',
            corrects: id,
            reason: 'a mistake',
            total: '1.25',
            amount_due: '0',
            lines: [
              {
                line: 1,
                kind: 'credit',
                component: 'calls',
                meter: 'api_calls',
                quantity: '12.5',
                amount: '1.25',
                starts_at: '2026-02-03T00:00:00+00:00',
                adjusts_invoice: id,
                description: 'Counted twice',
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
    await acts.credit(id, ['2.50', '1.50']);
    expect(await acts.refusalOf(() => acts.credit(id, ['6.01']))).toBe('exceeds_invoice');
    expect(await acts.credit(id, undefined)).toMatchObject({
      note: { total: '6.00' },
      invoice: { state: 'paid', credited: '10.00' },
    });
    expect(await acts.refusalOf(() => acts.credit(id, undefined))).toBe('nothing_to_credit');
    expect(await acts.refusalOf(() => acts.credit(id, ['0.01']))).toBe('exceeds_invoice');
  });

  it('never more, however many are written at once', async () => {
    const id = await invoices.finalized();
    const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => acts.credit(id, ['3.00'])));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
    expect(await invoices.row(id)).toMatchObject({ credited: '9.00', amount_due: '1.00' });
  });

  it.each([
    ['less than nothing', ['5', '-1']],
    ['nothing', ['0', '0']],
    ['no line', []],
  ])('not of %s', async (_what, amounts) => {
    const id = await invoices.finalized();
    expect(await acts.refusalOf(() => acts.credit(id, amounts))).toBe('nothing_to_credit');
  });

  it('not of a draft, what is void, or another credit note; not by an id of another one', async () => {
    const [draft, gone, id] = [await invoices.draft(), await invoices.finalized(), await invoices.finalized()];
    await acts.void(gone);
    expect(await acts.refusalOf(() => acts.credit(draft, ['1']))).toBe('invoice_state');
    expect(await acts.refusalOf(() => acts.credit(gone, ['1']))).toBe('invoice_state');
    const note = newId();
    await acts.credit(id, ['1'], { id: note });
    expect(await acts.refusalOf(() => acts.credit(note, ['1']))).toBe('invoice_not_found');
    expect(await acts.refusalOf(() => acts.credit(id, ['2'], { id: note }))).toBe('credit_note_differs');
    expect(await acts.refusalOf(() => acts.credit(id, ['1'], { id }))).toBe('credit_note_differs');
  });

  it('change no more than invoices do', async () => {
    const id = await invoices.finalized();
    const note = newId();
    await acts.credit(id, ['1'], { id: note });
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
