import { Controller } from '@nestjs/common';
import { z } from 'zod';
import { requestActor } from '../../audit/request-actor.js';
import { callerReach } from '../../platform/caller-reach.js';
import { ifMatch } from '../../platform/http/etag.js';
import { answer, type AnswerOf, defineRoute, type InputOf } from '../../platform/http/route.js';
import { Route } from '../../platform/http/route.decorator.js';
import { details, newDetails, newSeller, seller } from './party.js';
import { PartiesService } from './parties.service.js';

const tag = 'billing';
const params = z.strictObject({ tenant: z.string().min(1).max(63).describe('The id or the slug') });

const getSeller = defineRoute({
  name: 'getSeller',
  method: 'GET',
  path: '/v1/billing/seller',
  tag,
  summary: 'Who sells, as invoices say it from now on',
  access: { scope: 'billing:read', of: 'platform' },
  answers: { 200: { description: 'The seller.', schema: seller } },
  problems: { not_found: ['seller_not_found'] },
});

const putSeller = defineRoute({
  name: 'putSeller',
  method: 'PUT',
  path: '/v1/billing/seller',
  tag,
  summary: 'Say who sells',
  description: 'Invoices that have their number keep the seller that they have.',
  access: { scope: 'billing:write', of: 'platform' },
  headers: z.object(ifMatch),
  body: newSeller,
  answers: {
    200: { description: 'The seller as it now is.', schema: seller },
    201: { description: 'The seller.', schema: seller },
  },
  problems: { precondition_failed: ['precondition_failed'] },
});

const getBillingDetails = defineRoute({
  name: 'getBillingDetails',
  method: 'GET',
  path: '/v1/tenants/{tenant}/billing-details',
  tag,
  summary: 'To whom the invoices of a tenant are made out',
  access: { scope: 'billing:read', of: 'tenant', param: 'tenant' },
  params,
  answers: { 200: { description: 'The details.', schema: details } },
  problems: { not_found: ['tenant_not_found'] },
});

const putBillingDetails = defineRoute({
  name: 'putBillingDetails',
  method: 'PUT',
  path: '/v1/tenants/{tenant}/billing-details',
  tag,
  summary: 'Say to whom the invoices of a tenant are made out',
  description: 'Invoices that have their number keep the buyer that they have.',
  access: { scope: 'billing:write', of: 'platform' },
  params,
  headers: z.object(ifMatch),
  body: newDetails,
  answers: {
    200: { description: 'The details as they now are.', schema: details },
    201: { description: 'The details.', schema: details },
  },
  problems: { not_found: ['tenant_not_found'], precondition_failed: ['precondition_failed'] },
});

@Controller()
export class PartiesController {
  constructor(private readonly parties: PartiesService) {}

  @Route(getSeller)
  getSeller(): Promise<AnswerOf<typeof getSeller>> {
    return this.parties.seller();
  }

  @Route(putSeller)
  async putSeller({ headers, body }: InputOf<typeof putSeller>): Promise<AnswerOf<typeof putSeller>> {
    const { created, party } = await this.parties.putSeller(body, headers['if-match'], requestActor());
    return created ? answer(201, party) : answer(200, party);
  }

  @Route(getBillingDetails)
  getDetails({ params: { tenant } }: InputOf<typeof getBillingDetails>): Promise<AnswerOf<typeof getBillingDetails>> {
    return this.parties.details(tenant, callerReach());
  }

  @Route(putBillingDetails)
  async putDetails({
    params: { tenant },
    headers,
    body,
  }: InputOf<typeof putBillingDetails>): Promise<AnswerOf<typeof putBillingDetails>> {
    const { created, party } = await this.parties.putDetails(tenant, body, headers['if-match'], requestActor());
    return created ? answer(201, party) : answer(200, party);
  }
}
