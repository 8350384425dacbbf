import { bySystem } from '../../src/audit/change-context.js';
import { TaskQueueStore } from '../../src/background-tasks/task-queue.store.js';
import type { ClaimedTask, TaskSignals } from '../../src/background-tasks/task.js';
import { BillingConfig } from '../../src/billing/billing.config.js';
import { billingPeriod, type BillingInterval } from '../../src/billing/periods/billing-period.js';
import type { BillingRun, BillingRunItem } from '../../src/billing/runs/billing-run.js';
import { ClosingBilling } from '../../src/billing/runs/closing-billing.service.js';
import { LateBilling } from '../../src/billing/runs/late-billing.service.js';
import { PeriodBilling } from '../../src/billing/runs/period-billing.service.js';
import { QuantitiesStore } from '../../src/billing/runs/quantities.store.js';
import { RunRehearsal } from '../../src/billing/runs/run-rehearsal.service.js';
import { RunWork } from '../../src/billing/runs/run-work.service.js';
import { RunsStore } from '../../src/billing/runs/runs.store.js';
import { WritingStore } from '../../src/billing/runs/writing.store.js';
import type { Database } from '../../src/platform/database.js';
import { newId } from '../../src/platform/ids.js';
import type { TenantRef } from '../../src/platform/reach.js';
import type { TestDatabase } from './database.js';
import { Metering } from './metering.js';

export interface Subscribing {
  readonly tenant?: TenantRef;
  readonly currency?: string;
  readonly interval?: BillingInterval;
  readonly zone?: string;
  readonly anchor: string;
  readonly endsAt?: string;
  readonly components: readonly object[];
  /** Later phases: from when, and what is sold then. */
  readonly later?: readonly { readonly from: string; readonly components: readonly object[] }[];
}

export interface Subscribed {
  readonly id: string;
  readonly tenant: TenantRef;
}

export interface WrittenInvoice {
  readonly id: string;
  readonly number: string | null;
  readonly state: string;
  readonly period: number;
  readonly from: string;
  readonly to: string;
  readonly total: string;
  readonly lines: string[];
}

const forever: TaskSignals = { stop: new AbortController().signal, cancel: new AbortController().signal };

export function flat(amount: string, more: object = {}): object {
  return component({ key: 'base', kind: 'recurring', ...more }, { model: 'flat', amount });
}

export function perUnit(meter: string, unit_amount: string, more: object = {}): object {
  return component({ key: meter, kind: 'usage', meter, ...more }, { model: 'per_unit', unit_amount });
}

export function component(what: object, price: object, terms: object = {}): object {
  const versions = [{ id: 'p@1', effective_from: '2020-01-01T00:00:00Z', terms: { price, ...terms } }];
  return { meter: null, unit: null, proration: 'per_second', versions, ...what };
}

/** Billing runs on a database of their own, with subscriptions as the tests say them. */
export class BillingWorld {
  readonly writing: WritingStore;
  readonly runs: RunsStore;
  readonly quantities: QuantitiesStore;
  readonly periods: PeriodBilling;
  readonly late: LateBilling;
  readonly work: RunWork;
  private readonly rehearsal: RunRehearsal;
  private readonly tasks: TaskQueueStore;
  private planned = 0;

  private constructor(
    readonly metering: Metering,
    database: Database,
  ) {
    const config = new BillingConfig({
      TENANTRY_BILLING_GRACE_SECONDS: 3_600,
      TENANTRY_BILLING_CLOSING_SECONDS: 86_400,
      TENANTRY_BILLING_RUN_RETENTION_DAYS: 400,
      TENANTRY_PAYMENT_TERMS_DAYS: 14,
      TENANTRY_DUNNING_REMINDER_DAYS: [],
      TENANTRY_DUNNING_DAYS: 14,
    });
    this.writing = new WritingStore(database);
    this.runs = new RunsStore(database);
    this.quantities = new QuantitiesStore(database);
    this.periods = new PeriodBilling(this.writing, this.quantities, config, metering.clock);
    this.late = new LateBilling(this.periods, this.writing, metering.clock);
    const closings = new ClosingBilling(this.writing, config, metering.clock);
    this.work = new RunWork(this.periods, this.late, closings, this.writing, this.runs, config, metering.clock);
    this.rehearsal = new RunRehearsal(
      this.periods,
      this.late,
      closings,
      this.writing,
      this.runs,
      config,
      metering.clock,
    );
    this.tasks = new TaskQueueStore(database);
  }

  static async start(): Promise<BillingWorld> {
    const metering = await Metering.start();
    return new BillingWorld(metering, metering.test.database);
  }

  /** On a database that is there already, and stays. */
  static in(test: TestDatabase): BillingWorld {
    return new BillingWorld(Metering.in(test), test.database);
  }

  /** The same over another way to the database: another replica, or one that breaks. */
  over(database: Database): BillingWorld {
    return new BillingWorld(this.metering, database);
  }

