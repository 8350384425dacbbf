import { Injectable } from '@nestjs/common';
import { TenantryError } from '../../platform/errors.js';
import type { Reach } from '../../platform/reach.js';
import type { EventKey } from '../../usage-metrics/queries/recorded-event.js';
import { RecordedEvents } from '../../usage-metrics/queries/recorded-events.service.js';
import { isBefore } from '../periods/instant.js';
import { InvoicesService } from './invoices.service.js';
import type { LineEvents } from './line-events.js';

/** From a line of an invoice to the usage events behind it. */
@Injectable()
export class LineEventsService {
  constructor(
    private readonly invoices: InvoicesService,
    private readonly recorded: RecordedEvents,
  ) {}

  /**
   * As they are now: what came after the period was rated is among them, and what was voided since is not.
   * @param invoice the id or the number
   * @throws TenantryError `invoice_not_found`, `line_not_found`; `tenant_not_found` where the tenant has ended
   */
  async page(
    invoice: string,
    line: number,
    reach: Reach,
    limit: number,
    after: EventKey | undefined,
  ): Promise<LineEvents> {
    const { tenant_id, lines } = await this.invoices.get(invoice, reach);
    const found = lines.find((candidate) => candidate.line === line);
    if (found === undefined) throw new TenantryError('not_found', 'line_not_found', 'the invoice has no such line');
    const { meter, query, from, to } = found;
    if (meter === null || query === null)
      return { events: 'none_counted', kept_from: null, data: [], next_cursor: null };
    const kept_from = await this.recorded.keptFrom();
    const events = isBefore(from, kept_from) ? 'may_have_expired' : 'complete';
    return {
      events,
      kept_from,
      ...(await this.recorded.page(tenant_id, { meter, from, to, voided: false }, reach, limit, after)),
    };
  }
}
