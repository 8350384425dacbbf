import { EvaluationPayments } from '../../../src/billing/payments/evaluation-payments.client.js';
import { NoPayments } from '../../../src/billing/payments/no-payments.client.js';
import { newId } from '../../../src/platform/ids.js';
import { createTestDatabase, type TestDatabase } from '../../setup/database.js';
import { type Debtor, Owing } from '../../setup/owing.js';
import { operator } from '../../setup/provisioning.js';

const never = new AbortController().signal;

describe('dunning', () => {
  let test: TestDatabase;
  let owing: Owing;

  beforeEach(async () => {
    test = await createTestDatabase();
    owing = new Owing(test);
  });
  afterEach(() => test.drop());

  const look = (): Promise<void> => owing.dunning().run(never);
  const afterDays = async (days: number): Promise<void> => {
    await owing.passDays(days);
    await look();
  };
  const deliver = (): Promise<void> => owing.deliver(new NoPayments());
  const suspend = (debtor: Debtor, reason: string): Promise<unknown> =>
    test.sql("select public.billing_suspend($1, $2, $3, '{}')", [
      debtor.subscriptionId,
      reason,
      owing.clock.now().toISOString(),
    ]);

  it('waits until an invoice is due, then for the dunning time, and then suspends', async () => {
    const debtor = await owing.debtor();
    await owing.invoice(debtor, '10.00', 14);
    await afterDays(13);
    expect(await owing.status(debtor)).toBe('active');
    await afterDays(1);
    expect(await owing.status(debtor)).toBe('past_due');
    await afterDays(13);
    expect(await owing.status(debtor)).toBe('past_due');
    await afterDays(1);
    expect(await owing.status(debtor)).toBe('suspended');
    await afterDays(100);
    expect(await owing.status(debtor)).toBe('suspended');
    const told = await owing.told(debtor);
    expect(told.filter((topic) => topic.startsWith('billing.subscription'))).toEqual([
      'billing.subscription.past_due',
      'billing.subscription.suspended',
    ]);
    const rows = await test.sql(
      "select payload from public.outbox where topic = 'billing.subscription.suspended' and tenant_id = $1",
      [debtor.tenantId],
    );
    expect(rows).toEqual([{ payload: { subscription_id: debtor.subscriptionId, reason: 'payment_overdue' } }]);
  });

  it('gives the whole dunning time also when nobody looked for long', async () => {
    const debtor = await owing.debtor();
    await owing.invoice(debtor, '10.00', 14);
    await afterDays(90);
    expect(await owing.status(debtor)).toBe('past_due');
    await afterDays(14);
    expect(await owing.status(debtor)).toBe('suspended');
  });

  it('is over when all that is due is paid, and not before', async () => {
    const debtor = await owing.debtor();
    const [first, second] = [await owing.invoice(debtor, '10.00', 1), await owing.invoice(debtor, '20.00', 1)];
    await owing.invoice(debtor, '30.00', 60);
    await afterDays(1);
    expect(await owing.status(debtor)).toBe('past_due');
    await owing.paid(first, '10.00');
    await deliver();
    expect(await owing.status(debtor)).toBe('past_due');
    await owing.paid(second, '20.00');
    await deliver();
    expect(await owing.status(debtor)).toBe('active');
    expect(await owing.told(debtor)).toContain('billing.subscription.recovered');
    const [row] = await test.sql('select past_due_since from public.billing_subscriptions where id = $1', [
      debtor.subscriptionId,
    ]);
    expect(row).toEqual({ past_due_since: null });
  });

  it('resumes what was suspended when all that is due is paid', async () => {
    const debtor = await owing.debtor();
    const invoice = await owing.invoice(debtor, '10.00', 0);
    await afterDays(0);
    await afterDays(14);
    expect(await owing.status(debtor)).toBe('suspended');
    await owing.paid(invoice, '10.00');
    await deliver();
    expect(await owing.status(debtor)).toBe('active');
    expect((await owing.told(debtor)).at(-1)).toBe('billing.subscription.resumed');
    await look();
    await deliver();
    expect(await owing.status(debtor)).toBe('active');
  });

  it('begins when the means of payment are refused, though nothing is overdue yet', async () => {
    const debtor = await owing.debtor({ metadata: { payment: 'decline' } });
    await owing.invoice(debtor, '10.00', 60);
    await owing.deliver(new EvaluationPayments());
    expect(await owing.status(debtor)).toBe('past_due');
    await afterDays(14);
    expect(await owing.status(debtor)).toBe('suspended');
  });

  it('lets an operator resume, whatever is owed, and begins anew with the whole time', async () => {
    const debtor = await owing.debtor();
    await owing.invoice(debtor, '10.00', 0);
    await look();
    await afterDays(14);
    expect(await owing.dunning().resume(debtor.subscriptionId, operator)).toBe('active');
    await look();
    expect(await owing.status(debtor)).toBe('past_due');
    await afterDays(13);
    expect(await owing.status(debtor)).toBe('past_due');
    await afterDays(1);
    expect(await owing.status(debtor)).toBe('suspended');
    const rows = await test.sql(
      "select action, actor from public.audit_log where resource_id = $1 and action like 'subscription.%' order by id",
      [debtor.subscriptionId],
    );
    expect(rows).toEqual([
      { action: 'subscription.past_due', actor: 'system' },
      { action: 'subscription.suspend', actor: 'system' },
      { action: 'subscription.resume', actor: 'operator' },
      { action: 'subscription.past_due', actor: 'system' },
      { action: 'subscription.suspend', actor: 'system' },
    ]);
  });

  it('leaves a trial that has ended suspended until it is activated, whatever is paid', async () => {
    const debtor = await owing.debtor({ status: 'trialing' });
    await suspend(debtor, 'trial_ended');
    await afterDays(1);
    expect(await owing.status(debtor)).toBe('suspended');
    const invoice = await owing.invoice(debtor, '10.00');
    await deliver();
    expect(await owing.status(debtor)).toBe('suspended');
    await owing.paid(invoice, '10.00');
    await deliver();
    expect(await owing.status(debtor)).toBe('suspended');
    await test.sql("select public.billing_resume($1, now(), '{}')", [debtor.subscriptionId]);
    expect(await owing.status(debtor)).toBe('active');
  });

  it('lets go of a tenant whose subscription ended while it was suspended, once it has paid', async () => {
    const debtor = await owing.debtor();
    const invoice = await owing.invoice(debtor, '10.00', 0);
    await look();
    await afterDays(14);
    await test.sql("update public.billing_subscriptions set status = 'ended', ends_at = now() where id = $1", [
      debtor.subscriptionId,
    ]);
    await look();
    expect((await owing.told(debtor)).at(-1)).not.toBe('billing.subscription.resumed');
    await owing.paid(invoice, '10.00');
    await deliver();
    expect(await owing.status(debtor)).toBe('ended');
    expect((await owing.told(debtor)).at(-1)).toBe('billing.subscription.resumed');
  });

  it('suspends once, and resumes once', async () => {
    const debtor = await owing.debtor();
    await Promise.all([1, 2, 3].map(() => suspend(debtor, 'payment_overdue')));
    const dunning = owing.dunning();
    const resumed = await Promise.allSettled([1, 2, 3].map(() => dunning.resume(debtor.subscriptionId, operator)));
    expect(resumed.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await owing.told(debtor)).toEqual(['billing.subscription.suspended', 'billing.subscription.resumed']);
    await expect(dunning.resume(newId(), operator)).rejects.toMatchObject({ code: 'subscription_not_found' });
    await expect(dunning.resume(debtor.subscriptionId, operator)).rejects.toMatchObject({
      code: 'subscription_not_suspended',
    });
  });

  it('tells of an overdue invoice on the days that are set, once each, and of days that nobody looked the last', async () => {
    const debtor = await owing.debtor();
    const invoice = await owing.invoice(debtor, '10.00', 10);
    const days = async (): Promise<unknown[]> =>
      (
        await test.sql<{ day: number }>(
          "select (payload ->> 'day')::integer as day from public.outbox where topic = 'billing.invoice.overdue' and payload ->> 'invoice_id' = $1 order by id",
          [invoice],
        )
      ).map(({ day }) => day);
    await afterDays(9);
    expect(await days()).toEqual([]);
    await afterDays(1);
    await look();
    expect(await days()).toEqual([0]);
    await afterDays(2);
    expect(await days()).toEqual([0]);
    await afterDays(6);
    await look();
    expect(await days()).toEqual([0, 7]);
    await owing.paid(invoice, '10.00');
    await afterDays(30);
    expect(await days()).toEqual([0, 7]);
  });

  it('looks at more subscriptions than fit on a page, and goes on when one fails', async () => {
    const debtors: Debtor[] = [];
    for (let n = 0; n < 105; n += 1) debtors.push(await owing.debtor());
    for (const debtor of debtors) await owing.invoice(debtor, '1.00', 0);
    // A row that nothing can be changed of: the trail refuses what is about no tenant.
    const [broken] = debtors;
    await test.sql(`create function public.fail_one() returns trigger language plpgsql as $$ begin
      if new.id = '${broken?.subscriptionId}' then raise exception 'planted'; end if; return new; end $$`);
    await test.sql(
      'create trigger fail_one before update on public.billing_subscriptions for each row execute function public.fail_one()',
    );
    await expect(look()).rejects.toThrow('dunning of 1 subscriptions failed');
    const rows = await test.sql(
      'select status, count(*)::integer as n from public.billing_subscriptions group by 1 order by 1',
    );
    expect(rows).toEqual([
      { status: 'active', n: 1 },
      { status: 'past_due', n: 104 },
    ]);
  });
});
