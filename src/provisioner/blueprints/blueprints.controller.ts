import { Controller } from '@nestjs/common';
import { z } from 'zod';
import { requestActor } from '../../audit/request-actor.js';
import { page, pageQuery, toPage } from '../../platform/http/pagination.js';
import { answer, type AnswerOf, defineRoute, type InputOf } from '../../platform/http/route.js';
import { Route } from '../../platform/http/route.decorator.js';
import { blueprint, blueprintSpec } from './blueprint.js';
import { BlueprintsService } from './blueprints.service.js';

const tag = 'blueprints';

const publishBlueprint = defineRoute({
  name: 'publishBlueprint',
  method: 'POST',
  path: '/v1/blueprints',
  tag,
  summary: 'Publish a blueprint',
  description: 'A name that exists gets a new version; versions count from 1 and never change.',
  access: { scope: 'blueprints:write', of: 'platform' },
  body: blueprintSpec,
  answers: { 201: { description: 'The new version.', schema: blueprint, headers: { Location: 'Where it is.' } } },
});

const listBlueprints = defineRoute({
  name: 'listBlueprints',
  method: 'GET',
  path: '/v1/blueprints',
  tag,
  summary: 'The newest version of every blueprint, by name',
  access: { scope: 'blueprints:read', of: 'platform' },
  query: z.strictObject({ ...pageQuery(z.string().max(63)) }),
  answers: { 200: { description: 'A page of blueprints.', schema: page(blueprint) } },
});

const reference = z
  .string()
  .regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(@[1-9][0-9]{0,8})?$/, 'a name, or name@version')
  .describe('`name` is the newest version, `name@version` a certain one');

const getBlueprint = defineRoute({
  name: 'getBlueprint',
  method: 'GET',
  path: '/v1/blueprints/{blueprint}',
  tag,
  summary: 'One version of a blueprint',
  access: { scope: 'blueprints:read', of: 'platform' },
  params: z.strictObject({ blueprint: reference }),
  answers: { 200: { description: 'The version.', schema: blueprint } },
  problems: { not_found: ['blueprint_not_found'] },
});

@Controller()
export class BlueprintsController {
  constructor(private readonly blueprints: BlueprintsService) {}

  @Route(publishBlueprint)
  async publish({ body }: InputOf<typeof publishBlueprint>): Promise<AnswerOf<typeof publishBlueprint>> {
    const published = await this.blueprints.publish(body, requestActor());
    return answer(201, published, { location: `/v1/blueprints/${published.name}@${published.version}` });
  }

  @Route(listBlueprints)
  async list({ query }: InputOf<typeof listBlueprints>): Promise<AnswerOf<typeof listBlueprints>> {
    const rows = await this.blueprints.list(query.limit + 1, query.cursor);
    return toPage(
      rows,
      query.limit,
      (row) => row.name,
      (row) => row,
    );
  }

  @Route(getBlueprint)
  get({ params }: InputOf<typeof getBlueprint>): Promise<AnswerOf<typeof getBlueprint>> {
    const [name = '', version] = params.blueprint.split('@');
    return this.blueprints.get(name, version === undefined ? undefined : Number(version));
  }
}
