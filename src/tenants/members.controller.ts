import { Controller } from '@nestjs/common';
import { z } from 'zod';
import { requestActor } from '../audit/request-actor.js';
import { ifMatch } from '../platform/http/etag.js';
import { page, pageQuery, toPage } from '../platform/http/pagination.js';
import { answer, type AnswerOf, defineRoute, type InputOf } from '../platform/http/route.js';
import { Route } from '../platform/http/route.decorator.js';
import { callerReach, scopesLackingFor } from '../platform/caller-reach.js';
import { TenantryError } from '../platform/errors.js';
import { type Reach, tenantWithin } from '../platform/reach.js';
import { member, memberChange, type MemberRole } from './member.js';
import { MembersService } from './members.service.js';

const tag = 'tenants';
const tenant = z.string().min(1).max(63).describe('The id or the slug');
const params = z.strictObject({ tenant, user: z.uuid().toLowerCase().describe('The id of the user in Supabase') });

const listMembers = defineRoute({
  name: 'listMembers',
  method: 'GET',
  path: '/v1/tenants/{tenant}/members',
  tag,
  summary: 'The users who belong to a tenant',
  access: { scope: 'members:read', of: 'tenant', param: 'tenant' },
  params: z.strictObject({ tenant }),
  query: z.strictObject({ ...pageQuery(z.uuid()) }),
  answers: { 200: { description: 'A page of members.', schema: page(member) } },
  problems: { not_found: ['tenant_not_found'] },
});

const putMember = defineRoute({
  name: 'putMember',
  method: 'PUT',
  path: '/v1/tenants/{tenant}/members/{user}',
  tag,
  summary: 'Make a user a member, or give a member another role',
  description:
    'The user need not have signed in yet. Nobody gives a role that allows what they may not do themselves. The same request again changes nothing.',
  access: { scope: 'members:write', of: 'tenant', param: 'tenant' },
  params,
  body: memberChange,
  answers: {
    200: { description: 'The member as it now is.', schema: member },
    201: { description: 'The new member.', schema: member },
  },
  problems: { not_found: ['tenant_not_found'], conflict: ['last_owner'], payment_required: ['quota_exceeded'] },
});

const removeMember = defineRoute({
  name: 'removeMember',
  method: 'DELETE',
  path: '/v1/tenants/{tenant}/members/{user}',
  tag,
  summary: 'Remove a member',
  description: 'The user may do nothing more for the tenant, a second from now at the latest.',
  access: { scope: 'members:write', of: 'tenant', param: 'tenant' },
  params,
  headers: z.object(ifMatch),
  answers: { 204: { description: 'The user is no member any more.' } },
  problems: {
    not_found: ['tenant_not_found', 'member_not_found'],
    conflict: ['last_owner'],
    precondition_failed: ['precondition_failed'],
  },
});

@Controller()
export class MembersController {
  constructor(private readonly members: MembersService) {}

  @Route(listMembers)
  async list({ params: of, query }: InputOf<typeof listMembers>): Promise<AnswerOf<typeof listMembers>> {
    const rows = await this.members.list(of.tenant, callerReach(), query.limit + 1, query.cursor);
    return toPage(
      rows,
      query.limit,
      (row) => row.user_id,
      (row) => row,
    );
  }

  @Route(putMember)
  async put({ params: of, body }: InputOf<typeof putMember>): Promise<AnswerOf<typeof putMember>> {
    const reach = callerReach();
    assertGiveable(of.tenant, reach, body.role);
    const { member: now, added } = await this.members.put(of.tenant, reach, of.user, body.role, requestActor());
    return added ? answer(201, now) : answer(200, now);
  }

  @Route(removeMember)
  async remove({ params: of, headers }: InputOf<typeof removeMember>): Promise<AnswerOf<typeof removeMember>> {
    await this.members.remove(of.tenant, callerReach(), of.user, headers['if-match'], requestActor());
    return answer(204, undefined);
  }
}

/** A member could otherwise be made of oneself, and do what the key that made it cannot (docs/decisions/0034). */
function assertGiveable(of: string, reach: Reach, role: MemberRole): void {
  const id = reach === 'all' ? of : (tenantWithin(reach, of)?.id ?? of);
  const missing = scopesLackingFor(id, role);
  if (missing.length === 0) return;
  const message = `You cannot give what you do not have: ${missing.join(', ')}.`;
  throw new TenantryError('forbidden', 'forbidden', message, { members: { missing_scopes: missing } });
}
