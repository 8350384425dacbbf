import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { ChangeContext } from '../../audit/change-context.js';
import { Database } from '../../platform/database.js';
import { instant } from '../periods/instant.js';
import { lateState, type LateState } from './late-usage.js';
import { subscriptionState, type SubscriptionState } from './subscription-state.js';
import { waiting, type Waiting } from './waiting.js';

const states = z.array(subscriptionState);
const lateStates = z.array(lateState);
const closed = z.array(z.object({ id: z.string(), outcome: z.enum(['closed', 'not_due', 'period_not_over']) }));
export type Closed = z.infer<typeof closed>[number];

const outcomes = z.array(z.enum(['written', 'already', 'changed', 'lost']));
export type Written = z.infer<typeof outcomes>[number];

/** Late usage of a tenant, in one currency, that no invoice is to come for: billed with the subscription that ended last. */
const closing = z.object({
  subscription_id: z.string(),
  tenant_id: z.string(),
  currency: z.string(),
  /** That which its invoice has. */
  period_index: z.int(),
  from: instant,
  to: instant,
});
export type Closing = z.infer<typeof closing>;

const closingWritten = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('written'), invoice_id: z.string(), total: z.string() }),
  z.object({ outcome: z.enum(['already', 'lost']) }),
]);

const lateWritten = z.object({ outcome: z.enum(['written', 'changed', 'lost']) });

/** The run that a change is made for, with the fence of its task: what somebody else has taken over is not written. */
export interface RunFence {
  readonly id: string;
  readonly fence: number;
}

/** One invoice as it is to be written. */
export interface InvoiceDraft {
  readonly subscription_id: string;
  readonly period_index: number;
  readonly row_version: string;
  readonly invoice_id: string;
  readonly next_invoice_id: string;
  readonly lines: readonly object[];
  readonly subtotal: string;
  readonly rounding: string;
  readonly zone_data_version: string;
  readonly inputs: object;
  readonly next: { readonly from: string; readonly to: string };
}

/** What late usage makes of an invoice. */
export interface LateChange {
  readonly invoice_id: string;
  readonly mark: string;
  /** The adjustments that waited when it was rated. */
  readonly waiting: readonly string[];
  readonly adjustments: readonly object[];
  readonly credits: readonly object[];
  readonly amount: string;
  readonly at: string;
}

/** Queries from due subscriptions to their invoices. All of them may be sent again: what is written once is not written twice. */
@Injectable()
export class WritingStore {
  constructor(private readonly database: Database) {}

  /**
   * Whether there is anything to bill, or billed usage that changed.
   * @param by when periods had ended
   * @param closingBy since when late usage has waited for an invoice that is not to come
   * @param at what time it is: what failed and waits for a later one is nothing to do
   */
  async hasWork(by: string, closingBy: string, at: string): Promise<boolean> {
    const args = { p_by: by, p_closing_by: closingBy, p_at: at };
    return z.boolean().parse(await this.database.rpc('billing_has_work', args, { idempotent: true }));
  }

  /**
   * Subscriptions whose next period was over by an instant, by id.
   * @param runId those that failed in this run, or that it leaves alone for now, are left out
   */
  async due(
    by: string,
    where: { tenants: readonly string[] | null; runId: string | null; after?: string | undefined },
    limit: number,
  ): Promise<SubscriptionState[]> {
    const { tenants, runId, after = null } = where;
    const p_tenants = tenants === null ? null : [...tenants];
    const args = { p_by: by, p_tenants, p_run: runId, p_after: after, p_limit: limit };
    return states.parse(await this.database.rpc('billing_due_list', args, { idempotent: true }));
  }

  /** Closes the usage of what is due. From then on everything that comes is told as late. */
  async close(ids: readonly string[], by: string): Promise<Closed[]> {
    return closed.parse(
      await this.database.rpc('billing_periods_close', { p_ids: [...ids], p_by: by }, { idempotent: true }),
    );
  }

  /**
   * Writes these invoices, of as many subscriptions, in one transaction: all of them, or none.
   * @returns what became of each: not as it was read, written by somebody else, or the run is somebody else's
   */
  async write(
    invoices: readonly InvoiceDraft[],
    terms: { readonly at: string; readonly terms_days: number; readonly run: RunFence | null },
    context: ChangeContext,
  ): Promise<Written[]> {
    const args = { p: { ...terms, invoices: invoices.map((each) => ({ ...each })) }, p_context: { ...context } };
    return outcomes.parse(await this.database.rpc('billing_invoices_write', args, { idempotent: true }));
  }

  /** Marks invoices whose usage changed. */
  async claimLate(tenants: readonly string[] | null): Promise<void> {
    const p_tenants = tenants === null ? null : [...tenants];
    await this.database.rpc('billing_late_claim', { p_tenants }, { idempotent: true });
  }

  /** @param unmarked also those that `claimLate` would mark */
  async late(
    where: { tenants: readonly string[] | null; runId: string | null; after?: string | undefined; unmarked: boolean },
    limit: number,
  ): Promise<LateState[]> {
    const { tenants, runId, after = null, unmarked } = where;
    const p_tenants = tenants === null ? null : [...tenants];
    const args = { p_tenants, p_unmarked: unmarked, p_run: runId, p_after: after, p_limit: limit };
    return lateStates.parse(await this.database.rpc('billing_late_list', args, { idempotent: true }));
  }

  async writeLate(
    change: LateChange,
    run: RunFence | null,
    context: ChangeContext,
  ): Promise<z.infer<typeof lateWritten>['outcome']> {
    const args = { p: { ...change, run }, p_context: { ...context } };
    return lateWritten.parse(await this.database.rpc('billing_late_write', args, { idempotent: true })).outcome;
  }

  /** What waits for the next invoices of these tenants, in the order in which they would have it. */
  async waiting(tenants: readonly string[]): Promise<Waiting[]> {
    const args = { p_tenants: [...new Set(tenants)] };
    return z.array(waiting).parse(await this.database.rpc('billing_waiting_list', args, { idempotent: true }));
  }

  /**
   * By subscription: where something has waited since an instant for an invoice that is not to come.
   * @param since null: wherever something waits, and for those in `also`
   */
  async closings(
    since: string | null,
    where: {
      tenants: readonly string[] | null;
      runId: string | null;
      also?: readonly { readonly tenant_id: string; readonly currency: string }[];
      after?: string | undefined;
    },
    limit: number,
  ): Promise<Closing[]> {
    const { tenants, runId, also = [], after = null } = where;
    const p_tenants = tenants === null ? null : [...tenants];
    const p_also = also.map((each) => ({ ...each }));
    const args = { p_tenants, p_also, p_since: since, p_run: runId, p_after: after, p_limit: limit };
    return z.array(closing).parse(await this.database.rpc('billing_closings_list', args, { idempotent: true }));
  }

  /** The invoice of all that waits there. */
  async writeClosing(
    invoice: { subscription_id: string; invoice_id: string; at: string; terms_days: number },
    run: RunFence | null,
    context: ChangeContext,
  ): Promise<z.infer<typeof closingWritten>['outcome']> {
    const args = { p: { ...invoice, run }, p_context: { ...context } };
    return closingWritten.parse(await this.database.rpc('billing_closing_write', args, { idempotent: true })).outcome;
  }
}
