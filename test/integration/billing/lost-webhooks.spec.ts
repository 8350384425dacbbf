import { PaymentsStore } from '../../../src/billing/payments/payments.store.js';
import { WebhooksStore } from '../../../src/billing/payments/webhooks.store.js';
import { OpenAtStripe } from '../../setup/open-at-stripe.js';

const never = new AbortController().signal;
const minute = 60_000;

/** A replica that is killed before it writes down that it has an answer. */
class Killed extends PaymentsStore {
  override answered(): Promise<void> {
    return Promise.reject(new Error('killed'));
  }
  override unanswered(): Promise<void> {
    return Promise.reject(new Error('killed'));
  }
}

describe('what Stripe was asked, for its webhook did not come', () => {
  let at: OpenAtStripe;

  beforeEach(async () => {
    at = await OpenAtStripe.start();
  });
  afterEach(() => at.stop());

  it('is taken as if it had told it: five minutes later, once, by an event that operators see', async () => {
    at.pay();
    await at.pass(4);
    expect(at.looks).toBe(0);
    await at.pass(1);
    expect(await at.paid()).toEqual(at.paidOnce);
    expect(await new WebhooksStore(at.test.database).list(undefined, 10, undefined)).toEqual([
      expect.objectContaining({
        id: `asked-${at.theirs.id}-paid`,
        type: 'invoice.paid',
        state: 'treated',
        invoice_id: at.invoice,
        amount: '10.00',
        happened_at: '2026-03-01T00:00:00.000Z',
      }),
    ]);
    await at.pass(30 * 24 * 60);
    expect(at.looks).toBe(1);
  });

  it('counts once with a webhook that comes late, and twice', async () => {
    at.pay();
    await at.pass(5);
    await at.tell('invoice.paid', 'evt_late');
    await at.tell('invoice.paid', 'evt_late');
    await at.tell('invoice.paid', 'evt_another');
    expect(await at.paid()).toEqual(at.paidOnce);
  });

  it('is not asked after a webhook that came', async () => {
    at.pay();
    await at.tell('invoice.paid');
    await at.pass(24 * 60);
    expect(at.looks).toBe(0);
    expect(await at.paid()).toEqual(at.paidOnce);
  });

  it('counts once with a webhook that comes at the same moment, and on two replicas', async () => {
    at.pay();
    await at.owing.clock.advance(5 * minute);
    const calls = [1, 2, 3].map(() => at.owing.calls(at.stripe).run(never));
    await Promise.all([...calls, at.tell('invoice.paid'), at.tell('invoice.paid')]);
    await at.owing.deliver(at.stripe);
    expect(await at.paid()).toEqual(at.paidOnce);
    expect(at.looks).toBe(1);
  });

  it('counts once where a replica was killed after it took the answer: another asks again', async () => {
    at.pay();
    await at.owing.clock.advance(5 * minute);
    await expect(at.owing.calls(at.stripe, new Killed(at.test.database)).run(never)).rejects.toThrow('failed');
    await at.owing.calls(at.stripe).run(never);
    expect(at.looks).toBe(1);
    await at.pass(3);
    expect(await at.paid()).toEqual(at.paidOnce);
    expect(await at.test.sql('select call_at, held_until from public.billing_payments')).toEqual([
      { call_at: null, held_until: null },
    ]);
  });

  it.each(['void', 'uncollectible'] as const)('makes an invoice %s that is so there', async (state) => {
    at.server.end(at.theirs, state);
    await at.pass(5);
    expect(await at.owing.state(at.invoice)).toBe(state);
    expect(await at.owing.payment(at.invoice)).toMatchObject({ state: 'withdrawn' });
    expect(await at.events()).toEqual([{ id: `asked-${at.theirs.id}-${state}`, state: 'treated' }]);
  });

  it('finds what was paid after it was written off', async () => {
    at.server.end(at.theirs, 'uncollectible');
    await at.pass(5);
    at.pay();
    await at.pass(10);
    expect(await at.paid()).toEqual(at.paidOnce);
  });

  it('finds what was paid there at the moment when it was to be withdrawn', async () => {
    await at.owing.paid(at.invoice, '10.00');
    at.server.fault = ({ path, method }) => {
      // Between the look and the withdrawal.
      if (method === 'GET' && path.endsWith(at.theirs.id) && at.looks === 2) at.pay();
      return undefined;
    };
    await at.owing.deliver(at.stripe);
    expect(await at.owing.payment(at.invoice)).toMatchObject({ state: 'open' });
    await at.pass(1);
    expect(await at.owing.payment(at.invoice)).toMatchObject({ state: 'paid' });
    const receipt = { provider: 'stripe', reference: at.theirs.id, amount: '10.00' };
    expect(await at.paid()).toMatchObject({ receipts: expect.arrayContaining([receipt]), told: 1 });
    const credits = await at.test.sql('select kind, amount::text as amount from public.billing_credit_grants');
    expect(credits).toEqual([{ kind: 'paid', amount: '10.00' }]);
  });

  it('is asked ever more seldom, at most every six hours', async () => {
    const asked: number[] = [];
    let seen = 0;
    for (let minutes = 5; minutes <= 60 * 48; minutes += 5) {
      await at.owing.clock.advance(5 * minute);
      await at.owing.calls(at.stripe).run(never);
      if (at.looks > seen) asked.push(minutes);
      seen = at.looks;
    }
    expect(asked).toEqual([5, 15, 35, 75, 155, 315, 635, 995, 1_355, 1_715, 2_075, 2_435, 2_795]);
  });
});
