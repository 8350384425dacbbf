import { EvaluationPayments } from '../../../src/billing/payments/evaluation-payments.client.js';
import { NoPayments } from '../../../src/billing/payments/no-payments.client.js';
import {
  type Bill,
  type Collected,
  PaymentProvider,
  ProviderFailure,
} from '../../../src/billing/payments/payment-provider.js';
import { newId } from '../../../src/platform/ids.js';
import { createTestDatabase, type TestDatabase } from '../../setup/database.js';
import { Owing } from '../../setup/owing.js';
import { operator } from '../../setup/provisioning.js';

const never = new AbortController().signal;

/** Does what a test says, and counts what it was asked. */
class ToldProvider extends PaymentProvider {
  readonly name = 'stripe';
  readonly asked: Bill[] = [];
  constructor(private readonly answer: (bill: Bill) => Promise<Collected>) {
    super();
  }
  collect(bill: Bill): Promise<Collected> {
    this.asked.push(bill);
    return this.answer(bill);
  }
  async reduce(): Promise<void> {}
}

describe('collecting what is owed', () => {
  let test: TestDatabase;
  let owing: Owing;

  beforeAll(async () => {
    test = await createTestDatabase();
    owing = new Owing(test);
  });
  afterAll(() => test.drop());

  it('leaves invoices as they are where nobody collects', async () => {
    const debtor = await owing.debtor();
    const invoice = await owing.invoice(debtor, '10.00');
    await owing.deliver(new NoPayments());
    expect(await owing.state(invoice)).toBe('finalized');
    expect(await owing.payment(invoice)).toBeUndefined();
    expect(await owing.told(debtor)).toEqual(['billing.invoice.finalized']);
  });

  it('has the evaluation pay at once', async () => {
    const debtor = await owing.debtor();
    const invoice = await owing.invoice(debtor, '12.34');
    await owing.deliver(new EvaluationPayments());
    expect(await owing.state(invoice)).toBe('paid');
    expect(await owing.payment(invoice)).toMatchObject({ state: 'paid', amount: '12.34', error: null });
    expect(await owing.told(debtor)).toEqual(['billing.invoice.finalized', 'billing.invoice.paid']);
  });

  it('has the evaluation decline where the tenant says so, and pay when it does not any more and is asked again', async () => {
    const debtor = await owing.debtor({ metadata: { payment: 'decline' } });
    const invoice = await owing.invoice(debtor, '10.00');
    await owing.deliver(new EvaluationPayments());
    expect(await owing.state(invoice)).toBe('finalized');
    expect(await owing.payment(invoice)).toMatchObject({ state: 'failed', error: expect.stringContaining('declines') });
    expect(await owing.status(debtor)).toBe('past_due');

    await test.sql("update public.tenants set metadata = '{}' where id = $1", [debtor.tenantId]);
    await owing.payments(new EvaluationPayments()).retry(invoice, operator);
    await owing.deliver(new EvaluationPayments());
    expect(await owing.payment(invoice)).toMatchObject({ state: 'paid', attempt: 2 });
    expect(await owing.state(invoice)).toBe('paid');
    expect(await owing.status(debtor)).toBe('active');
    const rows = await test.sql(
      "select actor from public.audit_log where action = 'payment.retry' and resource_id = $1",
      [invoice],
    );
    expect(rows).toEqual([{ actor: 'operator' }]);
  });

  it('asks for nothing of which nothing is due', async () => {
    const debtor = await owing.debtor();
    const provider = new ToldProvider(async () => ({ state: 'open', reference: newId() }));
    const paid = await owing.invoice(debtor, '10.00');
    await owing.paid(paid, '10.00');
    await owing.invoice(debtor, '0.00');
    await owing.deliver(provider);
    await owing.calls(provider).collect(newId(), never);
    expect(provider.asked).toEqual([]);
  });

  it('asks once, whatever is delivered again', async () => {
    const debtor = await owing.debtor();
    const invoice = await owing.invoice(debtor, '10.00');
    const provider = new ToldProvider(async () => ({ state: 'open', reference: 'in_1' }));
    await owing.deliver(provider);
    await owing.calls(provider).collect(invoice, never);
    expect(provider.asked).toHaveLength(1);
    expect(provider.asked[0]).toMatchObject({ amount: '10.00', currency: 'USD', attempt: 1, again: false });
    expect(await owing.payment(invoice)).toMatchObject({ state: 'open', reference: 'in_1' });
    await expect(owing.payments(provider).retry(invoice, operator)).rejects.toMatchObject({
      code: 'payment_under_way',
    });
  });

  it('comes again to what a provider could not take yet, and holds back no other tenant', async () => {
    const [debtor, other] = [await owing.debtor(), await owing.debtor()];
    const [held, free] = [await owing.invoice(debtor, '10.00'), await owing.invoice(other, '10.00')];
    const broken = new ToldProvider(async ({ invoiceId }) => {
      if (invoiceId === held) throw new ProviderFailure('503');
      return { state: 'open', reference: `in_${invoiceId}` };
    });
    await owing.deliver(broken);
    expect(await owing.payment(free)).toMatchObject({ state: 'open' });
    expect(await owing.payment(held)).toMatchObject({ state: 'pending' });
    const whole = new ToldProvider(async ({ invoiceId }) => ({ state: 'open', reference: `in_${invoiceId}` }));
    await owing.clock.advance(1_000);
    await owing.deliver(whole);
    expect(whole.asked).toEqual([expect.objectContaining({ invoiceId: held, attempt: 1, again: true })]);
    expect(await owing.payment(held)).toMatchObject({ state: 'open' });
  });

  it('writes down what a provider never takes, for an operator, and goes on with the tenant’s next message', async () => {
    const debtor = await owing.debtor();
    const [first, second] = [await owing.invoice(debtor, '10.00'), await owing.invoice(debtor, '20.00')];
    const provider = new ToldProvider(async ({ invoiceId }) =>
      invoiceId === first ? { state: 'refused', error: 'no such currency' } : { state: 'open', reference: 'in_second' },
    );
    await owing.deliver(provider);
    expect(await owing.payment(first)).toMatchObject({ state: 'refused', error: 'no such currency' });
    expect(await owing.payment(second)).toMatchObject({ state: 'open' });
    expect(await owing.told(debtor)).toContain('billing.payment.refused');
    expect(await owing.status(debtor)).toBe('active');
  });

  it('has nothing to retry of what nobody was asked for', async () => {
    const payments = owing.payments(new EvaluationPayments());
    await expect(payments.retry(newId(), operator)).rejects.toMatchObject({ code: 'payment_not_found' });
    const debtor = await owing.debtor({ metadata: { payment: 'decline' } });
    const invoice = await owing.invoice(debtor, '10.00');
    await owing.deliver(new EvaluationPayments());
    await owing.paid(invoice, '10.00');
    await expect(payments.retry(invoice, operator)).rejects.toMatchObject({ code: 'nothing_due' });
  });
});
