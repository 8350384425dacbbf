import { createTestDatabase, type TestDatabase } from '../../setup/database.js';
import { InvoiceActsOf } from '../../setup/invoice-acts.js';
import { Invoices, parameters } from '../../setup/invoices.js';
import { operator, Provisioning } from '../../setup/provisioning.js';
import { newId } from '../../../src/platform/ids.js';

describe('invoices and the credits of their tenant', () => {
  let test: TestDatabase;
  let world: Provisioning;
  let invoices: Invoices;
  let acts: InvoiceActsOf;
  let tenantId: string;

  beforeAll(async () => {
    test = await createTestDatabase();
    world = await Provisioning.in(test);
    acts = new InvoiceActsOf(test);
  });
  beforeEach(async () => {
    tenantId = await world.tenant();
    invoices = new Invoices(test, tenantId);
  });
  afterAll(() => test.drop());

  const has = async (): Promise<string> => {
    const [row] = await test.sql<{ sum: string }>(
      `select trim_scale(coalesce(sum(balance), 0))::text as sum from public.billing_ledger_accounts where tenant_id = $1 and account = 'credits'`,
      parameters([tenantId]),
    );
    return row?.sum ?? '';
  };
  const give = async (amount: string): Promise<void> => {
    const args = [tenantId, newId(), amount, JSON.stringify(operator)];
    const call = `select public.billing_credits_add($1, 'test', $2, 'USD', $3::text::numeric, '2026-01-01', $4::text::jsonb)`;
    await test.sql(call, parameters(args));
  };

  it('what it has pays a part of the invoice at its number, or all', async () => {
    await give('12.50');
    const [first, second] = [await invoices.finalized(), await invoices.finalized()];
    expect(await invoices.row(first)).toMatchObject({ state: 'paid', credit_applied: '10.00', amount_due: '0' });
    expect(await invoices.row(second)).toMatchObject({
      state: 'finalized',
      credit_applied: '2.50',
      amount_due: '7.50',
    });
    expect(await has()).toBe('0');
  });

  it('voiding gives back what was applied, once', async () => {
    await give('4');
    const id = await invoices.finalized();
    expect(await has()).toBe('0');
    for (const outcome of ['voided', 'unchanged']) expect(await acts.void(id)).toMatchObject({ outcome });
    expect(await has()).toBe('4');
    expect(await invoices.row(id)).toMatchObject({ state: 'void', credit_applied: '4', amount_due: '0' });
  });

  it('what is paid beyond what is due becomes credits, once', async () => {
    const id = await invoices.finalized();
    const payment = { provider: 'stripe', reference: newId() };
    expect(await acts.pay(id, '13.25', payment)).toMatchObject({ outcome: 'paid', to_credits: '3.25' });
    expect(await acts.pay(id, '13.25', payment)).toMatchObject({ outcome: 'unchanged', to_credits: '3.25' });
    expect(await has()).toBe('3.25');
    expect(await invoices.row(id)).toMatchObject({ state: 'paid', amount_paid: '10.00' });
  });

  it.each(['paid', 'void'])('money for an invoice that is %s by now becomes credits as a whole', async (state) => {
    const id = await invoices.finalized();
    await (state === 'paid' ? acts.pay(id, '10') : acts.void(id));
    const before = await invoices.row(id);
    expect(await acts.pay(id, '10')).toMatchObject({ outcome: 'credited', to_credits: '10' });
    expect(await has()).toBe('10');
    expect(await invoices.row(id)).toEqual(before);
  });

  it('a credit note takes off what is due first, and gives the rest as credits: 10 less 4 paid, of 8', async () => {
    const id = await invoices.finalized();
    await acts.pay(id, '4');
    const told = await world.tracesOf(async () => {
      expect(await acts.credit(id, ['8.00'])).toMatchObject({
        note: { total: '8.00', state: 'paid' },
        invoice: { state: 'paid', amount_paid: '4', credited: '6.00', amount_due: '0' },
      });
    });
    expect(told.outbox).toEqual(expect.arrayContaining(['billing.invoice.paid', 'billing.credit_note.issued']));
    expect(await has()).toBe('2');
    expect(await acts.refusalOf(() => acts.credit(id, ['2.01']))).toBe('exceeds_invoice');
    await acts.credit(id, undefined);
    expect(await has()).toBe('4');
  });

  it('a note of what credits paid gives them back', async () => {
    await give('10');
    const id = await invoices.finalized();
    const note = newId();
    for (const outcome of ['issued', 'unchanged']) {
      expect(await acts.credit(id, ['10'], { id: note })).toMatchObject({ outcome, invoice: { credited: '0' } });
    }
    expect(await has()).toBe('10');
  });

  it('never wait for each other in a circle, and nothing is lost: notes, payments and top-ups of one tenant', async () => {
    const ids = await Promise.all(Array.from({ length: 4 }, () => invoices.finalized()));
    const work = ids.flatMap((id) => [
      () => acts.credit(id, ['1']),
      () => acts.pay(id, '12'),
      () => acts.credit(id, ['2']),
      () => give('1'),
      async () => invoices.finalize(await invoices.draft()),
    ]);
    const settled = await Promise.allSettled(work.map((each) => each()));
    expect(settled.filter(({ status }) => status === 'rejected')).toEqual([]);
    const [sums] = await test.sql<{ receipts: string; due: string; noted: string; applied: string }>(
      `select (select sum(amount) from public.billing_receipts where tenant_id = $1)::text as receipts,
         (select sum(total - credited - amount_paid) from public.billing_invoices where tenant_id = $1 and kind = 'invoice')::text as due,
         (select sum(total) from public.billing_invoices where tenant_id = $1 and kind = 'credit_note')::text as noted,
         (select sum(credit_applied) from public.billing_invoices where tenant_id = $1)::text as applied`,
      parameters([tenantId]),
    );
    // 8 invoices of 10, 48 paid, 12 taken back, 4 given: what is not owed any more is credits, or was applied.
    expect(sums).toMatchObject({ receipts: '48', noted: '12' });
    const [row] = await test.sql<{ same: boolean }>(
      `select 80 - $1::text::numeric + $2::text::numeric + $3::text::numeric = 64 as same`,
      parameters([sums?.due, sums?.applied, await has()]),
    );
    expect(row).toEqual({ same: true });
  });
});
