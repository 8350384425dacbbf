import { Injectable } from '@nestjs/common';
import type { Reach } from '../../platform/reach.js';
import type { Invoice, InvoiceSummary } from '../invoices/invoice.js';
import { InvoicesService } from '../invoices/invoices.service.js';
import { focusHead, focusLine, focusRows } from './focus-rows.js';
import { documentOf, type InvoiceDocument } from './invoice-document.js';
import { pageOf } from './invoice-page.js';
import { TypefaceService } from './typeface.service.js';

export interface InvoiceFile {
  /** Without an extension: letters, digits and hyphens. */
  readonly name: string;
  readonly content: Buffer;
}

export interface FocusQuery {
  /** Id or slug. */
  readonly tenant?: string | undefined;
  /** Of the time at which invoices got their numbers: half-open, RFC 3339. */
  readonly from: string;
  readonly to: string;
}

/** Read at once, and so in memory at once; each is written by itself, for one may have thousands of lines. */
const pageSize = 20;

/** Invoices and credit notes as files. Who may see which is decided by InvoicesService. */
@Injectable()
export class InvoiceDocuments {
  constructor(
    private readonly invoices: InvoicesService,
    private readonly typeface: TypefaceService,
  ) {}

  /** @param invoice the id or the number @throws TenantryError `invoice_not_found` */
  async html(invoice: string, reach: Reach): Promise<InvoiceFile> {
    const found = await this.invoices.get(invoice, reach);
    return fileOf(found, Buffer.from(pageOf(await this.documentOf(found, reach))));
  }

  /** @param invoice the id or the number @throws TenantryError `invoice_not_found` */
  async pdf(invoice: string, reach: Reach): Promise<InvoiceFile> {
    const found = await this.invoices.get(invoice, reach);
    const document = await this.documentOf(found, reach);
    // With what it needs it takes 33 MiB and a fifth of a second to load: whoever asks for no PDF never pays for that.
    const { pdfOf } = await import('./invoice-pdf.js');
    return fileOf(found, await pdfOf(document, await this.typeface.get()));
  }

  /** FOCUS 1.2. @param invoice the id or the number @throws TenantryError `invoice_not_found` */
  async focus(invoice: string, reach: Reach): Promise<InvoiceFile> {
    const found = await this.invoices.get(invoice, reach);
    return fileOf(found, Buffer.from(`${focusHead}${await this.linesOf(found, reach)}`));
  }

  /** FOCUS 1.2 of all that got its number in a time, newest first, an invoice a piece. @throws TenantryError `tenant_not_found` with the first piece */
  async *focusOf({ tenant, from, to }: FocusQuery, reach: Reach): AsyncGenerator<string> {
    let page: InvoiceSummary[] | undefined;
    do {
      const after = page?.at(-1)?.id;
      const isFirst = page === undefined;
      page = await this.invoices.list(tenant, reach, { from, to }, pageSize, after);
      if (isFirst) yield focusHead;
      const found = await Promise.all(page.map(({ id }) => this.invoices.get(id, reach)));
      for (const invoice of found) yield await this.linesOf(invoice, reach);
    } while (page.length === pageSize);
  }

  private async documentOf(invoice: Invoice, reach: Reach): Promise<InvoiceDocument> {
    const corrected = await this.correctedBy(invoice, reach);
    return documentOf(invoice, new Map([...corrected].map(([id, { number }]) => [id, number ?? id])));
  }

  private async linesOf(invoice: Invoice, reach: Reach): Promise<string> {
    const corrected = await this.correctedBy(invoice, reach);
    return focusRows(invoice, corrected).map(focusLine).join('');
  }

  /** The invoices that this one corrects, by their ids. */
  private async correctedBy({ corrects, lines }: Invoice, reach: Reach): Promise<ReadonlyMap<string, Invoice>> {
    const corrected = [corrects, ...lines.map((line) => line.adjusts_invoice)];
    const ids = new Set(corrected.filter((id) => id !== null));
    const found = await Promise.all([...ids].map((id) => this.invoices.get(id, reach)));
    return new Map(found.map((invoice) => [invoice.id, invoice]));
  }
}

function fileOf({ id, number }: Invoice, content: Buffer): InvoiceFile {
  return { name: (number ?? `draft-${id}`).replaceAll(/[^A-Za-z0-9-]/g, '-'), content };
}
