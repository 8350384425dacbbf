import { Controller } from '@nestjs/common';
import { z } from 'zod';
import { requestActor } from '../../audit/request-actor.js';
import { type AnswerOf, defineRoute, type InputOf } from '../../platform/http/route.js';
import { Route } from '../../platform/http/route.decorator.js';
import { Dunning } from './dunning.service.js';

const resumeSubscription = defineRoute({
  name: 'resumeSubscription',
  method: 'POST',
  path: '/v1/subscriptions/{subscription}/resume',
  tag: 'billing',
  summary: 'Resume a suspended subscription, whatever is owed',
  description:
    'The instances that were stopped with it are started. What is still overdue makes it past due again within the hour, with the whole dunning time.',
  access: { scope: 'billing:write', of: 'platform' },
  params: z.strictObject({ subscription: z.uuid() }),
  answers: {
    200: {
      description: 'It is resumed.',
      schema: z.object({ id: z.uuid(), status: z.string() }).meta({ id: 'ResumedSubscription' }),
    },
  },
  problems: { not_found: ['subscription_not_found'], conflict: ['subscription_not_suspended'] },
});

@Controller()
export class DunningController {
  constructor(private readonly dunning: Dunning) {}

  @Route(resumeSubscription)
  async resume({ params }: InputOf<typeof resumeSubscription>): Promise<AnswerOf<typeof resumeSubscription>> {
    return { id: params.subscription, status: await this.dunning.resume(params.subscription, requestActor()) };
  }
}
