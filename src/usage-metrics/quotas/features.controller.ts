import { Controller } from '@nestjs/common';
import { z } from 'zod';
import { requestActor } from '../../audit/request-actor.js';
import { ifMatch } from '../../platform/http/etag.js';
import { page, pageQuery, toPage } from '../../platform/http/pagination.js';
import { answer, type AnswerOf, defineRoute, type InputOf } from '../../platform/http/route.js';
import { Route } from '../../platform/http/route.decorator.js';
import { feature, featureChange, featureSlug, newFeature } from './feature.js';
import { FeaturesService } from './features.service.js';

const tag = 'quotas';
const params = z.strictObject({ feature: featureSlug });

const createFeature = defineRoute({
  name: 'createFeature',
  method: 'POST',
  path: '/v1/features',
  tag,
  summary: 'Make a feature that plans can include',
  access: { scope: 'usage:write', of: 'platform' },
  body: newFeature,
  answers: { 201: { description: 'The feature.', schema: feature, headers: { Location: 'Where it is.' } } },
  problems: { conflict: ['slug_taken'], unprocessable: ['meter_not_found'] },
});

const listFeatures = defineRoute({
  name: 'listFeatures',
  method: 'GET',
  path: '/v1/features',
  tag,
  summary: 'Features by slug',
  access: { scope: 'usage:read', of: 'platform' },
  query: z.strictObject({ ...pageQuery(z.string()) }),
  answers: { 200: { description: 'A page of features.', schema: page(feature) } },
});

const getFeature = defineRoute({
  name: 'getFeature',
  method: 'GET',
  path: '/v1/features/{feature}',
  tag,
  summary: 'One feature',
  access: { scope: 'usage:read', of: 'platform' },
  params,
  answers: { 200: { description: 'The feature.', schema: feature } },
  problems: { not_found: ['feature_not_found'] },
});

const changeFeature = defineRoute({
  name: 'changeFeature',
  method: 'PATCH',
  path: '/v1/features/{feature}',
  tag,
  summary: 'Change the name or the description of a feature',
  access: { scope: 'usage:write', of: 'platform' },
  params,
  headers: z.object(ifMatch),
  body: featureChange,
  answers: { 200: { description: 'The feature as it now is.', schema: feature } },
  problems: { not_found: ['feature_not_found'], precondition_failed: ['precondition_failed'] },
});

const deleteFeature = defineRoute({
  name: 'deleteFeature',
  method: 'DELETE',
  path: '/v1/features/{feature}',
  tag,
  summary: 'Delete a feature that nobody has',
  access: { scope: 'usage:write', of: 'platform' },
  params,
  headers: z.object(ifMatch),
  answers: { 204: { description: 'It is gone.' } },
  problems: {
    not_found: ['feature_not_found'],
    conflict: ['feature_built_in', 'feature_in_use'],
    precondition_failed: ['precondition_failed'],
  },
});

@Controller()
export class FeaturesController {
  constructor(private readonly features: FeaturesService) {}

  @Route(createFeature)
  async create({ body }: InputOf<typeof createFeature>): Promise<AnswerOf<typeof createFeature>> {
    const made = await this.features.create(body, requestActor());
    return answer(201, made, { location: `/v1/features/${made.slug}` });
  }

  @Route(listFeatures)
  async list({ query }: InputOf<typeof listFeatures>): Promise<AnswerOf<typeof listFeatures>> {
    const rows = await this.features.list(query.limit + 1, query.cursor);
    return toPage(
      rows,
      query.limit,
      (row) => row.slug,
      (row) => row,
    );
  }

  @Route(getFeature)
  get({ params: { feature: slug } }: InputOf<typeof getFeature>): Promise<AnswerOf<typeof getFeature>> {
    return this.features.get(slug);
  }

  @Route(changeFeature)
  change({
    params: { feature: slug },
    headers,
    body,
  }: InputOf<typeof changeFeature>): Promise<AnswerOf<typeof changeFeature>> {
    return this.features.change(slug, body, headers['if-match'], requestActor());
  }

  @Route(deleteFeature)
  async delete({
    params: { feature: slug },
    headers,
  }: InputOf<typeof deleteFeature>): Promise<AnswerOf<typeof deleteFeature>> {
    await this.features.delete(slug, headers['if-match'], requestActor());
    return answer(204, undefined);
  }
}
