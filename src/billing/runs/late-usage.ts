import type { Decimal } from 'decimal.js';
import { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import { decimalText, exact, smallerOf, sumOf, zero } from '../money/decimal.js';
import { moneyText } from '../money/round-lines.js';
import { instant } from '../periods/instant.js';
import type { InvoiceLine, RatedPeriod } from '../rating/rate-period.js';

const entry = z.object({ component: z.string().nullable(), from: instant, to: instant, amount: z.string() });
type Entry = z.infer<typeof entry>;

/** An invoice whose usage changed after it was billed, with all that was billed for its period so far. */
export const lateState = z.object({
  invoice_id: z.string(),
  tenant_id: z.string(),
  subscription_id: z.string(),
  period_index: z.int(),
  from: instant,
  to: instant,
  currency: z.string(),
  /** Null in a dry run, where nothing is marked. */
  mark: z.string().nullable(),
  /** As `ratePeriod` took it. */
  subscription: z.record(z.string(), z.json()),
  billed: z.array(entry),
  /** What of it stands on other invoices, as adjustments; the newest first. */
  carried: z.array(entry.extend({ invoice_id: z.string() })),
  /** What each of these invoices may still give back. */
  creditable: z.record(z.string(), z.string()),
  /** Adjustments that no invoice has yet; they are not among what was billed, and are replaced. */
  waiting: z.array(z.string()),
  /** What credit notes gave back for other reasons. */
  given: z.array(entry),
});
export type LateState = z.infer<typeof lateState>;

/** What a part of the period costs more, or less, than was billed. `line` is what it comes to now; undefined where nothing is left of it. */
export interface Difference {
  readonly component: string | null;
  readonly from: string;
  readonly to: string;
  /** More than 0. */
  readonly amount: string;
  readonly line: InvoiceLine | undefined;
}

/** What is given back, of the invoice that has it: an adjustment before that which it adjusted. */
export interface Less extends Difference {
  readonly invoiceId: string;
}

export interface Differences {
  readonly more: readonly Difference[];
  readonly less: readonly Less[];
  /** All together; negative where less is owed. */
  readonly net: string;
}

interface Part {
  readonly component: string | null;
  readonly from: string;
  readonly to: string;
  line: InvoiceLine | undefined;
  change: Decimal;
  given: Decimal;
}

/**
 * What has to be billed on top, or given back, so that the period comes to what it is rated at now, to the cent. A usage line and its true-up are one
 * part. What rounding makes of the total goes to the part that changed most, so that cents need no line of their own. What was given back for other
 * reasons is never billed again, and not given back twice.
 */
export function differencesOf(state: LateState, { lines, currency }: RatedPeriod): Differences {
  const parts = new Map<string, Part>();
  for (const line of lines) {
    const part = partOf(parts, line);
    part.change = part.change.plus(exact(line.amount));
    if (line.kind === 'usage' || line.kind === 'recurring') part.line = line;
  }
  for (const billed of state.billed) {
    const part = partOf(parts, billed);
    part.change = part.change.minus(exact(billed.amount));
  }
  for (const given of state.given) {
    const part = partOf(parts, given);
    part.given = part.given.plus(exact(given.amount));
  }
  const all = [...parts.values()];
  // What was given back for no component in particular counts for any.
  const pool = sumOf(all.filter(({ component }) => component === null).map(({ given }) => given));
  return settled(withRounding(all), pool, state, currency);
}

function partOf(parts: Map<string, Part>, { component, from, to }: Omit<Entry, 'amount'>): Part {
  const key = keyOf({ component, from, to });
  const known = parts.get(key);
  if (known !== undefined) return known;
  const part: Part = { component, from, to, line: undefined, change: zero, given: zero };
  parts.set(key, part);
  return part;
}

/** Rounding lines are the parts without a component. */
function withRounding(parts: readonly Part[]): Part[] {
  const rounding = sumOf(parts.filter(({ component }) => component === null).map(({ change }) => change));
  const sold = parts.filter(({ component }) => component !== null);
  const [most] = [...sold].sort((a, b) => b.change.abs().cmp(a.change.abs()));
  if (most !== undefined) most.change = most.change.plus(rounding);
  return sold;
}

function settled(parts: readonly Part[], pool: Decimal, state: LateState, currency: string): Differences {
  const more: Difference[] = [];
  const less: Less[] = [];
  let left = pool;
  const creditable = new Map(Object.entries(state.creditable).map(([id, amount]) => [id, exact(amount)]));
  for (const { component, from, to, line, change, given } of parts) {
    const of = { component, from, to, line };
    if (change.gt(zero)) more.push({ ...of, amount: moneyText(change, currency) });
    if (!change.lt(zero)) continue;
    const lacking = smallerOf(change.plus(given), zero).negated();
    const covered = smallerOf(lacking, left);
    left = left.minus(covered);
    for (const { invoiceId, amount } of takenBack(state, of, lacking.minus(covered), creditable)) {
      less.push({ ...of, invoiceId, amount: moneyText(amount, currency) });
    }
  }
  const sum = (some: readonly Difference[]): Decimal => sumOf(some.map(({ amount }) => exact(amount)));
  return { more, less, net: moneyText(sum(more).minus(sum(less)), currency) };
}

/**
 * What others carry of the part comes first. No invoice gives back more than it has left: what it lacks it has given back already, by a credit note that
 * said nothing of the part.
 * @param creditable what each has left; less, once this has taken from it
 */
function takenBack(
  state: LateState,
  part: Omit<Entry, 'amount'>,
  owed: Decimal,
  creditable: Map<string, Decimal>,
): { invoiceId: string; amount: Decimal }[] {
  const taken: { invoiceId: string; amount: Decimal }[] = [];
  let left = owed;
  const own = { ...part, invoice_id: state.invoice_id, amount: decimalText(owed) };
  for (const { invoice_id: invoiceId, amount, ...carried } of [...state.carried, own]) {
    if (keyOf(carried) !== keyOf(part)) continue;
    const wanted = smallerOf(exact(amount), left);
    const has = creditable.get(invoiceId) ?? zero;
    const off = smallerOf(wanted, has);
    creditable.set(invoiceId, has.minus(off));
    left = left.minus(wanted);
    if (!off.isZero()) taken.push({ invoiceId, amount: off });
  }
  return taken;
}

function keyOf({ component, from, to }: Omit<Entry, 'amount'>): string {
  return JSON.stringify([component, Temporal.Instant.from(from).toString(), Temporal.Instant.from(to).toString()]);
}
