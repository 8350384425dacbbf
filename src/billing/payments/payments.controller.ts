import { Controller } from '@nestjs/common';
import { z } from 'zod';
import { requestActor } from '../../audit/request-actor.js';
import { page, pageQuery, toPage } from '../../platform/http/pagination.js';
import { booleanText } from '../../platform/http/schemas.js';
import { answer, type AnswerOf, defineRoute, type InputOf } from '../../platform/http/route.js';
import { Route } from '../../platform/http/route.decorator.js';
import { payment, paymentState } from './payment.js';
import { Payments } from './payments.service.js';
import { PaymentsStore } from './payments.store.js';

const tag = 'billing';

const listPayments = defineRoute({
  name: 'listPayments',
  method: 'GET',
  path: '/v1/billing/payments',
  tag,
  summary: 'Invoices that a provider of payments was asked to collect',
  access: { scope: 'billing:read', of: 'platform' },
  query: z.strictObject({
    ...pageQuery(z.uuid()),
    state: paymentState.optional(),
    stuck: booleanText.optional().describe('Those of which the provider’s answer is missing, or the others'),
  }),
  answers: { 200: { description: 'A page of payments, by invoice.', schema: page(payment) } },
});

const retryPayment = defineRoute({
  name: 'retryPayment',
  method: 'POST',
  path: '/v1/billing/payments/{invoice}/retry',
  tag,
  summary: 'Ask the provider again for what is due',
  description: 'After it failed, or was refused, and what stood in its way is gone.',
  access: { scope: 'billing:write', of: 'platform' },
  params: z.strictObject({ invoice: z.uuid() }),
  answers: { 202: { description: 'The provider is asked for it soon.', schema: payment } },
  problems: { not_found: ['payment_not_found'], conflict: ['nothing_due', 'payment_under_way'] },
});

@Controller()
export class PaymentsController {
  constructor(
    private readonly payments: Payments,
    private readonly store: PaymentsStore,
  ) {}

  @Route(listPayments)
  async list({ query }: InputOf<typeof listPayments>): Promise<AnswerOf<typeof listPayments>> {
    const rows = await this.store.list(query, query.limit + 1, query.cursor);
    return toPage(
      rows,
      query.limit,
      (row) => row.invoice_id,
      (row) => row,
    );
  }

  @Route(retryPayment)
  async retry({ params }: InputOf<typeof retryPayment>): Promise<AnswerOf<typeof retryPayment>> {
    return answer(202, await this.payments.retry(params.invoice, requestActor()));
  }
}
