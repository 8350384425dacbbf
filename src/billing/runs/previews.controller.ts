import { Controller } from '@nestjs/common';
import { z } from 'zod';
import { id, instant, judgedByHandler } from '../../platform/http/schemas.js';
import { type AnswerOf, defineRoute, type InputOf } from '../../platform/http/route.js';
import { Route } from '../../platform/http/route.decorator.js';
import { invoice } from '../invoices/invoice.js';
import { newPreview, preview } from './preview.js';
import { PreviewsService } from './previews.service.js';

const tag = 'billing runs';
const unrated = ['not_ratable', 'meter_not_found', 'versions_differ', 'raw_expired'] as const;

const previewSubscription = defineRoute({
  name: 'previewSubscription',
  method: 'GET',
  path: '/v1/subscriptions/{subscription}/preview',
  tag,
  summary: 'The next invoice of a subscription, as it would be',
  description: 'With what was counted so far, and fees for the whole of the period.',
  access: { scope: 'billing:read', of: 'subscription', param: 'subscription' },
  params: z.strictObject({ subscription: id }),
  query: z.strictObject({ as_of: instant.optional().describe('Nothing after it is counted; now, where left out') }),
  answers: { 200: { description: 'The invoice that gathers.', schema: invoice } },
  problems: {
    not_found: ['subscription_not_found'],
    conflict: ['subscription_ended'],
    unprocessable: unrated,
  },
});

const previewPrices = defineRoute({
  name: 'createBillingPreview',
  method: 'POST',
  path: '/v1/billing/previews',
  tag,
  summary: 'What prices would make of the usage of a tenant',
  description: 'Any prices on any time whose usage is known, also one before they take effect. Nothing is written.',
  access: { scope: 'billing:read', of: 'platform' },
  idempotency: 'none',
  body: judgedByHandler(newPreview),
  answers: { 200: { description: 'The lines of the period.', schema: preview } },
  problems: {
    not_found: ['tenant_not_found', 'plan_not_found'],
    unprocessable: ['preview_refused', 'not_offered', ...unrated],
  },
});

@Controller()
export class PreviewsController {
  constructor(private readonly previews: PreviewsService) {}

  @Route(previewSubscription)
  next({ params, query }: InputOf<typeof previewSubscription>): Promise<AnswerOf<typeof previewSubscription>> {
    return this.previews.next(params.subscription, query.as_of);
  }

  @Route(previewPrices)
  of({ body }: InputOf<typeof previewPrices>): Promise<AnswerOf<typeof previewPrices>> {
    return this.previews.of(body);
  }
}
