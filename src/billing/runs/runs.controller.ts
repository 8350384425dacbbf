import { Controller } from '@nestjs/common';
import { z } from 'zod';
import { requestActor } from '../../audit/request-actor.js';
import { id, instant, integerText } from '../../platform/http/schemas.js';
import { page, pageQuery, toPage } from '../../platform/http/pagination.js';
import { type AnswerOf, defineRoute, type InputOf } from '../../platform/http/route.js';
import { Route } from '../../platform/http/route.decorator.js';
import { eventStream, EventStreams, lastEventId } from '../../platform/http/sse.js';
import { billingRun, billingRunEvent, billingRunItem, openBillingFailure } from './billing-run.js';
import { RunsService } from './runs.service.js';
import { RunsStore } from './runs.store.js';

const tag = 'billing runs';
const params = z.strictObject({ run: id });
const read = { scope: 'billing:read', of: 'platform' } as const;
const write = { scope: 'billing:write', of: 'platform' } as const;
const notFound = { not_found: ['billing_run_not_found'] };

const createRun = defineRoute({
  name: 'createBillingRun',
  method: 'POST',
  path: '/v1/billing/runs',
  tag,
  summary: 'Bill what is due',
  description:
    'Tenantry does it each hour by itself. Every subscription whose period ended, and whose grace is over, by `as_of` gets the invoices that it lacks, in order. One run works at a time; others wait for it.',
  access: write,
  body: z
    .strictObject({
      as_of: instant.optional().describe('Now, where left out; later only in a dry run, by at most ten years'),
      dry_run: z
        .boolean()
        .default(false)
        .describe('Writes no invoice and closes nothing: what would be billed is in the items'),
      tenants: z
        .array(z.string().min(1).max(63))
        .min(1)
        .max(1_000)
        .optional()
        .describe('Ids or slugs; all of them, where left out'),
    })
    .meta({ id: 'NewBillingRun' }),
  answers: { 202: { description: 'The run, which waits for its turn.', schema: billingRun } },
  problems: { not_found: ['tenant_not_found'], unprocessable: ['as_of_in_future'] },
});

const listRuns = defineRoute({
  name: 'listBillingRuns',
  method: 'GET',
  path: '/v1/billing/runs',
  tag,
  summary: 'Billing runs, newest first',
  access: read,
  query: z.strictObject(pageQuery(z.int())),
  answers: { 200: { description: 'A page of runs.', schema: page(billingRun) } },
});

const getRun = defineRoute({
  name: 'getBillingRun',
  method: 'GET',
  path: '/v1/billing/runs/{run}',
  tag,
  summary: 'One run: how far it is, and what it came to',
  access: read,
  params,
  answers: { 200: { description: 'The run.', schema: billingRun } },
  problems: notFound,
});

const listItems = defineRoute({
  name: 'listBillingRunItems',
  method: 'GET',
  path: '/v1/billing/runs/{run}/items',
  tag,
  summary: 'What a run did to each subscription and period, in order',
  access: read,
  params,
  query: z.strictObject({
    ...pageQuery(z.int()),
    outcome: billingRunItem.shape.outcome.optional(),
  }),
  answers: { 200: { description: 'A page of items.', schema: page(billingRunItem) } },
  problems: notFound,
});

const listFailures = defineRoute({
  name: 'listBillingFailures',
  method: 'GET',
  path: '/v1/billing/failures',
  tag,
  summary: 'What cannot be billed by now, with the reason',
  description:
    'What failed in a run and has not succeeded since. The hourly run tries it again after one hour, two, four, and so on, at most a day; at once, when the subscription is changed, or when somebody asks for a run.',
  access: read,
  query: z.strictObject(pageQuery(z.tuple([z.uuid(), z.string(), z.int()]))),
  answers: { 200: { description: 'A page of failures, by subscription.', schema: page(openBillingFailure) } },
});

const followRun = defineRoute({
  name: 'followBillingRun',
  method: 'GET',
  path: '/v1/billing/runs/{run}/events',
  tag,
  summary: 'The progress of a run as it happens',
  description: 'Events of type `progress` while it runs, and a last one of type `end` with the final state.',
  access: read,
  params,
  headers: z.object(lastEventId),
  answers: { 200: eventStream(billingRunEvent, 'Events until the run has ended.') },
  problems: notFound,
});

const cancelRun = defineRoute({
  name: 'cancelBillingRun',
  method: 'POST',
  path: '/v1/billing/runs/{run}/cancel',
  tag,
  summary: 'Cancel a run',
  description: 'Invoices that it has written stand; one that works stops after those that it is at.',
  access: write,
  params,
  answers: { 200: { description: 'The run.', schema: billingRun } },
  problems: { ...notFound, conflict: ['billing_run_not_cancellable'] },
});

@Controller()
export class RunsController {
  constructor(
    private readonly runs: RunsService,
    private readonly store: RunsStore,
    private readonly streams: EventStreams,
  ) {}

  @Route(createRun)
  create({ body }: InputOf<typeof createRun>): Promise<AnswerOf<typeof createRun>> {
    return this.runs.create(body, requestActor());
  }

  @Route(listRuns)
  async list({ query }: InputOf<typeof listRuns>): Promise<AnswerOf<typeof listRuns>> {
    const rows = await this.store.list(query.limit + 1, query.cursor);
    return toPage(
      rows,
      query.limit,
      ({ seq }) => seq,
      ({ run }) => run,
    );
  }

  @Route(getRun)
  get({ params: { run } }: InputOf<typeof getRun>): Promise<AnswerOf<typeof getRun>> {
    return this.runs.get(run);
  }

  @Route(listItems)
  async items({ params: { run }, query }: InputOf<typeof listItems>): Promise<AnswerOf<typeof listItems>> {
    await this.runs.get(run);
    const rows = await this.store.items(run, query.outcome, query.limit + 1, query.cursor);
    return toPage(
      rows,
      query.limit,
      ({ n }) => n,
      ({ item }) => item,
    );
  }

  @Route(listFailures)
  async failures({ query }: InputOf<typeof listFailures>): Promise<AnswerOf<typeof listFailures>> {
    const rows = await this.store.failures(query.limit + 1, query.cursor);
    return toPage(
      rows,
      query.limit,
      (row) => [row.subscription_id, row.kind, row.period_index],
      (row) => row,
    );
  }

  @Route(followRun)
  async follow({ params: { run }, headers }: InputOf<typeof followRun>): Promise<AnswerOf<typeof followRun>> {
    await this.runs.get(run);
    // What is no number of ours is as if it were not there.
    const after = integerText(0, 999_999_999).catch(0).parse(headers['last-event-id']);
    const { runs } = this;
    return this.streams.stream(async function* (signal) {
      for await (const { number, event } of runs.follow(run, after, signal)) {
        yield { id: String(number), data: event };
      }
    });
  }

  @Route(cancelRun)
  cancel({ params: { run } }: InputOf<typeof cancelRun>): Promise<AnswerOf<typeof cancelRun>> {
    return this.runs.cancel(run, requestActor());
  }
}
