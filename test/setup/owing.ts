import { Logger } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import {
  BackgroundTasksConfig,
  backgroundTasksEnvironment,
} from '../../src/background-tasks/background-tasks.config.js';
import { OutboxDeliveryTask } from '../../src/background-tasks/outbox-delivery.task.js';
import { Outbox } from '../../src/background-tasks/outbox.service.js';
import { OutboxStore } from '../../src/background-tasks/outbox.store.js';
import { ScheduleStore } from '../../src/background-tasks/schedule.store.js';
import { ScheduledTasks } from '../../src/background-tasks/scheduled-tasks.service.js';
import { BillingConfig, billingEnvironment } from '../../src/billing/billing.config.js';
import { Dunning } from '../../src/billing/dunning/dunning.service.js';
import { DunningStore } from '../../src/billing/dunning/dunning.store.js';
import type { PaymentProvider } from '../../src/billing/payments/payment-provider.js';
import { NoPayments } from '../../src/billing/payments/no-payments.client.js';
import { Payments } from '../../src/billing/payments/payments.service.js';
import { PaymentsStore } from '../../src/billing/payments/payments.store.js';
import { ProviderCalls } from '../../src/billing/payments/provider-calls.service.js';
import { Webhooks } from '../../src/billing/payments/webhooks.service.js';
import { WebhooksStore } from '../../src/billing/payments/webhooks.store.js';
import { newId } from '../../src/platform/ids.js';
import { PlatformConfig, platformEnvironment } from '../../src/platform/platform.config.js';
import type { TestDatabase } from './database.js';
import { FakeClock } from './fake-clock.js';

const never = new AbortController().signal;

/** A tenant that owes. */
export interface Debtor {
  readonly tenantId: string;
  readonly subscriptionId: string;
}

export interface DebtorTerms {
  readonly currency?: string;
  readonly status?: string;
  readonly metadata?: object;
}

/** Who owes what, put into a database past the rooms that make it so; and the rooms that collect it, on a clock of the test. */
export class Owing {
  readonly clock = new FakeClock(Date.parse('2026-03-01T00:00:00Z'));
  readonly config = new BillingConfig(billingEnvironment.parse({}));
  private periods = 0;

  constructor(readonly test: TestDatabase) {}

  async debtor({ currency = 'USD', status = 'active', metadata = {} }: DebtorTerms = {}): Promise<Debtor> {
    const [tenantId, subscriptionId] = [newId(), newId()];
    await this.test.sql('insert into public.tenants (id, slug, name, metadata) values ($1, $2, $2, $3::text::jsonb)', [
      tenantId,
      `t-${tenantId.slice(-12)}`,
      JSON.stringify(metadata),
    ]);
    await this.test.sql(
      `insert into public.billing_subscriptions
         (id, tenant_id, status, currency, billing_interval, time_zone, anchor_at, started_at, next_period_from, next_period_to)
       values ($1, $2, $3, $4, 'month', 'UTC', '2026-01-01Z', '2026-01-01Z', '2026-01-01Z', '2026-02-01Z')`,
      [subscriptionId, tenantId, status, currency],
    );
    return { tenantId, subscriptionId };
  }

  /** A numbered invoice of so much, due after some days. */
  async invoice({ tenantId, subscriptionId }: Debtor, amount: string, termsDays = 14): Promise<string> {
    const id = newId();
    this.periods += 1;
    await this.test.sql(
      `insert into public.billing_invoices (id, kind, tenant_id, subscription_id, period_index, period_from, period_to, state, currency, time_zone,
         subtotal, total)
       select $1, 'invoice', $2, $3, $4, '2026-02-01Z', '2026-03-01Z', 'draft', currency, 'UTC', $5::numeric, $5::numeric
       from public.billing_subscriptions where id = $3`,
      [id, tenantId, subscriptionId, this.periods, amount],
    );
    await this.test.sql(
      `insert into public.billing_invoice_lines (invoice_id, line, tenant_id, kind, starts_at, ends_at, amount, unrounded, explanation, inputs_hash)
       values ($1, 1, $2, 'recurring', '2026-02-01Z', '2026-03-01Z', $3::numeric, $3::numeric, '[]', '')`,
      [id, tenantId, amount],
    );
    await this.test.sql('select public.billing_finalize($1, $2, $3)', [id, this.clock.now().toISOString(), termsDays]);
    return id;
  }

