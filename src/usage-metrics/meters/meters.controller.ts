import { Controller } from '@nestjs/common';
import { z } from 'zod';
import { requestActor } from '../../audit/request-actor.js';
import { ifMatch } from '../../platform/http/etag.js';
import { page, pageQuery, toPage } from '../../platform/http/pagination.js';
import { answer, type AnswerOf, defineRoute, type InputOf } from '../../platform/http/route.js';
import { Route } from '../../platform/http/route.decorator.js';
import { meter, meterChange, meterSlug, newMeter, newMeterVersion } from './meter.js';
import { MetersService } from './meters.service.js';

const tag = 'meters';
const params = z.strictObject({ slug: meterSlug });
const reading = { scope: 'usage:read', of: 'own' } as const;
const writing = { scope: 'usage:write', of: 'platform' } as const;
const notFound = { not_found: ['meter_not_found'] } as const;
const changing = { ...notFound, precondition_failed: ['precondition_failed'] } as const;

const createMeter = defineRoute({
  name: 'createMeter',
  method: 'POST',
  path: '/v1/meters',
  tag,
  summary: 'Make a meter',
  description:
    'It counts the events of its type for every tenant, those that are kept already too: `backfilling` says that this is not done yet.',
  access: writing,
  body: newMeter,
  answers: { 201: { description: 'The meter.', schema: meter, headers: { Location: 'Where it is.' } } },
  problems: { conflict: ['slug_taken'] },
});

const listMeters = defineRoute({
  name: 'listMeters',
  method: 'GET',
  path: '/v1/meters',
  tag,
  summary: 'The newest version of every meter, by slug',
  access: reading,
  query: z.strictObject({ ...pageQuery(z.string().max(63)) }),
  answers: { 200: { description: 'A page of meters.', schema: page(meter) } },
});

const getMeter = defineRoute({
  name: 'getMeter',
  method: 'GET',
  path: '/v1/meters/{slug}',
  tag,
  summary: 'The newest version of a meter',
  access: reading,
  params,
  answers: { 200: { description: 'The meter.', schema: meter } },
  problems: notFound,
});

const changeMeter = defineRoute({
  name: 'changeMeter',
  method: 'PATCH',
  path: '/v1/meters/{slug}',
  tag,
  summary: 'Change a meter',
  description:
    'What the body leaves out stays as it is. `group_by` holds the dimensions there are and those to add; anything else that changes counts is a new version.',
  access: writing,
  params,
  headers: z.object(ifMatch),
  body: meterChange,
  answers: { 200: { description: 'The meter as it now is.', schema: meter } },
  problems: { ...changing, unprocessable: ['new_version_needed'] },
});

const deleteMeter = defineRoute({
  name: 'deleteMeter',
  method: 'DELETE',
  path: '/v1/meters/{slug}',
  tag,
  summary: 'Delete a meter',
  description: 'With all its versions and what they counted. Events stay; a new meter counts them again.',
  access: writing,
  params,
  headers: z.object(ifMatch),
  answers: { 204: { description: 'It is gone.' } },
  problems: changing,
});

const createMeterVersion = defineRoute({
  name: 'createMeterVersion',
  method: 'POST',
  path: '/v1/meters/{slug}/versions',
  tag,
  summary: 'Count in another way from some time on',
  description:
    'The body is the whole of the new version. Events from `valid_from` on are counted by it, earlier ones as before.',
  access: writing,
  params,
  headers: z.object(ifMatch),
  body: newMeterVersion,
  answers: { 201: { description: 'The new version.', schema: meter } },
  problems: { ...changing, unprocessable: ['valid_from_refused'] },
});

const listMeterVersions = defineRoute({
  name: 'listMeterVersions',
  method: 'GET',
  path: '/v1/meters/{slug}/versions',
  tag,
  summary: 'Every version of a meter, newest first',
  access: reading,
  params,
  answers: { 200: { description: 'All of them.', schema: z.object({ data: z.array(meter) }) } },
  problems: notFound,
});

@Controller()
export class MetersController {
  constructor(private readonly meters: MetersService) {}

  @Route(createMeter)
  async create({ body }: InputOf<typeof createMeter>): Promise<AnswerOf<typeof createMeter>> {
    const made = await this.meters.create(body, requestActor());
    return answer(201, made, { location: `/v1/meters/${made.slug}` });
  }

  @Route(listMeters)
  async list({ query }: InputOf<typeof listMeters>): Promise<AnswerOf<typeof listMeters>> {
    const rows = await this.meters.list(query.limit + 1, query.cursor);
    return toPage(
      rows,
      query.limit,
      (row) => row.slug,
      (row) => row,
    );
  }

  @Route(getMeter)
  get({ params: { slug } }: InputOf<typeof getMeter>): Promise<AnswerOf<typeof getMeter>> {
    return this.meters.get(slug);
  }

  @Route(changeMeter)
  change({ params: { slug }, headers, body }: InputOf<typeof changeMeter>): Promise<AnswerOf<typeof changeMeter>> {
    return this.meters.change(slug, body, headers['if-match'], requestActor());
  }

  @Route(deleteMeter)
  async delete({ params: { slug }, headers }: InputOf<typeof deleteMeter>): Promise<AnswerOf<typeof deleteMeter>> {
    await this.meters.delete(slug, headers['if-match'], requestActor());
    return undefined;
  }

  @Route(createMeterVersion)
  addVersion({
    params: { slug },
    headers,
    body,
  }: InputOf<typeof createMeterVersion>): Promise<AnswerOf<typeof createMeterVersion>> {
    return this.meters.addVersion(slug, body, headers['if-match'], requestActor());
  }

  @Route(listMeterVersions)
  async versions({ params: { slug } }: InputOf<typeof listMeterVersions>): Promise<AnswerOf<typeof listMeterVersions>> {
    return { data: await this.meters.versions(slug) };
  }
}
