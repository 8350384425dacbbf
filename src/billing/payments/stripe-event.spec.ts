import { eventOfStripeInvoice } from './stripe-event.js';

const invoice = {
  id: 'in_1',
  status: 'paid',
  currency: 'usd',
  amount_paid: 1_000,
  attempt_count: 1,
  metadata: { tenantry_invoice: 'somebody changed it' },
  status_transitions: {
    finalized_at: 1_772_000_000,
    paid_at: 1_772_323_200,
    voided_at: 1_772_323_201,
    marked_uncollectible_at: null,
  },
};

describe('an invoice that Stripe answers', () => {
  it('is the event of its payment', () => {
    expect(eventOfStripeInvoice(invoice, 'ours')).toEqual({
      id: 'asked-in_1-paid',
      type: 'invoice.paid',
      happened_at: '2026-03-01T00:00:00.000Z',
      means: 'paid',
      invoice_id: 'ours',
      reference: 'in_1',
      amount: '10.00',
      currency: 'USD',
      reason: null,
    });
  });

  it('is the event of its end without payment', () => {
    expect(eventOfStripeInvoice({ ...invoice, status: 'void' }, 'ours')).toMatchObject({
      id: 'asked-in_1-void',
      means: 'void',
      happened_at: '2026-03-01T00:00:01.000Z',
      reason: 'it was voided at Stripe',
    });
  });

  it.each(['draft', 'open', null])('is no event while it is %s', (status) => {
    expect(eventOfStripeInvoice({ ...invoice, status }, 'ours')).toBeUndefined();
  });

  it.each([
    ['when it was paid', { status_transitions: { paid_at: null } }],
    ['what was paid', { amount_paid: '1000' }],
    ['in which currency', { currency: undefined }],
  ])('is not taken for one of which nothing has come, where it does not say %s', (_what, more) => {
    expect(() => eventOfStripeInvoice({ ...invoice, ...more }, 'ours')).toThrow('is not understood');
  });
});
