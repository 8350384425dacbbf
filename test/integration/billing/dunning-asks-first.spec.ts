import { NoPayments } from '../../../src/billing/payments/no-payments.client.js';
import { OpenAtStripe } from '../../setup/open-at-stripe.js';

const never = new AbortController().signal;
const minute = 60_000;

describe('dunning, which asks Stripe first', () => {
  let at: OpenAtStripe;

  beforeEach(async () => {
    at = await OpenAtStripe.start();
  });
  afterEach(() => at.stop());

  const days = (n: number): Promise<void> => at.owing.passDays(n);

  it('leaves whoever has paid as they are', async () => {
    await days(14);
    at.pay();
    await at.owing.dunning(at.stripe).run(never);
    expect(await at.owing.status(at.debtor)).toBe('active');
    await at.owing.deliver(at.stripe);
    expect(await at.paid()).toEqual(at.paidOnce);
    expect(await at.dunned()).toEqual([]);
  });

  it('makes whoever has not paid past due at once, and suspends them after the dunning time', async () => {
    await days(14);
    await at.dun();
    expect(await at.owing.status(at.debtor)).toBe('past_due');
    await days(14);
    await at.dun();
    expect(await at.owing.status(at.debtor)).toBe('suspended');
    expect(await at.dunned()).toEqual([
      'billing.invoice.overdue',
      'billing.subscription.past_due',
      'billing.invoice.overdue',
      'billing.subscription.suspended',
    ]);
  });

  it('does not suspend whoever has paid in the dunning time, and ends that', async () => {
    await days(14);
    await at.dun();
    at.pay();
    await days(14);
    await at.owing.dunning(at.stripe).run(never);
    expect(await at.owing.status(at.debtor)).toBe('past_due');
    await at.owing.deliver(at.stripe);
    expect(await at.owing.status(at.debtor)).toBe('active');
    expect(await at.dunned()).not.toContain('billing.subscription.suspended');
  });

  it('resumes within the hour whoever pays while suspended', async () => {
    await days(14);
    await at.dun();
    await days(14);
    await at.dun();
    at.pay();
    await at.owing.clock.advance(60 * minute);
    await at.dun();
    expect(await at.owing.status(at.debtor)).toBe('active');
  });

  it('does not believe a failure that is told late', async () => {
    const before = at.owing.clock.now();
    await at.owing.clock.advance(2 * minute);
    at.pay();
    await at.tell('invoice.payment_failed', 'evt_late', before);
    expect(await at.owing.payment(at.invoice)).toMatchObject({ state: 'failed' });
    await at.owing.deliver(at.stripe);
    expect(await at.paid()).toEqual(at.paidOnce);
    expect(await at.dunned()).toEqual([]);
  });

  it('believes a failure that is so', async () => {
    await at.tell('invoice.payment_failed');
    await at.owing.deliver(at.stripe);
    expect(await at.dunned()).toEqual(['billing.subscription.past_due']);
  });

  it.each([
    ['answers nothing but errors', () => (at.server.fault = () => ({ kind: 'status', status: 503 }))],
    ['does not know the key', () => (at.server.fault = () => ({ kind: 'status', status: 401 }))],
    ['cuts connections', () => (at.server.fault = () => ({ kind: 'reset' }))],
    ['hangs', () => (at.server.fault = () => ({ kind: 'hang' }))],
    ['knows no such invoice, for the key is of another account', () => at.server.invoices.clear()],
  ] as const)('makes nobody past due while Stripe %s', async (_what, away) => {
    away();
    await days(14);
    for (let day = 0; day < 30; day += 1) {
      await at.dun();
      await days(1);
    }
    expect(await at.owing.status(at.debtor)).toBe('active');
    expect(await at.dunned()).toEqual([]);
    const [stuck] = await at.stuck();
    expect(stuck).toMatchObject({
      invoice_id: at.invoice,
      stuck: { since: '2026-03-15T00:00:00.000Z', dunning_waits: true, error: expect.stringContaining('Stripe') },
    });
    expect(JSON.stringify(stuck)).not.toContain('canary');

    at.server.invoices.set(at.theirs.id, at.theirs);
    at.server.fault = () => undefined;
    await at.pass(5);
    expect(await at.owing.status(at.debtor)).toBe('past_due');
    expect(await at.stuck()).toEqual([]);
    await days(13);
    await at.dun();
    expect(await at.owing.status(at.debtor)).toBe('past_due');
  });

  it('suspends nobody while Stripe is away, however long they are past due, and recovers who has paid', async () => {
    await days(14);
    await at.dun();
    at.server.fault = () => ({ kind: 'status', status: 500 });
    at.pay();
    for (let day = 0; day < 20; day += 1) {
      await days(1);
      await at.dun();
    }
    expect(await at.owing.status(at.debtor)).toBe('past_due');
    at.server.fault = () => undefined;
    await at.pass(5);
    expect(await at.owing.status(at.debtor)).toBe('active');
    expect(await at.paid()).toEqual(at.paidOnce);
  });

  it('waits where an attempt to collect is still to be made', async () => {
    at.server.fault = () => ({ kind: 'reset' });
    const other = await at.owing.debtor();
    await at.owing.invoice(other, '5.00', 0);
    await at.owing.deliver(at.stripe);
    await at.dun();
    expect(await at.owing.status(other)).toBe('active');
    at.server.fault = () => undefined;
    await at.pass(1);
    expect(await at.owing.status(other)).toBe('past_due');
  });

  it('waits where what Stripe told waits for an operator, and asks no more often for it', async () => {
    at.theirs.currency = 'eur';
    at.pay();
    await days(14);
    await at.dun();
    await at.dun();
    expect(await at.owing.status(at.debtor)).toBe('active');
    expect(await at.events()).toEqual([{ id: `asked-${at.theirs.id}-paid`, state: 'failed' }]);
    expect(at.looks).toBe(1);
    await at.owing.paid(at.invoice, '10.00');
    await at.dun();
    expect(await at.dunned()).toEqual([]);
  });

  it('goes by what is certain, and reminds of that alone', async () => {
    const transfer = await at.owing.invoice(at.debtor, '7.00', 14);
    await at.test.sql('delete from public.outbox where delivered_at is null');
    at.server.fault = () => ({ kind: 'reset' });
    await days(14);
    await at.dun();
    expect(await at.owing.status(at.debtor)).toBe('past_due');
    const rows = await at.test.sql(
      "select payload ->> 'invoice_id' as id from public.outbox where topic = 'billing.invoice.overdue'",
    );
    expect(rows).toEqual([{ id: transfer }]);
    await days(14);
    await at.dun();
    expect(await at.owing.status(at.debtor)).toBe('suspended');
  });

  it('asks nobody where the setting says that nobody collects any more', async () => {
    await days(14);
    await at.owing.dunning(new NoPayments()).run(never);
    expect(await at.owing.status(at.debtor)).toBe('past_due');
  });
});
