import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { Database } from '../../platform/database.js';
import { idsWithin, type Reach } from '../../platform/reach.js';
import type { Invoice, InvoiceSummary } from './invoice.js';
import { invoiceRow, wholeInvoice } from './invoice-rows.js';

/** What to look for among invoices; what is given must all hold. */
export interface InvoiceFilter {
  readonly subscription?: string | undefined;
  readonly state?: string | undefined;
  readonly kind?: string | undefined;
  readonly number?: string | undefined;
  /** Of the time at which it got its number, half-open. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** Every query about invoices. What callers of tenants may see has a number, and is theirs. */
@Injectable()
export class InvoicesStore {
  constructor(private readonly database: Database) {}

  /** With its lines. @param invoice the id or the number */
  async find(invoice: string, reach: Reach): Promise<Invoice | undefined> {
    const args = { p_invoice: invoice, p_tenants: idsWithin(reach) ?? null };
    const answer = await this.database.rpc('billing_invoice_find', args, { idempotent: true });
    if (answer === null) return undefined;
    return wholeInvoice(answer);
  }

  /** What it was rated from; null where there is nothing. */
  async inputs(id: string): Promise<unknown> {
    const rows = await this.database.read((client) => client.from('billing_invoices').select('inputs').eq('id', id));
    return rows[0]?.inputs ?? null;
  }

  /** Newest first, after the given id. @param tenant its id; undefined: of all within reach */
  async list(
    tenant: string | undefined,
    reach: Reach,
    filter: InvoiceFilter,
    limit: number,
    after: string | undefined,
  ): Promise<InvoiceSummary[]> {
    const tenants = tenant === undefined ? (idsWithin(reach) ?? null) : [tenant];
    const query = { ...filter, tenants, numbered: reach !== 'all', after, limit };
    return z
      .array(invoiceRow)
      .parse(await this.database.rpc('billing_invoices_list', { p_query: query }, { idempotent: true }));
  }
}
