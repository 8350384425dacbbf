import { z } from 'zod';
import { page, pageQuery } from '../../platform/http/pagination.js';
import { defineRoute } from '../../platform/http/route.js';
import { instant } from '../periods/instant.js';
import { invoice, invoiceState, invoiceSummary } from './invoice.js';

const tag = 'billing';
const tenant = z.string().min(1).max(63).describe('The id or the slug');

/** An invoice or credit note, in a path. */
export const invoiceParams = z.strictObject({
  invoice: z
    .string()
    .regex(/^([0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|(INV|CN)-\d{4}-\d{6,})$/, 'must be an id or a number')
    .max(64)
    .describe('The id, or the number, such as `INV-2026-000001`'),
});
export const ofInvoice = { scope: 'billing:read', of: 'invoice', param: 'invoice' } as const;

const listQuery = {
  ...pageQuery(z.uuid()),
  subscription: z.uuid().optional(),
  state: invoiceState.optional(),
  kind: z.enum(['invoice', 'credit_note']).optional(),
  number: z.string().max(64).optional(),
  from: instant.optional().describe('Got its number not before'),
  to: instant.optional().describe('Got its number before'),
};
const answers = { 200: { description: 'A page of invoices, without their lines.', schema: page(invoiceSummary) } };
const problems = { not_found: ['tenant_not_found'] };

export const listInvoices = defineRoute({
  name: 'listInvoices',
  method: 'GET',
  path: '/v1/invoices',
  tag,
  summary: 'Invoices and credit notes, newest first',
  description: 'Callers of tenants see what has a number; operators also what gathers, and drafts.',
  access: { scope: 'billing:read', of: 'own' },
  query: z.strictObject({ ...listQuery, tenant: tenant.optional() }),
  answers,
  problems,
});

export const listMyInvoices = defineRoute({
  name: 'listMyInvoices',
  method: 'GET',
  path: '/v1/my/invoices',
  tag: 'my',
  summary: 'Invoices and credit notes of your tenants, newest first',
  access: { scope: 'billing:read', of: 'my' },
  query: z.strictObject({ ...listQuery, tenant: tenant.optional() }),
  answers,
  problems,
});

export const listTenantInvoices = defineRoute({
  name: 'listTenantInvoices',
  method: 'GET',
  path: '/v1/tenants/{tenant}/invoices',
  tag,
  summary: 'Invoices and credit notes of a tenant, newest first',
  access: { scope: 'billing:read', of: 'tenant', param: 'tenant' },
  params: z.strictObject({ tenant }),
  query: z.strictObject(listQuery),
  answers,
  problems,
});

function oneInvoice<const Name extends string, const Path extends `/${string}`>(name: Name, path: Path) {
  return defineRoute({
    name,
    method: 'GET',
    path,
    tag: path.startsWith('/v1/my') ? 'my' : tag,
    summary: 'One invoice or credit note, with its lines',
    access: ofInvoice,
    params: invoiceParams,
    answers: { 200: { description: 'The invoice.', schema: invoice } },
    problems: { not_found: ['invoice_not_found'] },
  });
}

export const getInvoice = oneInvoice('getInvoice', '/v1/invoices/{invoice}');
export const getMyInvoice = oneInvoice('getMyInvoice', '/v1/my/invoices/{invoice}');