  async subscribe(given: Subscribing): Promise<Subscribed> {
    const { currency = 'USD', interval = 'month', zone = 'UTC', anchor, endsAt = null, components, later = [] } = given;
    const tenant = given.tenant ?? (await this.metering.tenant());
    const id = newId();
    const { from, to } = billingPeriod({ at: anchor, zone, interval }, 0);
    await this.sql(
      `insert into public.billing_subscriptions (id, tenant_id, status, currency, billing_interval, time_zone, anchor_at, started_at, ends_at,
         next_period_from, next_period_to) values ($1, $2, 'active', $3, $4, $5, $6, $6, $7, $8, $9)`,
      [id, tenant.id, currency, interval, zone, anchor, endsAt, from, to],
    );
    const phases = [{ from: anchor, components }, ...later];
    for (const [seq, phase] of phases.entries()) {
      await this.phase(id, seq, phase.from, phases[seq + 1]?.from ?? null, phase.components);
    }
    await this.sql(`select public.billing_gathering_open($1, s) from public.billing_subscriptions s where id = $2`, [
      newId(),
      id,
    ]);
    return { id, tenant };
  }

  async phase(id: string, seq: number, from: string, to: string | null, components: readonly object[]): Promise<void> {
    this.planned += 1;
    const version = `plan${this.planned}@1`;
    await this.sql(
      `insert into public.billing_plan_versions (id, plan, version, effective_from, quotas) values ($1, $2, 1, '2020-01-01Z', '{}')`,
      [version, `plan${this.planned}`],
    );
    await this.sql(
      `insert into public.billing_phases (subscription_id, seq, starts_at, ends_at, trial, plan_version, components)
       values ($1, $2, $3, $4, false, $5, $6::text::jsonb)`,
      [id, seq, from, to, version, JSON.stringify(components)],
    );
  }

  /** Another price of a component from a time to another. @returns its id, which lines have as the version of their price */
  async override(id: string, key: string, from: string, to: string | null, terms: object): Promise<string> {
    const override = newId();
    await this.sql(
      `insert into public.billing_overrides (id, subscription_id, component, starts_at, ends_at, terms) values ($1, $2, $3, $4, $5, $6::text::jsonb)`,
      [override, id, key, from, to, JSON.stringify(terms)],
    );
    return override;
  }

  /** Asks for a run, takes it as a worker does, and works on it to its end. */
  async run(
    asOf = this.metering.clock.now().toISOString(),
    {
      dryRun = false,
      tenants = null,
      scheduled = false,
    }: { dryRun?: boolean; tenants?: readonly string[] | null; scheduled?: boolean } = {},
    signals: TaskSignals = forever,
  ): Promise<BillingRun> {
    const run = { id: newId(), as_of: asOf, dry_run: dryRun, tenants, scheduled };
    await this.runs.create(run, bySystem);
    return this.continue(await this.claim(), signals);
  }

  async claim(leaseMs = 60_000): Promise<ClaimedTask> {
    const [task] = await this.tasks.claim('test', 'billing', 1, leaseMs);
    if (task === undefined) throw new Error('no billing run waits');
    return task;
  }

  async continue(task: ClaimedTask, signals: TaskSignals = forever): Promise<BillingRun> {
    const run = await this.runs.begin(task, 3_600);
    if (run === undefined) throw new Error('lost');
    const order = { asOf: run.as_of, tenants: run.tenants, run: { id: task.id, fence: task.fence } };
    const through = run.dry_run ? await this.rehearsal.rehearse(order, signals) : await this.work.bill(order, signals);
    await this.runs.finish(task, through ? 'succeeded' : 'cancelled', null, bySystem);
    const ended = await this.runs.find(task.id);
    if (ended === undefined) throw new Error('the run is gone');
    return ended;
  }

  /** As a scheduler that knows of no lease. */
  async bill(asOf = this.metering.clock.now().toISOString()): Promise<void> {
    await this.work.bill({ asOf, tenants: null, run: null }, forever);
  }

  async items(run: BillingRun): Promise<BillingRunItem[]> {
    return (await this.runs.items(run.id, undefined, 1_000, undefined)).map(({ item }) => item);
  }

  /** By period; each line as `kind component quantity -> amount`. */
  async invoices(subscription: Subscribed): Promise<WrittenInvoice[]> {
    return this.sql<WrittenInvoice & Record<string, unknown>>(
      `select i.id, i.number, i.state, i.period_index as period, public.audit_time(i.period_from) as "from", public.audit_time(i.period_to) as "to",
         i.total::text, coalesce((select array_agg(l.kind || ' ' || coalesce(l.component, '-') || ' ' || coalesce(trim_scale(l.quantity)::text, '-') || ' -> '
           || l.amount order by l.line) from public.billing_invoice_lines l where l.invoice_id = i.id), '{}') as lines
       from public.billing_invoices i where i.subscription_id = $1 and i.kind = 'invoice' order by i.period_index`,
      [subscription.id],
    );
  }

  sql<Row extends object = Record<string, unknown>>(query: string, parameters: unknown[] = []): Promise<Row[]> {
    return this.metering.test.sql<Row>(query, parameters as never);
  }

  stop(): Promise<void> {
    return this.metering.stop();
  }
}
