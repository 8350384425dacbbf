import { Controller } from '@nestjs/common';
import { requestActor } from '../../audit/request-actor.js';
import { answer, type AnswerOf, type InputOf } from '../../platform/http/route.js';
import { Route } from '../../platform/http/route.decorator.js';
import { InvoiceActs } from './invoice-acts.service.js';
import * as routes from './invoice-routes.js';

@Controller()
export class InvoiceActsController {
  constructor(private readonly acts: InvoiceActs) {}

  @Route(routes.finalizeInvoice)
  finalize({ params }: InputOf<typeof routes.finalizeInvoice>): Promise<AnswerOf<typeof routes.finalizeInvoice>> {
    return this.acts.finalize(params.invoice, requestActor());
  }

  @Route(routes.payInvoice)
  pay({ params, body }: InputOf<typeof routes.payInvoice>): Promise<AnswerOf<typeof routes.payInvoice>> {
    return this.acts.pay(params.invoice, body, requestActor());
  }

  @Route(routes.voidInvoice)
  void({ params, body }: InputOf<typeof routes.voidInvoice>): Promise<AnswerOf<typeof routes.voidInvoice>> {
    return this.acts.void(params.invoice, body.reason, requestActor());
  }

  @Route(routes.writeOffInvoice)
  writeOff({ params, body }: InputOf<typeof routes.writeOffInvoice>): Promise<AnswerOf<typeof routes.writeOffInvoice>> {
    return this.acts.writeOff(params.invoice, body.reason, requestActor());
  }

  @Route(routes.createCreditNote)
  async credit({
    params,
    body,
  }: InputOf<typeof routes.createCreditNote>): Promise<AnswerOf<typeof routes.createCreditNote>> {
    const note = await this.acts.credit(params.invoice, body, requestActor());
    return answer(201, note, { location: `/v1/invoices/${note.id}` });
  }
}