  /** As an operator who has seen the money says it. */
  async paid(invoiceId: string, amount: string, reference = `bank-${invoiceId}`): Promise<void> {
    await this.test.sql("select public.billing_invoice_paid($1, $2::text::jsonb, $3, '{}')", [
      invoiceId,
      JSON.stringify({ amount, provider: 'manual', reference }),
      this.clock.now().toISOString(),
    ]);
  }

  /** Takes back some of an invoice. */
  async credit(invoiceId: string, amount: string): Promise<void> {
    const note = { id: newId(), invoice_id: invoiceId, reason: 'a test', at: this.clock.now(), lines: [{ amount }] };
    await this.test.sql("select public.billing_credit_note_write($1::text::jsonb, '{}')", [JSON.stringify(note)]);
  }

  async state(invoiceId: string): Promise<string | undefined> {
    const rows = await this.test.sql<{ state: string }>('select state from public.billing_invoices where id = $1', [
      invoiceId,
    ]);
    return rows[0]?.state;
  }

  async payment(invoiceId: string): Promise<Record<string, unknown> | undefined> {
    const [row] = await this.test.sql(
      'select state, attempt, amount::text as amount, reference, error from public.billing_payments where invoice_id = $1',
      [invoiceId],
    );
    return row;
  }

  async status({ subscriptionId }: Debtor): Promise<string | undefined> {
    const rows = await this.test.sql<{ status: string }>(
      'select status from public.billing_subscriptions where id = $1',
      [subscriptionId],
    );
    return rows[0]?.status;
  }

  /** What the outbox was told about a tenant, oldest first, without what other rooms tell. */
  async told({ tenantId }: Debtor): Promise<string[]> {
    const rows = await this.test.sql<{ topic: string }>(
      "select topic from public.outbox where tenant_id = $1 and topic like 'billing.%' order by id",
      [tenantId],
    );
    return rows.map(({ topic }) => topic);
  }

  async passDays(days: number): Promise<void> {
    await this.clock.advance(days * 86_400_000);
  }

  payments(provider: PaymentProvider, outbox = new Outbox()): Payments {
    return new Payments(new PaymentsStore(this.test.database), provider, outbox, this.clock);
  }

  webhooks(provider: PaymentProvider): Webhooks {
    return new Webhooks(new WebhooksStore(this.test.database), provider, this.clock);
  }

  calls(provider: PaymentProvider, store = new PaymentsStore(this.test.database)): ProviderCalls {
    Logger.overrideLogger(false);
    return new ProviderCalls(store, provider, this.webhooks(provider), this.clock);
  }

  /** @param provider who can be asked */
  dunning(provider: PaymentProvider = new NoPayments(), outbox = new Outbox()): Dunning {
    return new Dunning(new DunningStore(this.test.database), outbox, provider, this.config, this.clock);
  }

  /** Delivers the outbox, and makes the calls of the provider, until there is nothing that can be done now. */
  async deliver(provider: PaymentProvider): Promise<void> {
    const outbox = new Outbox();
    this.payments(provider, outbox).onModuleInit();
    this.dunning(provider, outbox).onModuleInit();
    await this.deliverTo(outbox);
    while (provider.name !== 'none' && (await this.hasCalls())) {
      await this.calls(provider).run(never);
      await this.deliverTo(outbox);
    }
  }

  /** Delivers the outbox alone. */
  async deliverTo(outbox: Outbox): Promise<void> {
    const settings = new BackgroundTasksConfig(backgroundTasksEnvironment.parse({}));
    const schedules = new ScheduledTasks(
      new SchedulerRegistry(),
      new ScheduleStore(this.test.database),
      this.clock,
      settings,
    );
    const platform = new PlatformConfig(platformEnvironment.parse({}));
    const store = new OutboxStore(this.test.database);
    const task = new OutboxDeliveryTask(outbox, store, schedules, this.clock, platform, settings);
    while ((await task.deliver(never)) > 0);
  }

  private async hasCalls(): Promise<boolean> {
    const now = this.clock.now().toISOString();
    const rows = await this.test.sql(
      'select from public.billing_payments where call_at <= $1 and (held_until is null or held_until <= $1) limit 1',
      [now],
    );
    return rows.length > 0;
  }
}
