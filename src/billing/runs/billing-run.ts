import { z } from 'zod';
import { id, instant } from '../../platform/http/schemas.js';
import { invoiceLine } from '../invoices/invoice.js';

const amounts = z.record(z.string(), z.string());
const itemError = z.object({ code: z.string(), message: z.string() });
const itemKind = z
  .enum(['period', 'late_usage', 'closing'])
  .describe(
    '`period`: one that was to be billed; `late_usage`: one whose usage changed after it was billed; `closing`: late usage of a subscription that is over, with an invoice of its own',
  );

const runStatus = z.enum(['queued', 'running', 'succeeded', 'failed', 'cancelled']);

/** One run over everything that is due. */
export const billingRun = z
  .object({
    id,
    status: runStatus.describe('`succeeded` also when some tenants failed: see `failures`'),
    as_of: instant.describe('Periods that ended before it, by their grace, are billed'),
    dry_run: z.boolean(),
    tenants: z.array(id).nullable().describe('Null: all of them'),
    total: z
      .int()
      .nullable()
      .describe('How many subscriptions it found to bill when it began; each may have several periods'),
    progress: z.object({
      done: z.int(),
      invoiced: z.int(),
      nothing_due: z.int(),
      adjusted: z.int(),
      failed: z.int(),
    }),
    amounts: amounts.describe('What the invoices come to, by currency'),
    failures: z
      .array(z.object({ tenant_id: id, subscription_id: id, kind: itemKind, period_index: z.int(), error: itemError }))
      .describe('The first 100'),
    error: itemError.nullable().describe('Why the run itself failed'),
    requested_by: z.string(),
    created_at: instant,
    started_at: instant.nullable(),
    finished_at: instant.nullable(),
    items_removed_at: instant
      .nullable()
      .describe('When its items were removed, as they were old; what they came to is still here'),
  })
  .meta({ id: 'BillingRun' });
export type BillingRun = z.infer<typeof billingRun>;

/** What became of one subscription's period. */
export const billingRunItem = z
  .object({
    kind: itemKind,
    tenant_id: id,
    subscription_id: id,
    period: z.object({ index: z.int(), from: instant, to: instant }),
    outcome: z.enum(['invoiced', 'nothing_due', 'adjusted', 'failed']),
    invoice_id: id.nullable().describe('Null in a dry run'),
    currency: z.string(),
    amount: z.string().describe('The total; of late usage, what is owed more, or less'),
    error: itemError.nullable(),
    lines: z.array(invoiceLine).nullable().describe('Of a dry run'),
    at: instant,
  })
  .meta({ id: 'BillingRunItem' });
export type BillingRunItem = z.infer<typeof billingRunItem>;

/** What a run could not bill, and none has since. */
export const openBillingFailure = z
  .object({
    tenant_id: id,
    subscription_id: id,
    kind: itemKind,
    period_index: z.int(),
    error: itemError,
    attempts: z.int().describe('How often the same came of it since the subscription was changed last'),
    since: instant,
    last_at: instant,
    next_at: instant.describe('From when on the hourly run tries again; a run that somebody asks for tries at once'),
  })
  .meta({ id: 'OpenBillingFailure' });
export type OpenBillingFailure = z.infer<typeof openBillingFailure>;

/** One event of a run's stream. */
export const billingRunEvent = z
  .discriminatedUnion('type', [
    z.object({ type: z.literal('progress'), run: billingRun }),
    z.object({ type: z.literal('end'), run: billingRun }),
  ])
  .meta({ id: 'BillingRunEvent' });
export type BillingRunEvent = z.infer<typeof billingRunEvent>;

export function hasEnded({ status }: BillingRun): boolean {
  return status !== 'queued' && status !== 'running';
}
