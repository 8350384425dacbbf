import { newId } from '../../../src/platform/ids.js';
import { createTestDatabase, type TestDatabase } from '../../setup/database.js';
import { InvoiceActsOf } from '../../setup/invoice-acts.js';
import { Invoices } from '../../setup/invoices.js';
import { operator, Provisioning } from '../../setup/provisioning.js';

describe('what is done to invoices', () => {
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

  describe('payments', () => {
    it('in parts, until nothing is due: told and written down', async () => {
      const id = await invoices.finalized();
      const told = await world.tracesOf(async () => {
        expect(await acts.pay(id, '4.25')).toMatchObject({
          outcome: 'partly_paid',
          invoice: { state: 'finalized', amount_due: '5.75' },
        });
        expect(await acts.pay(id, '5.75')).toMatchObject({
          outcome: 'paid',
          to_credits: '0.00',
          invoice: { state: 'paid', amount_paid: '10.00', amount_due: '0', paid_at: '2026-03-10T12:00:00+00:00' },
        });
      });
      expect(told).toEqual({ audit: ['invoice.pay', 'invoice.pay'], outbox: ['billing.invoice.paid'] });
    });

    it('of what is due, where nobody says how much', async () => {
      const id = await invoices.finalized();
      await acts.pay(id, '4');
      expect(await acts.pay(id, null)).toMatchObject({ outcome: 'paid', invoice: { amount_paid: '10.00' } });
    });

    it('once each, however often they are told of', async () => {
      const id = await invoices.finalized();
      const payment = { provider: 'stripe', reference: newId() };
      const answers = await Promise.all(Array.from({ length: 6 }, () => acts.pay(id, '6', payment)));
      expect(answers.map((answer) => Object(answer).outcome).filter((outcome) => outcome === 'unchanged')).toHaveLength(
        5,
      );
      expect(await invoices.row(id)).toMatchObject({ amount_paid: '6', amount_due: '4.00' });
      await acts.pay(id, '4');
      expect(await acts.pay(id, '6', payment)).toMatchObject({ outcome: 'unchanged', invoice: { state: 'paid' } });
    });

    it('not of another amount or another invoice under the same reference', async () => {
      const [id, other] = [await invoices.finalized(), await invoices.finalized()];
      const payment = { provider: 'stripe', reference: newId() };
      await acts.pay(id, '6', payment);
      expect(await acts.refusalOf(() => acts.pay(id, '7', payment))).toBe('payment_differs');
      expect(await acts.refusalOf(() => acts.pay(other, '6', payment))).toBe('payment_differs');
      const fresh = { provider: 'stripe', reference: newId() };
      const raced = await Promise.allSettled([acts.pay(id, '1', fresh), acts.pay(other, '1', fresh)]);
      expect(raced.map(({ status }) => status).toSorted((a, b) => a.localeCompare(b))).toEqual([
        'fulfilled',
        'rejected',
      ]);
    });

    it('not in another currency, of what is no invoice yet, or of nothing', async () => {
      const id = await invoices.finalized();
      expect(await acts.refusalOf(() => acts.pay(id, '1', { currency: 'EUR' }))).toBe('currency_differs');
      const draft = await invoices.draft();
      expect(await acts.refusalOf(() => acts.pay(draft, '1'))).toBe('invoice_state');
      expect(await acts.refusalOf(() => acts.pay(newId(), '1'))).toBe('invoice_not_found');
      await expect(acts.pay(id, '0')).rejects.toMatchObject({ code: '23514' });
      await expect(acts.pay(id, '-1')).rejects.toMatchObject({ code: '23514' });
      await expect(acts.pay(id, 'NaN')).rejects.toMatchObject({ code: '23514' });
    });

    it('by hand only of an open one', async () => {
      const id = await invoices.finalized();
      await acts.pay(id, null, { provider: 'manual' });
      expect(await acts.refusalOf(() => acts.pay(id, '1', { provider: 'manual' }))).toBe('invoice_state');
    });

    it('of what was written off after all', async () => {
      const id = await invoices.finalized();
      expect(await acts.writeOff(id)).toMatchObject({
        outcome: 'written_off',
        invoice: { state: 'uncollectible', reason: 'gone', amount_due: '10.00' },
      });
      expect(await acts.pay(id, '3')).toMatchObject({
        outcome: 'partly_paid',
        invoice: { state: 'uncollectible', amount_due: '7.00' },
      });
      expect(await acts.pay(id, '7')).toMatchObject({ outcome: 'paid', invoice: { state: 'paid' } });
    });
  });

  describe('voiding and writing off', () => {
    it('a draft and an invoice, once', async () => {
      const [draft, id] = [await invoices.draft(), await invoices.finalized()];
      const told = await world.tracesOf(async () => {
        for (const outcome of ['voided', 'unchanged']) {
          expect(await acts.void(draft)).toMatchObject({ outcome, invoice: { state: 'void', number: null } });
          expect(await acts.void(id)).toMatchObject({
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
      await acts.pay(part, '1');
      await acts.credit(noted, ['1']);
      await acts.writeOff(off);
      expect(await acts.refusalOf(() => acts.void(part))).toBe('invoice_has_payments');
      expect(await acts.refusalOf(() => acts.void(noted))).toBe('invoice_has_payments');
      expect(await acts.refusalOf(() => acts.void(off))).toBe('invoice_state');
      await acts.pay(part, '9');
      expect(await acts.refusalOf(() => acts.void(part))).toBe('invoice_state');
      expect(await acts.refusalOf(() => acts.writeOff(part))).toBe('invoice_state');
      const draft = await invoices.draft();
      expect(await acts.refusalOf(() => acts.writeOff(draft))).toBe('invoice_state');
    });

    it('or a payment, whoever is first: never both', async () => {
      for (let round = 0; round < 8; round += 1) {
        const id = await invoices.finalized();
        const manual = { provider: 'manual' };
        await Promise.allSettled(
          round % 2 === 0 ? [acts.void(id), acts.pay(id, null, manual)] : [acts.pay(id, null, manual), acts.void(id)],
        );
        const { state, amount_paid } = await invoices.row(id);
        expect([
          ['void', '0'],
          ['paid', '10.00'],
        ]).toContainEqual([state, amount_paid]);
      }
    });
  });

  it('by somebody whose key holds no longer changes nothing', async () => {
    const id = await invoices.finalized();
    const gone = { ...operator, credential: newId() };
    expect(await acts.refusalOf(() => acts.void(id, gone))).toBe('credential_revoked');
    expect(await acts.refusalOf(() => acts.writeOff(id, gone))).toBe('credential_revoked');
  });
});
