import { Controller } from '@nestjs/common';
import { z } from 'zod';
import { requestActor } from '../../audit/request-actor.js';
import { page, pageQuery, toPage } from '../../platform/http/pagination.js';
import { answer, type AnswerOf, defineRoute, type InputOf } from '../../platform/http/route.js';
import { Route } from '../../platform/http/route.decorator.js';
import { instant as shownInstant, judgedByHandler } from '../../platform/http/schemas.js';
import { instant } from '../periods/instant.js';
import { catalogKey } from './component.js';
import { llmPrice } from './llm-price-table.js';
import { LlmPricesService } from './llm-prices.service.js';
import { newLlmPrices } from './new-llm-prices.js';
import { newPlan, plan, planReference, splitReference } from './plan.js';
import { PlansService } from './plans.service.js';

const tag = 'billing';
const reading = { scope: 'billing:read', of: 'platform' } as const;
const writing = { scope: 'billing:write', of: 'platform' } as const;

const publishPlan = defineRoute({
  name: 'publishPlan',
  method: 'POST',
  path: '/v1/plans',
  tag,
  summary: 'Publish a plan, or a new version of one',
  description:
    'Versions count from 1 and never change. Tenants that are subscribed keep theirs until they are moved; the features and quotas of a version hold for those who are on it.',
  access: writing,
  body: judgedByHandler(newPlan),
  answers: { 201: { description: 'The new version.', schema: plan, headers: { Location: 'Where it is.' } } },
  problems: { unprocessable: ['plan_refused'] },
});

const listPlans = defineRoute({
  name: 'listPlans',
  method: 'GET',
  path: '/v1/plans',
  tag,
  summary: 'The newest version of every plan, by plan',
  access: reading,
  query: z.strictObject({ ...pageQuery(catalogKey) }),
  answers: { 200: { description: 'A page of plans.', schema: page(plan) } },
});

const getPlan = defineRoute({
  name: 'getPlan',
  method: 'GET',
  path: '/v1/plans/{plan}',
  tag,
  summary: 'One version of a plan',
  access: reading,
  params: z.strictObject({
    plan: planReference.describe('`plan` is the newest version, `plan@version` a certain one'),
  }),
  answers: { 200: { description: 'The version.', schema: plan } },
  problems: { not_found: ['plan_not_found'] },
});

const listPlanVersions = defineRoute({
  name: 'listPlanVersions',
  method: 'GET',
  path: '/v1/plans/{plan}/versions',
  tag,
  summary: 'Every version of a plan, newest first',
  access: reading,
  params: z.strictObject({ plan: catalogKey }),
  query: z.strictObject({ ...pageQuery(z.int32().positive()) }),
  answers: { 200: { description: 'A page of versions.', schema: page(plan) } },
  problems: { not_found: ['plan_not_found'] },
});

const shownPrice = z
  .object({
    ...llmPrice.shape,
    effective_from: shownInstant,
    effective_to: shownInstant.nullable().describe('Null: until further notice'),
    created_at: shownInstant,
  })
  .meta({ id: 'LlmPrice' });

const addLlmPrices = defineRoute({
  name: 'addLlmPrices',
  method: 'POST',
  path: '/v1/llm-prices',
  tag,
  summary: 'Say what calls of language models cost you, per million tokens',
  description:
    'All of them or none. Prices are never edited: a new one ends the one of its model that holds until further notice. They may begin in the past, but not in time that was billed.',
  access: writing,
  body: judgedByHandler(newLlmPrices),
  answers: { 201: { description: 'The new prices.', schema: z.object({ data: z.array(shownPrice) }) } },
  problems: { unprocessable: ['prices_refused'] },
});

const listLlmPrices = defineRoute({
  name: 'listLlmPrices',
  method: 'GET',
  path: '/v1/llm-prices',
  tag,
  summary: 'What calls of language models cost, by provider, model and time',
  access: reading,
  query: z.strictObject({
    ...pageQuery(z.tuple([z.string(), z.string(), z.iso.datetime()])),
    provider: z.string().max(100).optional(),
    model: z.string().max(200).optional(),
    at: instant.optional().describe('Only what is in force then'),
  }),
  answers: { 200: { description: 'A page of prices.', schema: page(shownPrice) } },
});

@Controller()
export class CatalogController {
  constructor(
    private readonly plans: PlansService,
    private readonly llmPrices: LlmPricesService,
  ) {}

  @Route(publishPlan)
  async publish({ body }: InputOf<typeof publishPlan>): Promise<AnswerOf<typeof publishPlan>> {
    const published = await this.plans.publish(body, requestActor());
    return answer(201, published, { location: `/v1/plans/${published.id}` });
  }

  @Route(listPlans)
  async list({ query }: InputOf<typeof listPlans>): Promise<AnswerOf<typeof listPlans>> {
    const rows = await this.plans.list(query.limit + 1, query.cursor);
    return toPage(
      rows,
      query.limit,
      (row) => row.plan,
      (row) => row,
    );
  }

  @Route(getPlan)
  get({ params }: InputOf<typeof getPlan>): Promise<AnswerOf<typeof getPlan>> {
    const { name, version } = splitReference(params.plan);
    return this.plans.get(name, version);
  }

  @Route(listPlanVersions)
  async versions({ params, query }: InputOf<typeof listPlanVersions>): Promise<AnswerOf<typeof listPlanVersions>> {
    const rows = await this.plans.versions(params.plan, query.limit + 1, query.cursor);
    return toPage(
      rows,
      query.limit,
      (row) => row.version,
      (row) => row,
    );
  }

  @Route(addLlmPrices)
  async addPrices({ body }: InputOf<typeof addLlmPrices>): Promise<AnswerOf<typeof addLlmPrices>> {
    return answer(201, { data: await this.llmPrices.add(body, requestActor()) });
  }

  @Route(listLlmPrices)
  async listPrices({ query }: InputOf<typeof listLlmPrices>): Promise<AnswerOf<typeof listLlmPrices>> {
    const { limit, cursor, ...filter } = query;
    const rows = await this.llmPrices.list(filter, limit + 1, cursor);
    return toPage(
      rows,
      limit,
      ({ provider, model, effective_from }) => [provider, model, effective_from],
      (row) => row,
    );
  }
}
