import { Controller } from '@nestjs/common';
import { callerReach } from '../../platform/caller-reach.js';
import { toPage } from '../../platform/http/pagination.js';
import type { AnswerOf, InputOf } from '../../platform/http/route.js';
import { Route } from '../../platform/http/route.decorator.js';
import * as routes from './invoice-routes.js';
import { InvoicesService } from './invoices.service.js';
import { LineEventsService } from './line-events.service.js';

@Controller()
export class InvoicesController {
  constructor(
    private readonly invoices: InvoicesService,
    private readonly events: LineEventsService,
  ) {}

  @Route(routes.listInvoices)
  list({ query }: InputOf<typeof routes.listInvoices>): Promise<AnswerOf<typeof routes.listInvoices>> {
    return this.page(query.tenant, query);
  }

  @Route(routes.listMyInvoices)
  listMine({ query }: InputOf<typeof routes.listMyInvoices>): Promise<AnswerOf<typeof routes.listMyInvoices>> {
    return this.page(query.tenant, query);
  }

  @Route(routes.listTenantInvoices)
  listOfTenant({
    params,
    query,
  }: InputOf<typeof routes.listTenantInvoices>): Promise<AnswerOf<typeof routes.listTenantInvoices>> {
    return this.page(params.tenant, query);
  }

  @Route(routes.getInvoice)
  get({ params }: InputOf<typeof routes.getInvoice>): Promise<AnswerOf<typeof routes.getInvoice>> {
    return this.invoices.get(params.invoice, callerReach());
  }

  @Route(routes.getMyInvoice)
  getMine({ params }: InputOf<typeof routes.getMyInvoice>): Promise<AnswerOf<typeof routes.getMyInvoice>> {
    return this.invoices.get(params.invoice, callerReach());
  }

  @Route(routes.listLineEvents)
  listEvents({
    params,
    query,
  }: InputOf<typeof routes.listLineEvents>): Promise<AnswerOf<typeof routes.listLineEvents>> {
    return this.events.page(params.invoice, params.line, callerReach(), query.limit, query.cursor);
  }

  @Route(routes.listMyLineEvents)
  listMyEvents({
    params,
    query,
  }: InputOf<typeof routes.listMyLineEvents>): Promise<AnswerOf<typeof routes.listMyLineEvents>> {
    return this.events.page(params.invoice, params.line, callerReach(), query.limit, query.cursor);
  }

  @Route(routes.verifyInvoice)
  verify({ params }: InputOf<typeof routes.verifyInvoice>): Promise<AnswerOf<typeof routes.verifyInvoice>> {
    return this.invoices.verify(params.invoice);
  }

  private async page(
    tenant: string | undefined,
    { limit, cursor, ...filter }: InputOf<typeof routes.listTenantInvoices>['query'],
  ): Promise<AnswerOf<typeof routes.listInvoices>> {
    const rows = await this.invoices.list(tenant, callerReach(), filter, limit + 1, cursor);
    return toPage(
      rows,
      limit,
      (row) => row.id,
      (row) => row,
    );
  }
}
