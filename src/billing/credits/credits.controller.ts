import { Controller } from '@nestjs/common';
import { z } from 'zod';
import { requestActor } from '../../audit/request-actor.js';
import { callerReach } from '../../platform/caller-reach.js';
import { ifMatch } from '../../platform/http/etag.js';
import { page, pageQuery, toPage } from '../../platform/http/pagination.js';
import { answer, type AnswerOf, defineRoute, type InputOf } from '../../platform/http/route.js';
import { Route } from '../../platform/http/route.decorator.js';
import { currencyCode } from '../money/currency.js';
import { creditBalance, creditGrant, creditTransaction, newCredit, overdraft, tenantBalances } from './credit.js';
import { CreditsService } from './credits.service.js';
import { toGrant } from './credits.store.js';

const tag = 'credits';
const tenant = z.string().min(1).max(63).describe('The id or the slug');
const sequence = z.string().regex(/^[1-9]\d{0,17}$/);

const addCredit = defineRoute({
  name: 'addCredit',
  method: 'POST',
  path: '/v1/tenants/{tenant}/credits',
  tag,
  summary: 'Give a tenant credits',
  description:
    'Invoices take what is due from credits when they get their number: by priority, then what expires first, then what is oldest. Given once for each reference.',
  access: { scope: 'billing:write', of: 'platform' },
  params: z.strictObject({ tenant }),
  body: newCredit,
  answers: {
    200: { description: 'What was given for the reference before.', schema: creditGrant },
    201: { description: 'The grant.', schema: creditGrant },
  },
  problems: {
    not_found: ['tenant_not_found'],
    conflict: ['credit_reference_taken'],
    unprocessable: ['credit_over_before_it_begins'],
  },
});

const listCredits = defineRoute({
  name: 'listCredits',
  method: 'GET',
  path: '/v1/tenants/{tenant}/credits',
  tag,
  summary: 'What a tenant has in credits, and the grants, newest first',
  access: { scope: 'billing:read', of: 'tenant', param: 'tenant' },
  params: z.strictObject({ tenant }),
  query: z.strictObject({ ...pageQuery(z.tuple([sequence, z.uuid()])) }),
  answers: {
    200: {
      description: 'The balance of each currency, and a page of grants.',
      schema: page(creditGrant).extend({ balances: z.array(creditBalance) }),
    },
  },
  problems: { not_found: ['tenant_not_found'] },
});

const listMyCredits = defineRoute({
  name: 'listMyCredits',
  method: 'GET',
  path: '/v1/my/credits',
  tag: 'my',
  summary: 'What your tenants have in credits',
  access: { scope: 'billing:read', of: 'my' },
  answers: {
    200: { description: 'One entry a tenant, by id.', schema: z.object({ data: z.array(tenantBalances) }) },
  },
});

const listCreditEntries = defineRoute({
  name: 'listCreditEntries',
  method: 'GET',
  path: '/v1/tenants/{tenant}/credits/entries',
  tag,
  summary: 'The ledger of a tenant’s credits, newest first',
  description: 'Double entry: of each transaction the debits equal the credits, and nothing is ever changed.',
  access: { scope: 'billing:read', of: 'tenant', param: 'tenant' },
  params: z.strictObject({ tenant }),
  query: z.strictObject({ ...pageQuery(sequence), currency: currencyCode.optional() }),
  answers: { 200: { description: 'A page of transactions with their entries.', schema: page(creditTransaction) } },
  problems: { not_found: ['tenant_not_found'] },
});

const voidCredit = defineRoute({
  name: 'voidCredit',
  method: 'DELETE',
  path: '/v1/tenants/{tenant}/credits/{credit}',
  tag,
  summary: 'Void what is left of a grant of credits',
  access: { scope: 'billing:write', of: 'platform' },
  params: z.strictObject({ tenant, credit: z.uuid() }),
  headers: z.object(ifMatch),
  answers: { 204: { description: 'It is worth nothing any more; what was used of it was used.' } },
  problems: { not_found: ['tenant_not_found', 'credit_not_found'], precondition_failed: ['precondition_failed'] },
});

const setCreditOverdraft = defineRoute({
  name: 'setCreditOverdraft',
  method: 'PUT',
  path: '/v1/tenants/{tenant}/credits/overdraft',
  tag,
  summary: 'Say how far beyond its credits a tenant may go',
  description: 'Invoices take as much more than there is. The next credits pay it back first.',
  access: { scope: 'billing:write', of: 'platform' },
  params: z.strictObject({ tenant }),
  body: overdraft,
  answers: { 200: { description: 'The balance as it now is.', schema: creditBalance } },
  problems: { not_found: ['tenant_not_found'], conflict: ['credit_overdrawn'] },
});

@Controller()
export class CreditsController {
  constructor(private readonly credits: CreditsService) {}

  @Route(addCredit)
  async add({ params: of, body }: InputOf<typeof addCredit>): Promise<AnswerOf<typeof addCredit>> {
    const { outcome, grant } = await this.credits.add(of.tenant, callerReach(), body, requestActor());
    return outcome === 'added' ? answer(201, grant) : answer(200, grant);
  }

  @Route(listCredits)
  async list({ params: of, query }: InputOf<typeof listCredits>): Promise<AnswerOf<typeof listCredits>> {
    const found = await this.credits.grants(of.tenant, callerReach(), query.limit + 1, query.cursor);
    const { balances, rows } = found;
    return { balances, ...toPage(rows, query.limit, (row) => [row.transaction_id, row.id], toGrant) };
  }

  @Route(listMyCredits)
  async mine(): Promise<AnswerOf<typeof listMyCredits>> {
    return { data: await this.credits.balances(callerReach()) };
  }

  @Route(listCreditEntries)
  async entries({ params: of, query }: InputOf<typeof listCreditEntries>): Promise<AnswerOf<typeof listCreditEntries>> {
    const { limit, currency, cursor } = query;
    const rows = await this.credits.transactions(of.tenant, callerReach(), currency, limit + 1, cursor);
    return toPage(
      rows,
      limit,
      (row) => row.id,
      (row) => row,
    );
  }

  @Route(voidCredit)
  async void({ params: of, headers }: InputOf<typeof voidCredit>): Promise<AnswerOf<typeof voidCredit>> {
    await this.credits.void(of.tenant, callerReach(), of.credit, headers['if-match'], requestActor());
    return answer(204, undefined);
  }

  @Route(setCreditOverdraft)
  setOverdraft({ params: of, body }: InputOf<typeof setCreditOverdraft>): Promise<AnswerOf<typeof setCreditOverdraft>> {
    return this.credits.setOverdraft(of.tenant, callerReach(), body, requestActor());
  }
}
