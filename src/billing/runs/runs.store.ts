import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { ChangeContext } from '../../audit/change-context.js';
import { type ClaimedTask, LeaseLost } from '../../background-tasks/task.js';
import { Database } from '../../platform/database.js';
import { rowInstant } from '../../platform/rows.js';
import { exact } from '../money/decimal.js';
import { moneyText } from '../money/round-lines.js';
import {
  type BillingRun,
  billingRun,
  type BillingRunItem,
  billingRunItem,
  type OpenBillingFailure,
  openBillingFailure,
} from './billing-run.js';
import type { BillingFailure } from './period-rating.js';
import type { NewItem } from './run-item.js';
import type { RunFence } from './writing.store.js';

const runRow = billingRun
  .extend({
    seq: z.int(),
    as_of: rowInstant,
    created_at: rowInstant,
    started_at: rowInstant.nullable(),
    finished_at: rowInstant.nullable(),
    items_removed_at: rowInstant.nullable(),
  })
  .meta({ id: 'BillingRunRow' });
type RunRow = z.infer<typeof runRow>;

const itemRow = billingRunItem
  .omit({ period: true })
  .extend({ n: z.int(), period_index: z.int(), period_from: rowInstant, period_to: rowInstant, at: rowInstant })
  .meta({ id: 'BillingRunItemRow' });
type ItemRow = z.infer<typeof itemRow>;

const failureRow = openBillingFailure
  .extend({ since: rowInstant, last_at: rowInstant, next_at: rowInstant })
  .meta({ id: 'OpenBillingFailureRow' });
/** Subscription, kind and period of the last one of a page. */
type FailureKey = readonly [string, string, number];

const lost = z.object({ outcome: z.literal('lost') });
const begun = z.discriminatedUnion('outcome', [z.object({ outcome: z.literal('begun'), run: runRow }), lost]);
const finished = z.discriminatedUnion('outcome', [z.object({ outcome: z.literal('finished') }), lost]);
const added = z.object({ outcome: z.enum(['written', 'lost']) });
const pruned = z.object({ removed: z.int(), more: z.boolean() });
const cancelled = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('cancelled'), run: runRow }),
  z.object({ outcome: z.literal('finished'), status: z.string() }),
  z.object({ outcome: z.literal('not_found') }),
]);

export interface NewRun {
  readonly id: string;
  readonly as_of: string;
  readonly dry_run: boolean;
  readonly tenants: readonly string[] | null;
  /** Asked for by the clock: what failed waits for its time. */
  readonly scheduled: boolean;
}

/** The queries of billing runs. */
@Injectable()
export class RunsStore {
  constructor(private readonly database: Database) {}

  async create(run: NewRun, context: ChangeContext): Promise<BillingRun> {
    const args = { p_run: { ...run }, p_context: { ...context } };
    return toRun(runRow.parse(await this.database.rpc('billing_run_create', args)));
  }

  /** The run of a claimed task; undefined when somebody else has it. */
  async begin({ id, fence }: ClaimedTask, graceSeconds: number): Promise<BillingRun | undefined> {
    const args = { p_id: id, p_fence: fence, p_grace: graceSeconds };
    const answer = begun.parse(await this.database.rpc('billing_run_begin', args, { idempotent: true }));
    return answer.outcome === 'lost' ? undefined : toRun(answer.run);
  }

  /** Writes the end of a run, once. */
  async finish(
    { id, fence }: ClaimedTask,
    status: 'succeeded' | 'failed' | 'cancelled',
    error: BillingFailure | null,
    context: ChangeContext,
  ): Promise<'finished' | 'lost'> {
    const p_error = error === null ? null : { ...error };
    const args = { p_id: id, p_fence: fence, p_status: status, p_error, p_context: { ...context } };
    return finished.parse(await this.database.rpc('billing_run_finish', args)).outcome;
  }

  /** @throws LeaseLost when somebody else has the run */
  async addItems(run: RunFence | null, items: readonly NewItem[]): Promise<void> {
    if (run === null || items.length === 0) return;
    const args = { p_run: run.id, p_fence: run.fence, p_items: items.map((item) => ({ ...item })) };
    const { outcome } = added.parse(await this.database.rpc('billing_run_items_add', args, { idempotent: true }));
    if (outcome === 'lost') throw new LeaseLost();
  }

  /** @returns the run; why it cannot be cancelled otherwise */
  async cancel(
    id: string,
    context: ChangeContext,
  ): Promise<
    { outcome: 'cancelled'; run: BillingRun } | { outcome: 'finished'; status: string } | { outcome: 'not_found' }
  > {
    const args = { p_id: id, p_context: { ...context } };
    const answer = cancelled.parse(await this.database.rpc('billing_run_cancel', args));
    return answer.outcome === 'cancelled' ? { ...answer, run: toRun(answer.run) } : answer;
  }

  /** What cannot be billed, after a place. */
  async failures(limit: number, after: FailureKey | undefined): Promise<OpenBillingFailure[]> {
    const args = { p_after: after === undefined ? null : [...after], p_limit: limit };
    return z.array(failureRow).parse(await this.database.rpc('billing_failures_list', args, { idempotent: true }));
  }

  /**
   * Removes what is left of runs that ended before an instant, a bounded part at once; runs that wrote invoices stay, without their items.
   * @returns whether there is more to remove
   */
  async prune(before: string, at: string, limit: number): Promise<boolean> {
    const args = { p_before: before, p_at: at, p_limit: limit };
    return pruned.parse(await this.database.rpc('billing_runs_prune', args, { idempotent: true })).more;
  }

  async find(id: string): Promise<BillingRun | undefined> {
    const row = runRow.nullable().parse(await this.database.rpc('billing_run_get', { p_id: id }, { idempotent: true }));
    return row === null ? undefined : toRun(row);
  }

  /** Newest first, before a place. */
  async list(limit: number, before: number | undefined): Promise<{ seq: number; run: BillingRun }[]> {
    const args = { p_before: before ?? null, p_limit: limit };
    const rows = z.array(runRow).parse(await this.database.rpc('billing_runs_list', args, { idempotent: true }));
    return rows.map((row) => ({ seq: row.seq, run: toRun(row) }));
  }

  /** In the order in which they happened, after a place. */
  async items(
    id: string,
    outcome: BillingRunItem['outcome'] | undefined,
    limit: number,
    after: number | undefined,
  ): Promise<{ n: number; item: BillingRunItem }[]> {
    const args = { p_id: id, p_outcome: outcome ?? null, p_after: after ?? null, p_limit: limit };
    const rows = z.array(itemRow).parse(await this.database.rpc('billing_run_items_list', args, { idempotent: true }));
    return rows.map((row) => ({ n: row.n, item: toItem(row) }));
  }
}

function toRun({ seq: _seq, amounts, ...run }: RunRow): BillingRun {
  const shown: Record<string, string> = {};
  for (const [currency, amount] of Object.entries(amounts)) shown[currency] = moneyText(exact(amount), currency);
  return { ...run, amounts: shown };
}

function toItem({ n: _n, period_index: index, period_from: from, period_to: to, ...item }: ItemRow): BillingRunItem {
  // What is not of a currency has no amount but zero.
  const amount = item.outcome === 'failed' ? item.amount : moneyText(exact(item.amount), item.currency);
  return { ...item, period: { index, from, to }, amount };
}
