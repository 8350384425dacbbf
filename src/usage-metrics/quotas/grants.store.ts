import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { ChangeContext } from '../../audit/change-context.js';
import { Database } from '../../platform/database.js';
import { etagOfVersion } from '../../platform/http/etag.js';
import { rowInstant } from '../../platform/rows.js';
import { exact } from './amount.js';
import type { Grant, NewGrant } from './grant.js';

const grantRow = z.object({
  id: z.string(),
  tenant_id: z.string(),
  feature: z.string(),
  amount: exact,
  burned: exact,
  forfeited: exact,
  remaining: exact,
  priority: z.number(),
  effective_at: rowInstant,
  expires_at: rowInstant.nullable(),
  rollover_max: exact.nullable(),
  voided_at: rowInstant.nullable(),
  created_at: rowInstant,
  updated_at: rowInstant,
  row_version: z.number(),
});
export type GrantRow = z.infer<typeof grantRow>;

/** What the API shows of it. */
export function toGrant({ row_version, ...shown }: GrantRow): Grant {
  return { ...shown, etag: etagOfVersion(row_version) };
}

const createOutcome = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('created'), grant: grantRow }),
  z.object({ outcome: z.enum(['tenant_not_found', 'feature_not_found', 'not_metered', 'over_before_it_begins']) }),
]);
const voidOutcome = z.object({ outcome: z.enum(['voided', 'not_found', 'stale']) });

/** Every query about grants. */
@Injectable()
export class GrantsStore {
  constructor(private readonly database: Database) {}

  async create(
    tenantId: string,
    id: string,
    grant: NewGrant,
    context: ChangeContext,
  ): Promise<z.infer<typeof createOutcome>> {
    const args = { p_tenant_id: tenantId, p_grant: { ...grant, id }, p_context: { ...context } };
    return createOutcome.parse(await this.database.rpc('quota_grant_create', args));
  }

  /** @param rowVersion what the row must still be; null: whatever is there */
  async void(
    tenantId: string,
    id: string,
    rowVersion: number | null,
    context: ChangeContext,
  ): Promise<z.infer<typeof voidOutcome>['outcome']> {
    const args = { p_tenant_id: tenantId, p_id: id, p_row_version: rowVersion, p_context: { ...context } };
    return voidOutcome.parse(await this.database.rpc('quota_grant_void', args)).outcome;
  }

  async find(tenantId: string, id: string): Promise<GrantRow | undefined> {
    return (await this.rows({ p_tenant_id: tenantId, p_feature: null, p_id: id, p_after: null, p_limit: 1 }))[0];
  }

  /** A tenant's grants by id, after the given one. */
  async list(
    tenantId: string,
    feature: string | undefined,
    limit: number,
    after: string | undefined,
  ): Promise<GrantRow[]> {
    const of = { p_tenant_id: tenantId, p_feature: feature ?? null, p_id: null };
    return this.rows({ ...of, p_after: after ?? null, p_limit: limit });
  }

  private async rows(args: {
    p_tenant_id: string;
    p_feature: string | null;
    p_id: string | null;
    p_after: string | null;
    p_limit: number;
  }): Promise<GrantRow[]> {
    return z.array(grantRow).parse(await this.database.rpc('quota_grants_list', args, { idempotent: true }));
  }
}
