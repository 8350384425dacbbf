import { Readable } from 'node:stream';
import { Controller, StreamableFile } from '@nestjs/common';
import { z } from 'zod';
import { requestActor } from '../../audit/request-actor.js';
import { callerReach } from '../../platform/caller-reach.js';
import { TenantryError } from '../../platform/errors.js';
import { answer, type AnswerOf, defineRoute, type InputOf } from '../../platform/http/route.js';
import { Route } from '../../platform/http/route.decorator.js';
import { integerText } from '../../platform/http/schemas.js';
import { meterSlug } from '../meters/meter.js';
import { MetersService } from '../meters/meters.service.js';
import { formatOf, textOf } from '../queries/answer-format.js';
import { UsageQueries } from '../queries/usage-queries.service.js';
import type { UsageRow } from '../queries/usage-query.js';
import type { PartNames } from '../queries/usage-request.js';
import {
  fromMeter,
  newOpenMeterMeter,
  openMeterMeter,
  openMeterMeterChange,
  toMeterChange,
  toNewMeter,
} from './openmeter-meter.js';
import {
  inBody,
  inQuery,
  openMeterQuery,
  openMeterQueryBody,
  openMeterResult,
  toRequest,
  toResult,
} from './openmeter-query.js';

const tag = 'openmeter';
const path = '/api/v1/meters/{slug}';
const params = z.strictObject({ slug: meterSlug });
const reading = { scope: 'usage:read', of: 'own' } as const;
const writing = { scope: 'usage:write', of: 'platform' } as const;
const notFound = { not_found: ['meter_not_found'] } as const;

/** The client takes a result whole. */
const maxRows = 100_000;

const listMeters = defineRoute({
  name: 'openMeterListMeters',
  method: 'GET',
  path: '/api/v1/meters',
  tag,
  summary: 'Meters, by slug',
  access: reading,
  query: z.strictObject({
    page: integerText(1, 1_000_000).default(1),
    pageSize: integerText(1, 1_000).default(100),
  }),
  answers: { 200: { description: 'A page of them.', schema: z.array(openMeterMeter) } },
});

const createMeter = defineRoute({
  name: 'openMeterCreateMeter',
  method: 'POST',
  path: '/api/v1/meters',
  tag,
  summary: 'Make a meter',
  access: writing,
  body: newOpenMeterMeter,
  answers: { 201: { description: 'The meter.', schema: openMeterMeter } },
  problems: { conflict: ['slug_taken'] },
});

const getMeter = defineRoute({
  name: 'openMeterGetMeter',
  method: 'GET',
  path,
  tag,
  summary: 'One meter',
  access: reading,
  params,
  answers: { 200: { description: 'The meter.', schema: openMeterMeter } },
  problems: notFound,
});

const updateMeter = defineRoute({
  name: 'openMeterUpdateMeter',
  method: 'PUT',
  path,
  tag,
  summary: 'Change a meter',
  access: writing,
  params,
  body: openMeterMeterChange,
  answers: { 200: { description: 'The meter as it now is.', schema: openMeterMeter } },
  problems: { ...notFound, unprocessable: ['new_version_needed'] },
});

const deleteMeter = defineRoute({
  name: 'openMeterDeleteMeter',
  method: 'DELETE',
  path,
  tag,
  summary: 'Delete a meter',
  access: writing,
  params,
  answers: { 204: { description: 'It is gone.' } },
  problems: notFound,
});

const counted = { description: 'The counts.', schema: openMeterResult, stream: ['text/csv'] } as const;
const queryProblems = {
  not_found: ['meter_not_found', 'tenant_not_found'],
  unprocessable: ['too_many_windows', 'too_many_rows', 'raw_expired', 'versions_differ'],
} as const;
const headers = z.object({ accept: z.string().max(1_024).optional() });

const queryMeter = defineRoute({
  name: 'openMeterQueryMeter',
  method: 'GET',
  path: `${path}/query`,
  tag,
  summary: 'What a meter has counted',
  access: reading,
  params,
  query: openMeterQuery,
  headers,
  answers: { 200: counted },
  problems: queryProblems,
});

const queryMeterPost = defineRoute({
  name: 'openMeterQueryMeterPost',
  method: 'POST',
  path: `${path}/query`,
  tag,
  summary: 'What a meter has counted, asked in a body',
  access: reading,
  idempotency: 'none',
  params,
  body: openMeterQueryBody,
  headers,
  answers: { 200: counted },
  problems: queryProblems,
});

@Controller()
export class OpenMeterMetersController {
  constructor(
    private readonly meters: MetersService,
    private readonly queries: UsageQueries,
  ) {}

  @Route(listMeters)
  async list({ query: { page, pageSize } }: InputOf<typeof listMeters>): Promise<AnswerOf<typeof listMeters>> {
    // There are few of them: they are made by hand.
    let found = await this.meters.list(pageSize);
    for (let at = 1; at < page && found.length > 0; at += 1)
      found = await this.meters.list(pageSize, found.at(-1)?.slug);
    return found.map(fromMeter);
  }

  @Route(createMeter)
  async create({ body }: InputOf<typeof createMeter>): Promise<AnswerOf<typeof createMeter>> {
    return fromMeter(await this.meters.create(toNewMeter(body), requestActor()));
  }

  @Route(getMeter)
  async get({ params: { slug } }: InputOf<typeof getMeter>): Promise<AnswerOf<typeof getMeter>> {
    return fromMeter(await this.meters.get(slug));
  }

  @Route(updateMeter)
  async update({ params: { slug }, body }: InputOf<typeof updateMeter>): Promise<AnswerOf<typeof updateMeter>> {
    return fromMeter(await this.meters.change(slug, toMeterChange(body), undefined, requestActor()));
  }

  @Route(deleteMeter)
  async delete({ params: { slug } }: InputOf<typeof deleteMeter>): Promise<AnswerOf<typeof deleteMeter>> {
    await this.meters.delete(slug, undefined, requestActor());
    return undefined;
  }

  @Route(queryMeter)
  query({
    params: { slug },
    query,
    headers: { accept },
  }: InputOf<typeof queryMeter>): Promise<AnswerOf<typeof queryMeter>> {
    return this.answer(slug, query, inQuery, accept);
  }

  @Route(queryMeterPost)
  queryPost({
    params: { slug },
    body,
    headers: { accept },
  }: InputOf<typeof queryMeterPost>): Promise<AnswerOf<typeof queryMeterPost>> {
    return this.answer(slug, body, inBody, accept);
  }

  private async answer(
    slug: string,
    asked: z.infer<typeof openMeterQueryBody>,
    names: PartNames,
    accept: string | undefined,
  ): Promise<AnswerOf<typeof queryMeter>> {
    const reach = callerReach();
    const query = await this.queries.prepare(toRequest(slug, asked), reach, names);
    const rows: UsageRow[] = [];
    for await (const page of this.queries.pages(query, reach)) {
      rows.push(...page);
      if (rows.length > maxRows) throw tooManyRows();
    }
    if (formatOf(accept) !== 'csv') return toResult(query, rows);
    const text = textOf('csv', pagesOf(rows), query.groupBy);
    return answer(200, new StreamableFile(Readable.from(text, { objectMode: false })), { 'content-type': 'text/csv' });
  }
}

async function* pagesOf(rows: readonly UsageRow[]): AsyncGenerator<readonly UsageRow[]> {
  yield rows;
}

function tooManyRows(): TenantryError {
  return new TenantryError(
    'unprocessable',
    'too_many_rows',
    `the result has more than ${maxRows} rows; ask for a shorter range, or page by page at /v1/meters/{slug}/query`,
  );
}
