import { Injectable } from '@nestjs/common';
import type { ChangeContext } from '../audit/change-context.js';
import { TenantryError } from '../platform/errors.js';
import { assertIfMatch, etagOfVersion } from '../platform/http/etag.js';
import type { Reach } from '../platform/reach.js';
import type { Member, MemberRole } from './member.js';
import { type MemberRow, MembersStore } from './members.store.js';
import { tenantNotFound } from './tenants.errors.js';
import { TenantsService } from './tenants.service.js';

/** A member as it now is, and whether it is a new one. */
export interface PutMember {
  readonly member: Member;
  readonly added: boolean;
}

/** Who belongs to a tenant. Every method takes the tenant's id or slug, and throws `tenant_not_found` where it is not within reach. */
@Injectable()
export class MembersService {
  constructor(
    private readonly tenants: TenantsService,
    private readonly store: MembersStore,
  ) {}

  /** By user id, after the given one. */
  async list(tenant: string, reach: Reach, limit: number, after: string | undefined): Promise<Member[]> {
    const { id } = await this.tenants.get(tenant, reach);
    return (await this.store.list(id, limit, after)).map(toMember);
  }

  /** @throws TenantryError `last_owner` when nobody would be left to manage the tenant */
  async put(
    tenant: string,
    reach: Reach,
    userId: string,
    role: MemberRole,
    context: ChangeContext,
  ): Promise<PutMember> {
    const { id } = await this.tenants.get(tenant, reach);
    const put = await this.store.put(id, userId, role, context);
    switch (put.outcome) {
      case 'added':
        return { member: toMember(put.member), added: true };
      case 'changed':
      case 'unchanged':
        return { member: toMember(put.member), added: false };
      case 'last_owner':
        throw lastOwner();
      case 'tenant_not_found':
        throw tenantNotFound();
    }
  }

  /**
   * @param ifMatch the `If-Match` header, if there was one
   * @throws TenantryError `member_not_found`, `last_owner`, `precondition_failed`
   */
  async remove(
    tenant: string,
    reach: Reach,
    userId: string,
    ifMatch: string | undefined,
    context: ChangeContext,
  ): Promise<void> {
    const { id } = await this.tenants.get(tenant, reach);
    const rowVersion = ifMatch === undefined ? null : await this.versionToMatch(id, userId, ifMatch);
    switch (await this.store.remove(id, userId, rowVersion, context)) {
      case 'removed':
        return;
      case 'last_owner':
        throw lastOwner();
      case 'stale':
        throw new TenantryError('precondition_failed', 'precondition_failed', 'the member was changed meanwhile');
      case 'member_not_found':
        throw memberNotFound();
      case 'tenant_not_found':
        throw tenantNotFound();
    }
  }

  private async versionToMatch(tenantId: string, userId: string, ifMatch: string): Promise<number> {
    const row = await this.store.find(tenantId, userId);
    if (row === undefined) throw memberNotFound();
    assertIfMatch(ifMatch, etagOfVersion(row.row_version));
    return row.row_version;
  }
}

function toMember({ row_version, ...shown }: MemberRow): Member {
  return { ...shown, etag: etagOfVersion(row_version) };
}

function memberNotFound(): TenantryError {
  return new TenantryError('not_found', 'member_not_found', 'the tenant has no such member');
}

function lastOwner(): TenantryError {
  return new TenantryError(
    'conflict',
    'last_owner',
    'a tenant keeps its last owner; make somebody else an owner first',
  );
}
