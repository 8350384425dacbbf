import { Controller } from '@nestjs/common';
import { z } from 'zod';
import { requestActor } from '../../audit/request-actor.js';
import { page, pageQuery, toPage } from '../../platform/http/pagination.js';
import { type AnswerOf, defineRoute, type InputOf } from '../../platform/http/route.js';
import { Route } from '../../platform/http/route.decorator.js';
import { eventStream, EventStreams, lastEventId } from '../../platform/http/sse.js';
import { callerReach } from '../../platform/caller-reach.js';
import { operation, operationStatuses } from './operation.js';
import { operationEvent } from './operation-events.js';
import { toOperation } from './operation-row.js';
import { OperationsService } from './operations.service.js';

const tag = 'operations';
const params = z.strictObject({ operation: z.uuid() });

const getOperation = defineRoute({
  name: 'getOperation',
  method: 'GET',
  path: '/v1/operations/{operation}',
  tag,
  summary: 'One operation',
  access: { scope: 'instances:read', of: 'operation', param: 'operation' },
  params,
  answers: { 200: { description: 'The operation.', schema: operation } },
  problems: { not_found: ['operation_not_found'] },
});

const listOperations = defineRoute({
  name: 'listOperations',
  method: 'GET',
  path: '/v1/operations',
  tag,
  summary: 'Operations, newest first',
  access: { scope: 'instances:read', of: 'own' },
  query: z.strictObject({
    ...pageQuery(z.number().int()),
    instance: z.uuid().optional(),
    status: z.enum(operationStatuses).optional(),
  }),
  answers: { 200: { description: 'A page of operations.', schema: page(operation) } },
});

const cancelOperation = defineRoute({
  name: 'cancelOperation',
  method: 'POST',
  path: '/v1/operations/{operation}/cancel',
  tag,
  summary: 'Cancel what has not begun, or a create that runs',
  access: { scope: 'instances:write', of: 'operation', param: 'operation' },
  params,
  answers: { 200: { description: 'The operation; one that runs stops soon.', schema: operation } },
  problems: { not_found: ['operation_not_found'], conflict: ['operation_not_cancellable'] },
});

const followOperation = defineRoute({
  name: 'followOperation',
  method: 'GET',
  path: '/v1/operations/{operation}/events',
  tag,
  summary: 'The steps of an operation as they happen',
  description: 'One event when a step begins, one when it ends, and a last one of type `end` with the final state.',
  access: { scope: 'instances:read', of: 'operation', param: 'operation' },
  params,
  headers: z.object(lastEventId),
  answers: { 200: eventStream(operationEvent, 'Events until the operation has ended.') },
  problems: { not_found: ['operation_not_found'] },
});

@Controller()
export class OperationsController {
  constructor(
    private readonly operations: OperationsService,
    private readonly streams: EventStreams,
  ) {}

  @Route(getOperation)
  get({ params: { operation: id } }: InputOf<typeof getOperation>): Promise<AnswerOf<typeof getOperation>> {
    return this.operations.get(id);
  }

  @Route(listOperations)
  async list({ query }: InputOf<typeof listOperations>): Promise<AnswerOf<typeof listOperations>> {
    const rows = await this.operations.list(
      { reach: callerReach(), instanceId: query.instance, status: query.status },
      query.limit + 1,
      query.cursor,
    );
    return toPage(rows, query.limit, (row) => row.seq, toOperation);
  }

  @Route(cancelOperation)
  cancel({ params: { operation: id } }: InputOf<typeof cancelOperation>): Promise<AnswerOf<typeof cancelOperation>> {
    return this.operations.cancel(id, requestActor());
  }

  @Route(followOperation)
  async follow({
    params: { operation: id },
    headers,
  }: InputOf<typeof followOperation>): Promise<AnswerOf<typeof followOperation>> {
    await this.operations.get(id);
    const after = Number(headers['last-event-id'] ?? 0) || 0;
    const { operations } = this;
    return this.streams.stream(async function* (signal) {
      for await (const { number, event } of operations.follow(id, after, signal)) {
        yield { id: String(number), data: event };
      }
    });
  }
}
