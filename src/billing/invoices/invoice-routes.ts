import { z } from 'zod';
import { displayText, integerText } from '../../platform/http/schemas.js';
import { page, pageQuery } from '../../platform/http/pagination.js';
import { defineRoute } from '../../platform/http/route.js';
import { recordedEventsQuery } from '../../usage-metrics/queries/recorded-event.js';
import { instant } from '../periods/instant.js';
import { newCreditNote } from './credit-note.js';
import { invoice, invoiceState, invoiceSummary, money } from './invoice.js';
import { lineEvents } from './line-events.js';
import { verification } from './verify-invoice.js';

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

function eventsOfLine<const Name extends string, const Path extends `/${string}`>(name: Name, path: Path) {
  return defineRoute({
    name,
    method: 'GET',
    path,
    tag: path.startsWith('/v1/my') ? 'my' : tag,
    summary: 'The usage events behind a line, newest first',
    description:
      'As they are now: those that came late are among them, and those that were voided since are not. Counts outlive events; `query` of the line gives the quantity again.',
    access: { scope: 'usage:read', of: 'invoice', param: 'invoice' },
    params: invoiceParams.extend({ line: integerText(1, 1_000_000) }),
    query: z.strictObject({ limit: recordedEventsQuery.limit, cursor: recordedEventsQuery.cursor }),
    answers: { 200: { description: 'A page of events.', schema: lineEvents } },
    problems: { not_found: ['invoice_not_found', 'line_not_found', 'tenant_not_found'] },
  });
}

export const listLineEvents = eventsOfLine('listLineEvents', '/v1/invoices/{invoice}/lines/{line}/events');
export const listMyLineEvents = eventsOfLine('listMyLineEvents', '/v1/my/invoices/{invoice}/lines/{line}/events');

export const verifyInvoice = defineRoute({
  name: 'verifyInvoice',
  method: 'GET',
  path: '/v1/invoices/{invoice}/verify',
  tag,
  summary: 'Rate an invoice again from what it was rated from, and compare',
  access: { scope: 'billing:read', of: 'platform' },
  params: invoiceParams,
  answers: { 200: { description: 'Whether lines, hashes and totals are the same.', schema: verification } },
  problems: { not_found: ['invoice_not_found'] },
});

const change = { scope: 'billing:write', of: 'platform' } as const;
const why = z.strictObject({ reason: displayText(500).describe('The tenant sees it too') });
const refusals = { not_found: ['invoice_not_found'], conflict: ['invoice_state'] };

export const finalizeInvoice = defineRoute({
  name: 'finalizeInvoice',
  method: 'POST',
  path: '/v1/invoices/{invoice}/finalize',
  tag,
  summary: 'Give a draft its number',
  description: 'From then on it never changes. Credits of the tenant pay it first; what nothing is due of is paid.',
  access: change,
  params: invoiceParams,
  answers: {
    200: { description: 'The invoice as it now is; one that had its number stays as it was.', schema: invoiceSummary },
  },
  problems: refusals,
});

export const payInvoice = defineRoute({
  name: 'payInvoice',
  method: 'POST',
  path: '/v1/invoices/{invoice}/pay',
  tag,
  summary: 'Record a payment that came by hand',
  description: 'Of an invoice that is finalized or uncollectible. What is more than due becomes credits of the tenant.',
  access: change,
  params: invoiceParams,
  body: z
    .strictObject({
      amount: money.optional().describe('Unless given, what is due'),
      reference: displayText(200)
        .optional()
        .describe('What the payment is known by, such as that of a bank transfer: the same again changes nothing'),
    })
    .meta({ id: 'ManualPayment' }),
  answers: {
    200: {
      description: 'The invoice as it now is.',
      schema: z
        .object({ invoice: invoiceSummary, to_credits: z.string().describe('What was more than due') })
        .meta({ id: 'RecordedPayment' }),
    },
  },
  problems: { ...refusals, conflict: ['invoice_state', 'payment_differs'], unprocessable: ['amount_invalid'] },
});

export const voidInvoice = defineRoute({
  name: 'voidInvoice',
  method: 'POST',
  path: '/v1/invoices/{invoice}/void',
  tag,
  summary: 'Say that an invoice is not owed',
  description:
    'A draft, or one of which nothing was paid or credited yet; its applied credits go back. Its number stays used.',
  access: change,
  params: invoiceParams,
  body: why.meta({ id: 'InvoiceVoiding' }),
  answers: { 200: { description: 'The invoice as it now is.', schema: invoiceSummary } },
  problems: { ...refusals, conflict: ['invoice_state', 'invoice_has_payments'] },
});

export const writeOffInvoice = defineRoute({
  name: 'writeOffInvoice',
  method: 'POST',
  path: '/v1/invoices/{invoice}/uncollectible',
  tag,
  summary: 'Say that an invoice will not be paid',
  description: 'It stays due, and may be paid after all.',
  access: change,
  params: invoiceParams,
  body: why.meta({ id: 'InvoiceWriteOff' }),
  answers: { 200: { description: 'The invoice as it now is.', schema: invoiceSummary } },
  problems: refusals,
});

export const createCreditNote = defineRoute({
  name: 'createCreditNote',
  method: 'POST',
  path: '/v1/invoices/{invoice}/credit-notes',
  tag,
  summary: 'Take back an invoice, or a part of it',
  description:
    'First of what is due; the rest becomes credits of the tenant. All credit notes together take back no more than the total.',
  access: change,
  params: invoiceParams,
  body: newCreditNote,
  answers: { 201: { description: 'The credit note.', schema: invoice, headers: { Location: 'Where it is.' } } },
  problems: { ...refusals, unprocessable: ['credit_note_invalid', 'exceeds_invoice'] },
});
