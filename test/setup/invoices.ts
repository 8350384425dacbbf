import { newId } from '../../src/platform/ids.js';
import type { TestDatabase } from './database.js';

interface DraftLine {
  readonly amount: string;
  readonly kind?: string;
  readonly component?: string | null;
  readonly meter?: string | null;
  readonly quantity?: string | null;
}

interface Draft {
  readonly lines?: readonly DraftLine[];
  readonly currency?: string;
  readonly tenantId?: string;
  readonly state?: 'gathering' | 'draft';
  readonly inputs?: object | null;
}

/** Invoices of a database, written as the billing run writes them. */
export class Invoices {
  private readonly subscriptions = new Map<string, { id: string; period: number }>();

  /** @param tenantId whose invoices they are unless told */
  constructor(
    private readonly test: TestDatabase,
    private readonly tenantId: string,
  ) {}

  /** The invoice of the tenant's next period, each a month from 2026 on. @returns its id */
  async draft({ lines = [{ amount: '10.00' }], currency = 'USD', ...given }: Draft = {}): Promise<string> {
    const tenantId = given.tenantId ?? this.tenantId;
    const { subscription, period } = await this.nextPeriod(tenantId, currency);
    const id = newId();
    const { state = 'draft', inputs = null } = given;
    const bounds = [`2026-01-01`, `${period} months`, `${period + 1} months`];
    await this.test.sql(
      `insert into public.billing_invoices (id, kind, tenant_id, subscription_id, period_index, period_from, period_to, state, currency, time_zone,
         zone_data_version, inputs)
       values ($1, 'invoice', $2, $3, $4, $5::timestamptz + $6::interval, $5::timestamptz + $7::interval, $8, $9, 'UTC', '2026a', $10::text::jsonb)`,
      parameters([
        id,
        tenantId,
        subscription,
        period,
        ...bounds,
        state,
        currency,
        inputs === null ? null : JSON.stringify(inputs),
      ]),
    );
    for (const [index, line] of lines.entries()) await this.line(id, index + 1, line);
    await this.test.sql(
      `update public.billing_invoices i set subtotal = s.lines, rounding = s.rest, total = s.lines + s.rest from (
         select coalesce(sum(amount) filter (where kind <> 'rounding'), 0) as lines, coalesce(sum(amount) filter (where kind = 'rounding'), 0) as rest
         from public.billing_invoice_lines where invoice_id = $1) s where i.id = $1`,
      parameters([id]),
    );
    return id;
  }

  async line(invoice: string, line: number, given: DraftLine): Promise<void> {
    const { amount, kind = 'recurring', component = 'base', meter = null, quantity = '1' } = given;
    await this.test.sql(
      `insert into public.billing_invoice_lines (invoice_id, line, tenant_id, kind, component, meter, starts_at, ends_at, quantity, price_version, amount,
         unrounded, explanation, inputs_hash)
       select id, $2, tenant_id, $3, $4, $5, period_from, period_to, $6::text::numeric, 'v1', $7::text::numeric, $7::text::numeric,
         jsonb_build_array(jsonb_build_object('step', 'flat', 'rate', $7::text, 'amount', $7::text)), 'hash' from public.billing_invoices where id = $1`,
      parameters([invoice, line, kind, component, meter, quantity, amount]),
    );
  }

  /** A draft that has got its number. */
  async finalized(draft: Draft = {}, at = '2026-03-01T00:00:00Z'): Promise<string> {
    const id = await this.draft(draft);
    await this.finalize(id, at);
    return id;
  }

  async finalize(id: string, at = '2026-03-01T00:00:00Z'): Promise<void> {
    await this.test.sql(`select public.billing_finalize($1, $2, 14)`, parameters([id, at]));
  }

  async row(id: string): Promise<Record<string, unknown>> {
    const query = 'select public.billing_invoice_json(i) as row from public.billing_invoices i where id = $1';
    const [found] = await this.test.sql<{ row: Record<string, unknown> }>(query, parameters([id]));
    if (found === undefined) throw new Error('no such invoice');
    return found.row;
  }

  private async nextPeriod(tenantId: string, currency: string): Promise<{ subscription: string; period: number }> {
    const key = `${tenantId} ${currency}`;
    const known = this.subscriptions.get(key);
    if (known !== undefined) {
      known.period += 1;
      return { subscription: known.id, period: known.period };
    }
    const id = newId();
    this.subscriptions.set(key, { id, period: 0 });
    // Ended, so that a tenant may have one in each currency.
    await this.test.sql(
      `insert into public.billing_subscriptions (id, tenant_id, status, currency, billing_interval, time_zone, anchor_at, started_at, ends_at,
         next_period_from, next_period_to)
       values ($1, $2, 'ended', $3, 'month', 'UTC', '2026-01-01', '2026-01-01', '2026-02-01', '2026-02-01', '2026-03-01')`,
      parameters([id, tenantId, currency]),
    );
    return { subscription: id, period: 0 };
  }
}

/** The driver takes values of any kind; its types would have them be the columns'. */
export function parameters(values: readonly unknown[]): never[] {
  return values as never[];
}
