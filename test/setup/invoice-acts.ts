import { newId } from '../../src/platform/ids.js';
import { DatabaseError } from '../../src/platform/database-error.js';
import type { TestDatabase } from './database.js';
import { operator } from './provisioning.js';

const tables = [
  'billing_invoices',
  'billing_invoice_lines',
  'billing_numbers',
  'billing_receipts',
  'outbox',
  'audit_log',
];

/** What is done to invoices, by the functions of the database, on 10 March 2026. */
export class InvoiceActsOf {
  readonly at = '2026-03-10T12:00:00Z';

  constructor(private readonly test: TestDatabase) {}

  /** As a provider tells of it. */
  pay(id: string, amount: string | null, more: object = {}): Promise<unknown> {
    const p_payment = { provider: 'stripe', reference: newId(), amount, ...more };
    return this.test.database.rpc('billing_invoice_paid', { p_invoice_id: id, p_payment, ...this.now });
  }

  void(id: string, p_context: object = operator): Promise<unknown> {
    return this.test.database.rpc('billing_invoice_void', {
      p_invoice_id: id,
      p_reason: 'wrong',
      ...this.now,
      p_context,
    });
  }

  writeOff(id: string, p_context: object = operator): Promise<unknown> {
    const args = { p_invoice_id: id, p_reason: 'gone', ...this.now, p_context };
    return this.test.database.rpc('billing_invoice_uncollectible', args);
  }

  /** @param amounts of its lines; undefined: all that is left */
  credit(id: string, amounts: readonly string[] | undefined, more: object = {}): Promise<unknown> {
    const lines = amounts?.map((amount) => ({ amount, description: 'a mistake' }));
    const note = { id: newId(), invoice_id: id, reason: 'a mistake', at: this.at, ...(lines && { lines }), ...more };
    return this.test.database.rpc('billing_credit_note_write', { p_note: note, p_context: operator });
  }

  /** Why it is refused: the hint of it. `accepted` where it is not, and `something changed` where it is and leaves other rows behind. */
  async refusalOf(work: () => Promise<unknown>): Promise<unknown> {
    const before = await this.everything();
    const hint: unknown = await work().then(
      () => 'accepted',
      (error: unknown) => (error instanceof DatabaseError ? error.hint : error),
    );
    return hint === 'accepted' || (await this.everything()) === before ? hint : 'something changed';
  }

  private get now(): { p_at: string; p_context: object } {
    return { p_at: this.at, p_context: operator };
  }

  private async everything(): Promise<string> {
    const rows = tables.map((table) =>
      this.test.sql(`select to_jsonb(t) as row from public.${table} t order by to_jsonb(t)::text`),
    );
    return JSON.stringify(await Promise.all(rows));
  }
}
