import { Injectable, type OnModuleInit } from '@nestjs/common';
import { OwnerLookups } from '../../platform/owner-lookups.js';
import type { Reach } from '../../platform/reach.js';
import { TenantsService } from '../../tenants/tenants.service.js';
import type { Invoice, InvoiceSummary } from './invoice.js';
import { invoiceNotFound } from './invoices.errors.js';
import { type InvoiceFilter, InvoicesStore } from './invoices.store.js';
import { type Verification, verifyInvoice } from './verify-invoice.js';

/** Reading invoices and credit notes. Whoever is of a tenant sees what has a number; all else is as if it were not there. */
@Injectable()
export class InvoicesService implements OnModuleInit {
  constructor(
    private readonly store: InvoicesStore,
    private readonly tenants: TenantsService,
    private readonly lookups: OwnerLookups,
  ) {}

  onModuleInit(): void {
    this.lookups.add('invoice', {
      find: async (invoice, reach) => (await this.store.find(invoice, reach))?.tenant_id,
      notFound: invoiceNotFound,
      lasting: true,
    });
  }

  /** With its lines. @param invoice the id or the number @throws TenantryError `invoice_not_found` */
  async get(invoice: string, reach: Reach): Promise<Invoice> {
    const found = await this.store.find(invoice, reach);
    if (found === undefined) throw invoiceNotFound();
    return found;
  }

  /**
   * Newest first, after the given id. Invoices outlive their tenant, whose id still finds them.
   * @throws TenantryError `tenant_not_found` where there is neither a tenant nor an invoice of one
   */
  async list(
    tenant: string | undefined,
    reach: Reach,
    filter: InvoiceFilter,
    limit: number,
    after: string | undefined,
  ): Promise<InvoiceSummary[]> {
    const [id] = tenant === undefined ? [] : await this.tenants.idsOf([tenant], reach);
    const rows = await this.store.list(id, reach, filter, limit, after);
    if (tenant !== undefined && rows.length === 0) await this.tenants.get(tenant, reach);
    return rows;
  }

  /** Rates its stored inputs again. @throws TenantryError `invoice_not_found` */
  async verify(invoice: string): Promise<Verification> {
    const found = await this.get(invoice, 'all');
    return verifyInvoice(found, await this.store.inputs(found.id));
  }
}
