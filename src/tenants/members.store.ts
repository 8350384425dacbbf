import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { ChangeContext } from '../audit/change-context.js';
import { Database } from '../platform/database.js';
import { rowInstant } from '../platform/rows.js';
import { memberRole, type MemberRole } from './member.js';

const memberRow = z.object({
  tenant_id: z.string(),
  user_id: z.string(),
  role: memberRole,
  row_version: z.number(),
  created_at: rowInstant,
  updated_at: rowInstant,
});
export type MemberRow = z.infer<typeof memberRow>;

const putOutcome = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.enum(['added', 'changed', 'unchanged']), member: memberRow }),
  z.object({ outcome: z.enum(['tenant_not_found', 'last_owner']) }),
]);

const removeOutcome = z.object({
  outcome: z.enum(['removed', 'tenant_not_found', 'member_not_found', 'stale', 'last_owner']),
});

/** Every query about members. */
@Injectable()
export class MembersStore {
  constructor(private readonly database: Database) {}

  async put(
    tenantId: string,
    userId: string,
    role: MemberRole,
    context: ChangeContext,
  ): Promise<z.infer<typeof putOutcome>> {
    const answer = await this.database.rpc('member_put', {
      p_tenant_id: tenantId,
      p_user_id: userId,
      p_role: role,
      p_context: { ...context },
    });
    return putOutcome.parse(answer);
  }

  /** @param rowVersion what the row must still be; null: whatever is there */
  async remove(
    tenantId: string,
    userId: string,
    rowVersion: number | null,
    context: ChangeContext,
  ): Promise<z.infer<typeof removeOutcome>['outcome']> {
    const answer = await this.database.rpc('member_remove', {
      p_tenant_id: tenantId,
      p_user_id: userId,
      p_row_version: rowVersion,
      p_context: { ...context },
    });
    return removeOutcome.parse(answer).outcome;
  }

  async find(tenantId: string, userId: string): Promise<MemberRow | undefined> {
    const rows = await this.database.read((client) =>
      client.from('tenant_members').select('*').eq('tenant_id', tenantId).eq('user_id', userId).limit(1),
    );
    return z.array(memberRow).parse(rows)[0];
  }

  /** A tenant's members by user id, after the given one. */
  async list(tenantId: string, limit: number, after: string | undefined): Promise<MemberRow[]> {
    const rows = await this.database.read((client) => {
      const query = client.from('tenant_members').select('*').eq('tenant_id', tenantId).order('user_id').limit(limit);
      return after === undefined ? query : query.gt('user_id', after);
    });
    return z.array(memberRow).parse(rows);
  }
}
