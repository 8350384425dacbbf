import { Controller } from '@nestjs/common';
import { z } from 'zod';
import { requestActor } from '../../audit/request-actor.js';
import { callerReach } from '../../platform/caller-reach.js';
import { page, pageQuery, toPage } from '../../platform/http/pagination.js';
import { answer, type AnswerOf, defineRoute, type InputOf } from '../../platform/http/route.js';
import { Route } from '../../platform/http/route.decorator.js';
import { booleanText, id, instant } from '../../platform/http/schemas.js';
import { currencyCode } from '../money/currency.js';
import { decimalString } from '../money/decimal.js';
import { costRate, newCostRate } from './cost-rate.js';
import { costsCounted, days, idleCost, tenantMargin } from './margin.js';
import { MarginService } from './margin.service.js';
import { MarginStore } from './margin.store.js';

const tag = 'margin';
// As they stand in a cursor: events may bring currencies that are none.
const anyCurrency = z.string().regex(/^[A-Z]{3}$/);
const anyAmount = decimalString({ wholeDigits: 100, places: 100, sign: 'any' });
const access = { scope: 'billing:read', of: 'platform' } as const;
const apart = {
  costs: costsCounted,
  idle: z.array(idleCost).describe('Of the whole cluster; no tenant is charged it'),
};

const readTenantMargin = defineRoute({
  name: 'readTenantMargin',
  method: 'GET',
  path: '/v1/tenants/{tenant}/margin',
  tag,
  summary: 'What a tenant brings beside what it costs',
  description: 'By currency; amounts of different currencies are never added. Costs are made once an hour.',
  access,
  params: z.strictObject({ tenant: z.string().min(1).max(63).describe('The id or the slug') }),
  query: days.safeExtend({
    running: booleanText
      .default(false)
      .describe('`true` counts the period that is not over as if it were invoiced now; else it brings nothing yet'),
  }),
  answers: {
    200: {
      description: 'Price, cost and margin over whole days in UTC.',
      schema: z.object({
        tenant_id: id,
        from: z.string(),
        to: z.string(),
        currencies: z.array(tenantMargin),
        ...apart,
      }),
    },
  },
  problems: { not_found: ['tenant_not_found'], unprocessable: ['not_ratable'] },
});

const listMargins = defineRoute({
  name: 'listMargins',
  method: 'GET',
  path: '/v1/billing/margin',
  tag,
  summary: 'What tenants bring beside what they cost, by currency, the worst first',
  access,
  query: days.safeExtend({
    ...pageQuery(z.tuple([anyCurrency, anyAmount.nullable(), z.uuid()])),
    currency: currencyCode.optional(),
  }),
  answers: {
    200: { description: 'A page of tenants.', schema: page(tenantMargin).extend(apart) },
  },
});

const putCostRate = defineRoute({
  name: 'putCostRate',
  method: 'PUT',
  path: '/v1/billing/cost-rates',
  tag,
  summary: 'Say what the cluster costs from some time on',
  description:
    'The same time again puts another rate in its place. Costs of days whose events are still there are made anew.',
  access: { scope: 'billing:write', of: 'platform' },
  body: newCostRate,
  answers: {
    200: { description: 'The rate as it now is.', schema: costRate },
    201: { description: 'The new rate.', schema: costRate },
  },
});

const listCostRates = defineRoute({
  name: 'listCostRates',
  method: 'GET',
  path: '/v1/billing/cost-rates',
  tag,
  summary: 'What the cluster costs, newest first',
  access,
  query: z.strictObject({ ...pageQuery(instant) }),
  answers: { 200: { description: 'A page of rates.', schema: page(costRate) } },
});

@Controller()
export class MarginController {
  constructor(
    private readonly margins: MarginService,
    private readonly store: MarginStore,
  ) {}

  @Route(readTenantMargin)
  async ofTenant({ params, query }: InputOf<typeof readTenantMargin>): Promise<AnswerOf<typeof readTenantMargin>> {
    const { running, ...range } = query;
    return { ...range, ...(await this.margins.ofTenant(params.tenant, callerReach(), range, running)) };
  }

  @Route(listMargins)
  async ofAll({ query }: InputOf<typeof listMargins>): Promise<AnswerOf<typeof listMargins>> {
    const { limit, cursor, currency } = query;
    const { rows, costs, idle } = await this.margins.ofAll(query, currency, limit + 1, cursor);
    const shown = toPage(
      rows,
      limit,
      (row) => [row.currency, row.margin, row.tenant_id],
      (row) => row,
    );
    return { ...shown, costs, idle };
  }

  @Route(putCostRate)
  async putRate({ body }: InputOf<typeof putCostRate>): Promise<AnswerOf<typeof putCostRate>> {
    const { outcome, rate } = await this.store.putRate(body, requestActor());
    return outcome === 'created' ? answer(201, rate) : answer(200, rate);
  }

  @Route(listCostRates)
  async rates({ query }: InputOf<typeof listCostRates>): Promise<AnswerOf<typeof listCostRates>> {
    const rows = await this.store.rates(query.limit + 1, query.cursor);
    return toPage(
      rows,
      query.limit,
      (row) => row.effective_from,
      (row) => row,
    );
  }
}
