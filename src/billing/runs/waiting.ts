import { z } from 'zod';
import { invoiceLine } from '../invoices/invoice.js';
import { instant, isBefore } from '../periods/instant.js';
import type { LateState } from './late-usage.js';

/** A line that an invoice gets for what late usage made of an earlier one. */
const waitingLine = z.object({
  ...invoiceLine.omit({ line: true, kind: true, unrounded: true, explained: true }).shape,
  from: instant,
  to: instant,
});
export type WaitingLine = z.infer<typeof waitingLine>;

/** An adjustment that no invoice has yet, since when it waits, and the period of the invoice that it adjusts. */
export const waiting = z.object({
  tenant_id: z.string(),
  currency: z.string(),
  since: instant,
  period: z.object({ from: instant, to: instant }),
  line: waitingLine,
});
export type Waiting = z.infer<typeof waiting>;

interface Payer {
  readonly tenant_id: string;
  readonly currency: string;
}

/** What would wait for invoices if late usage were billed now: what waits, with what was rated anew in place of what that replaces. Each is had once. */
export class ForeseenAdjustments {
  private readonly rated = new Map<string, Payer & { readonly adjustments: Waiting[] }>();
  private readonly replaced = new Set<string>();
  private readonly taken = new Set<string>();

  /** @param lines what late usage adds to an invoice's period, instead of what waited of it */
  add({ tenant_id, currency, invoice_id, from, to }: LateState, lines: readonly WaitingLine[], at: string): void {
    this.replaced.add(invoice_id);
    const payer = { tenant_id, currency };
    const known = this.rated.get(keyOf(payer)) ?? { ...payer, adjustments: [] };
    known.adjustments.push(...lines.map((line) => ({ ...payer, since: at, period: { from, to }, line })));
    this.rated.set(keyOf(payer), known);
  }

  /** Those for whom something was added. */
  get payers(): Payer[] {
    return [...this.rated.values()].map(({ tenant_id, currency }) => ({ tenant_id, currency }));
  }

  /**
   * All that waits for one tenant in one currency; nothing, when it was taken before.
   * @param stored what waits by now, also of others
   */
  take(payer: Payer, stored: readonly Waiting[]): Waiting[] {
    const key = keyOf(payer);
    if (this.taken.has(key)) return [];
    this.taken.add(key);
    const own = stored.filter((each) => keyOf(each) === key);
    const anew = (this.rated.get(key)?.adjustments ?? []).map((each) => ({ ...each, since: sinceOf(each, own) }));
    return [...own.filter(({ line }) => !this.replaced.has(line.adjusts_invoice ?? '')), ...anew];
  }
}

/** What is worked out anew has waited as long as what it replaces. */
function sinceOf({ since, line: { adjusts_invoice: invoice } }: Waiting, stored: readonly Waiting[]): string {
  return earliest([since, ...stored.filter(({ line }) => line.adjusts_invoice === invoice).map((each) => each.since)]);
}

export function earliest(instants: readonly string[]): string {
  return instants.reduce((first, each) => (isBefore(each, first) ? each : first));
}

export function latest(instants: readonly string[]): string {
  return instants.reduce((last, each) => (isBefore(last, each) ? each : last));
}

function keyOf({ tenant_id, currency }: Payer): string {
  return `${tenant_id} ${currency}`;
}
