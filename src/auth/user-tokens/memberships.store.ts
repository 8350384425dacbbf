import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { tenantRoles } from '../../platform/http/scopes.js';
import { Database } from '../../platform/database.js';

const membership = z.object({ tenant_id: z.string(), slug: z.string(), role: z.enum(tenantRoles) });

/** One living tenant that a user may act for, and as what. */
export type Membership = z.infer<typeof membership>;

/** What users are members of, for the guard. The room `tenants` writes it. */
@Injectable()
export class MembershipsStore {
  constructor(private readonly database: Database) {}

  /** Oldest tenant first; as it is now, so that who was removed is not in it. */
  async of(userId: string, signal?: AbortSignal): Promise<Membership[]> {
    const answer = await this.database.rpc('memberships_of', { p_user: userId }, { idempotent: true, signal });
    return z.array(membership).parse(answer);
  }
}
