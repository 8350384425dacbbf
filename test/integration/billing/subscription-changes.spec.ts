import { ratePeriod } from '../../../src/billing/rating/rate-period.js';
import type { StoredSubscription } from '../../../src/billing/subscriptions/stored-subscription.js';
import { subscriptionPeriod } from '../../../src/billing/subscriptions/subscription-period.js';
import { Billing, changing, fee, refusal } from '../../setup/billing.js';

describe('what becomes of subscriptions', () => {
  let billing: Billing;

  beforeEach(async () => {
    billing = await Billing.start('2026-04-01T00:00:00Z');
  });
  afterEach(() => billing.stop());

  /** What the running period comes to, when nothing but fees is owed. */
  const total = (stored: StoredSubscription): string => {
    const rating = ratePeriod({ subscription: subscriptionPeriod(stored), quantities: [] });
    if (rating.state === 'refused') throw new Error(JSON.stringify(rating.faults));
    return rating.rated.totals.total;
  };
  const planOf = async (tenant: { id: string }): Promise<unknown> =>
    (await billing.test.sql('select plan from public.tenants where id = $1', [tenant.id as never]))[0]?.['plan'];
  const upkeep = async (): Promise<void> => {
    const { failures } = await billing.upkeep.run(new AbortController().signal);
    expect(failures).toEqual([]);
  };

  it('moves now: each plan is billed for its part', async () => {
    await billing.plan([fee('40')], {}, 'big');
    const tenant = await billing.tenant();
    const subscribed = await billing.subscribe(tenant);
    await billing.goTo('2026-04-16T00:00:00Z');
    const moved = await billing.changes.move(changing(subscribed), { plan: 'big' });
    // 15 of 30 days at 10, and 15 at 40.
    expect(total(moved)).toBe('25.00');
    expect(moved.phases).toMatchObject([
      { plan_version: 'starter@1', ends_at: '2026-04-16T00:00:00Z' },
      { plan_version: 'big@1', starts_at: '2026-04-16T00:00:00Z', ends_at: null },
    ]);
    expect(await planOf(tenant)).toBe('big');
  });

  it('stays on its version until it is moved to the next', async () => {
    const tenant = await billing.tenant();
    await billing.plan([fee('10')], {}, 'kept');
    const subscribed = await billing.subscribe(tenant, { plan: 'kept' });
    await billing.plan([fee('20')], { effective_from: '2026-04-10T00:00:00Z' }, 'kept');
    await billing.goTo('2026-04-16T00:00:00Z');
    expect(total(await billing.read(subscribed.subscription.id))).toBe('10.00');
    expect(total(await billing.changes.move(changing(subscribed), { plan: 'kept' }))).toBe('15.00');
  });

  it('moves at the end of the period, and is put on the plan when that comes', async () => {
    await billing.plan([fee('40')], {}, 'big');
    const tenant = await billing.tenant();
    const subscribed = await billing.subscribe(tenant);
    await billing.goTo('2026-04-16T00:00:00Z');
    const moved = await billing.changes.move(changing(subscribed), { plan: 'big', at: 'period_end' });
    expect(moved.phases[1]).toMatchObject({ starts_at: '2026-05-01T00:00:00Z', plan_version: 'big@1' });
    expect(total(moved)).toBe('10.00');
    await upkeep();
    expect(await planOf(tenant)).toBe('starter');
    await billing.goTo('2026-05-01T00:00:00Z');
    await upkeep();
    expect(await planOf(tenant)).toBe('big');
    // What the operator says of the plan later stands.
    await billing.test.sql(`update public.tenants set plan = 'free' where id = $1`, [tenant.id as never]);
    await upkeep();
    expect(await planOf(tenant)).toBe('free');
  });

  it('drops what was planned from then on', async () => {
    await billing.plan([fee('40')], {}, 'big');
    await billing.plan([fee('90')], {}, 'huge');
    const subscribed = await billing.subscribe(await billing.tenant());
    const plan = (name: string, at: string): Promise<StoredSubscription> =>
      billing.changes.move(changing(subscribed), { plan: name, at });
    await plan('big', '2026-06-01T00:00:00Z');
    await plan('huge', '2026-08-01T00:00:00Z');
    const { phases } = await plan('free', '2026-07-01T00:00:00Z');
    expect(phases.map(({ plan_version, starts_at }) => [plan_version, starts_at])).toEqual([
      ['starter@1', '2026-04-01T00:00:00Z'],
      ['big@1', '2026-06-01T00:00:00Z'],
      ['free@1', '2026-07-01T00:00:00Z'],
    ]);
  });

  it('what is left of a trial stays one', async () => {
    await billing.plan([fee('40')], {}, 'big');
    const subscribed = await billing.subscribe(await billing.tenant(), { trial_days: 14 });
    await billing.goTo('2026-04-08T00:00:00Z');
    const moved = await billing.changes.move(changing(subscribed), { plan: 'big' });
    expect(moved.phases.map(({ trial, plan_version, ends_at }) => [trial, plan_version, ends_at])).toEqual([
      [true, 'starter@1', '2026-04-08T00:00:00Z'],
      [true, 'big@1', '2026-04-15T00:00:00Z'],
      [false, 'big@1', null],
    ]);
    // 16 of 30 days: 40 x 16 / 30 = 21.333…
    expect(total(moved)).toBe('21.33');
  });

  it('refuses moves with every fault, and changes nothing', async () => {
    const subscribed = await billing.subscribe(await billing.tenant());
    await billing.goTo('2026-04-16T00:00:00Z');
    const before = await billing.read(subscribed.subscription.id);
    const bad = (body: unknown): Promise<unknown> => refusal(billing.changes.move(changing(subscribed), body));
    expect(await bad({ plan: 'nothing', at: '2026-04-15T23:59:59Z', more: 1 })).toEqual([
      '/more is not known here',
      '/at must not be in the past',
      '/plan is no plan that is sold at 2026-04-15T23:59:59Z',
    ]);
    expect(await bad({ plan: 'starter', interval: 'year', currency: 'EUR' })).toEqual([
      '/interval is that of the subscription: end it, and subscribe again',
      '/currency is that of the subscription: end it, and subscribe again',
    ]);
    expect(await bad({ plan: 'enterprise' })).toEqual(['/components is required: enterprise@1 is sold by contract']);
    expect(await bad({ at: 'tomorrow' })).toContain('/plan is required');
    expect(await billing.read(subscribed.subscription.id)).toEqual(before);
    const gone = { ...changing(subscribed), id: '0199c0de-0000-7000-8000-00000000000f' };
    expect(await refusal(billing.changes.move(gone, { plan: 'starter' }))).toBe('subscription_not_found');
    const stale = { ...changing(subscribed), ifMatch: '"v99"' };
    expect(await refusal(billing.changes.move(stale, { plan: 'free' }))).toBe('precondition_failed');
  });

  it('what was billed stays as it was', async () => {
    const subscribed = await billing.subscribe(await billing.tenant());
    await billing.goTo('2026-04-16T00:00:00Z');
    // A run on a replica whose clock is ahead.
    await billing.test.sql(
      `update public.billing_subscriptions set next_period = 1, next_period_from = '2026-05-01Z', next_period_to = '2026-06-01Z'`,
    );
    expect(await refusal(billing.changes.move(changing(subscribed), { plan: 'free' }))).toBe('period_already_billed');
    expect(await refusal(billing.changes.cancel(changing(subscribed), 'now'))).toBe('period_already_billed');
    const terms = { price: { model: 'flat', amount: '1' } };
    expect(await refusal(billing.changes.addOverride(changing(subscribed), { component: 'base', terms }))).toEqual([
      '/from must not be before 2026-05-01T00:00:00Z: that was billed',
    ]);
  });

  it('ends at the end of its period, or goes on again', async () => {
    const tenant = await billing.tenant();
    const subscribed = await billing.subscribe(tenant);
    const cancelled = await billing.changes.cancel(changing(subscribed), 'period_end');
    expect(cancelled.subscription.ends_at).toBe('2026-05-01T00:00:00Z');
    expect(await refusal(billing.subscribe(tenant))).toBe('tenant_has_subscription');
    expect(total(cancelled)).toBe('10.00');
    expect(total(await billing.changes.uncancel(changing(subscribed)))).toBe('10.00');
    await billing.changes.cancel(changing(subscribed), 'period_end');
    await billing.goTo('2026-05-01T00:00:00Z');
    const { changes } = billing;
    expect(await refusal(changes.uncancel(changing(subscribed)))).toBe('subscription_ended');
    expect(await refusal(changes.cancel(changing(subscribed), 'now'))).toBe('subscription_ended');
    expect(await refusal(changes.move(changing(subscribed), { plan: 'free' }))).toBe('subscription_ended');
  });

  it('ends now: what is left of the period costs nothing, and the tenant may subscribe anew', async () => {
    const tenant = await billing.tenant();
    const subscribed = await billing.subscribe(tenant);
    await billing.goTo('2026-04-16T00:00:00Z');
    const cancelled = await billing.changes.cancel(changing(subscribed), 'now');
    expect(total(cancelled)).toBe('5.00');
    await billing.subscribe(tenant, { plan: 'free' });
    await upkeep();
    expect((await billing.read(subscribed.subscription.id)).subscription.status).toBe('active');
    await billing.test
      .sql(`update public.billing_subscriptions set next_period = 1, next_period_from = '2026-05-01Z', next_period_to = '2026-06-01Z'
      where ends_at is not null`);
    await upkeep();
    expect((await billing.read(subscribed.subscription.id)).subscription.status).toBe('ended');
  });

  it('moved and ended at once, it is both or only ended, and its trail has each', async () => {
    await billing.plan([fee('40')], {}, 'big');
    for (let round = 0; round < 6; round += 1) {
      const subscribed = await billing.subscribe(await billing.tenant());
      await billing.clock.advance(60_000);
      const [moved, ended] = await Promise.all([
        refusal(billing.changes.move(changing(subscribed), { plan: 'big' })),
        refusal(billing.changes.cancel(changing(subscribed), 'now')),
      ]);
      expect(ended).toBe('done');
      expect(['done', 'subscription_ended']).toContain(moved);
      const { subscription, phases } = await billing.read(subscribed.subscription.id);
      expect(subscription.row_version).toBe(moved === 'done' ? 3 : 2);
      expect(phases).toHaveLength(moved === 'done' ? 2 : 1);
      const trail = await billing.test.sql(`select action from public.audit_log where resource_id = $1`, [
        subscription.id as never,
      ]);
      expect(trail).toHaveLength(subscription.row_version);
    }
  });

  it('a trial ends, and what follows is paid for', async () => {
    const subscribed = await billing.subscribe(await billing.tenant(), { trial_days: 14 });
    await billing.goTo('2026-04-14T23:59:59Z');
    await upkeep();
    expect((await billing.read(subscribed.subscription.id)).subscription.status).toBe('trialing');
    await billing.goTo('2026-04-15T00:00:00Z');
    await upkeep();
    const active = await billing.read(subscribed.subscription.id);
    expect(active.subscription.status).toBe('active');
    // 10 x 16 / 30 = 5.333…
    expect(total(active)).toBe('5.33');
    await upkeep();
    expect((await billing.read(subscribed.subscription.id)).subscription.row_version).toBe(
      active.subscription.row_version,
    );
  });

  it('a trial that ends in a suspension costs nothing until it is activated', async () => {
    const subscribed = await billing.subscribe(await billing.tenant(), { trial_days: 14, trial_end: 'suspend' });
    expect(total(subscribed)).toBe('0.00');
    await billing.goTo('2026-04-16T00:00:00Z');
    expect(await refusal(billing.changes.move(changing(subscribed), { plan: 'free' }))).toBe('trial_over');
    const activated = await billing.changes.activate(changing(subscribed));
    expect(total(activated)).toBe('5.00');
    expect(await refusal(billing.changes.activate(changing(subscribed)))).toBe('nothing_to_activate');
    await upkeep();
    expect((await billing.read(subscribed.subscription.id)).subscription.status).toBe('active');
  });

  it('a trial that ends in a suspension is told to whoever stops instances, and an activation to whoever starts them', async () => {
    const subscribed = await billing.subscribe(await billing.tenant(), { trial_days: 14, trial_end: 'suspend' });
    const { id } = subscribed.subscription;
    await billing.goTo('2026-04-15T00:00:00Z');
    await upkeep();
    expect((await billing.read(id)).subscription.status).toBe('suspended');
    await billing.goTo('2026-04-21T00:00:00Z');
    const activated = await billing.changes.activate(changing(subscribed));
    expect(activated.subscription.status).toBe('active');
    // 10 of 30 days.
    expect(total(activated)).toBe('3.33');
    const told = await billing.test.sql(
      `select topic from public.outbox where payload ->> 'subscription_id' = $1 and topic in ($2, $3) order by id`,
      [id as never, 'billing.subscription.suspended' as never, 'billing.subscription.resumed' as never],
    );
    expect(told.map(({ topic }) => topic)).toEqual(['billing.subscription.suspended', 'billing.subscription.resumed']);
  });

  it('one that cannot be brought up to date stops no other', async () => {
    const [one, two] = [
      await billing.subscribe(await billing.tenant(), { trial_days: 1 }),
      await billing.subscribe(await billing.tenant(), { trial_days: 1 }),
    ];
    await billing.test.sql(`create function public.refuse_one() returns trigger language plpgsql as $$ begin
      if new.id = '${one.subscription.id}' then raise exception 'broken'; end if; return new; end $$;
      create trigger refuse_one before update on public.billing_subscriptions for each row execute function public.refuse_one()`);
    await billing.goTo('2026-04-03T00:00:00Z');
    const { advanced, failures } = await billing.upkeep.run(new AbortController().signal);
    expect([advanced, failures.map(({ id }) => id)]).toEqual([1, [one.subscription.id]]);
    expect((await billing.read(two.subscription.id)).subscription.status).toBe('active');
  });

  it('a price of its own, for a time', async () => {
    const subscribed = await billing.subscribe(await billing.tenant());
    const terms = { price: { model: 'flat', amount: '4' } };
    const add = (body: object): Promise<StoredSubscription> => billing.changes.addOverride(changing(subscribed), body);
    const given = await add({ component: 'base', terms, from: '2026-04-11T00:00:00Z', to: '2026-04-21T00:00:00Z' });
    // 20 days at 10, 10 at 4.
    expect(total(given)).toBe('8.00');
    expect(await refusal(add({ component: 'base', terms, from: '2026-04-20T00:00:00Z' }))).toEqual([
      '/from overlaps with an override before',
    ]);
    expect(await refusal(add({ component: 'other', terms }))).toEqual([
      '/component is not sold to the tenant at that time',
    ]);
    expect(
      await refusal(add({ component: 'base', terms, from: '2026-04-22T00:00:00Z', to: '2026-04-22T00:00:00Z' })),
    ).toEqual(['/to must be after the override begins']);
    expect(await refusal(add({ component: 'base', terms: { price: { model: 'flat', amount: '-4' } }, to: 5 }))).toEqual(
      ['/terms/price/amount must not be negative', '/to Invalid input: expected string, received number'],
    );
    const id = given.overrides[0]?.id ?? '';
    await billing.goTo('2026-04-16T00:00:00Z');
    const ended = await billing.changes.endOverride(changing(subscribed), id);
    // 25 days at 10, 5 at 4.
    expect(total(ended)).toBe('9.00');
    expect(await refusal(billing.changes.endOverride(changing(subscribed), id))).toBe('override_not_found');
    const planned = await add({ component: 'base', terms, from: '2026-05-01T00:00:00Z' });
    const left = await billing.changes.endOverride(changing(subscribed), planned.overrides[1]?.id ?? '');
    expect(left.overrides).toHaveLength(1);
  });

  it('does not move to what an override does not fit', async () => {
    const subscribed = await billing.subscribe(await billing.tenant());
    const terms = { price: { model: 'flat', amount: '4' } };
    await billing.changes.addOverride(changing(subscribed), { component: 'base', terms });
    const counted = { key: 'base', kind: 'recurring', meter: 'members', proration: 'per_second' };
    const versions = [{ terms: { price: { model: 'per_unit', unit_amount: '1' } } }];
    await billing.plan([{ ...counted, versions }], {}, 'counted');
    expect(await refusal(billing.changes.move(changing(subscribed), { plan: 'counted', at: 'period_end' }))).toEqual([
      '/plan an override of base does not fit: a flat price counts nothing, and a meter counts the component',
    ]);
  });
});
