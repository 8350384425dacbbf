import { Billing, changing, refusal } from '../../setup/billing.js';

const never = new AbortController().signal;

describe('subscribing again after a trial that nobody activated', () => {
  let billing: Billing;
  beforeAll(async () => {
    billing = await Billing.start('2026-03-01T00:00:00Z');
  });
  afterAll(() => billing.stop());

  it('lets run what stood still: the suspension is over with the subscription that it was of', async () => {
    const tenant = await billing.tenant();
    const tried = await billing.subscribe(tenant, { plan: 'starter', trial_days: 14, trial_end: 'suspend' });
    await billing.goTo('2026-03-20T00:00:00Z');
    await billing.upkeep.run(never);
    // Another interval is another subscription.
    await billing.changes.cancel(changing(tried), 'now');
    const told = async (): Promise<unknown> =>
      billing.test.sql(
        `select topic from public.outbox where topic in ('billing.subscription.suspended', 'billing.subscription.resumed')
           and payload ->> 'subscription_id' = $1 order by id`,
        [tried.subscription.id],
      );
    expect(await told()).toEqual([{ topic: 'billing.subscription.suspended' }]);
    await billing.goTo('2026-03-20T01:00:00Z');
    await billing.subscribe(tenant, { plan: 'starter', interval: 'year' });
    expect(await told()).toEqual([
      { topic: 'billing.subscription.suspended' },
      { topic: 'billing.subscription.resumed' },
    ]);
  });
});

describe('a subscription that is billed to its end', () => {
  let billing: Billing;
  beforeAll(async () => {
    billing = await Billing.start('2026-04-01T00:00:00Z');
  });
  afterAll(() => billing.stop());

  it('is over, also for a replica whose clock is behind', async () => {
    const subscribed = await billing.subscribe(await billing.tenant());
    await billing.changes.cancel(changing(subscribed), 'period_end');
    await billing.test.sql(
      `update public.billing_subscriptions set next_period = 1, next_period_from = ends_at, next_period_to = '2026-06-01Z' where ends_at is not null`,
    );
    expect(await refusal(billing.changes.uncancel(changing(subscribed)))).toBe('subscription_ended');
  });
});
