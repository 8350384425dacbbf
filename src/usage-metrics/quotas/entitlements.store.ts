import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { ChangeContext } from '../../audit/change-context.js';
import { Database } from '../../platform/database.js';
import { etagOfVersion } from '../../platform/http/etag.js';
import { rowInstant } from '../../platform/rows.js';
import { exact } from './amount.js';
import {
  type Entitlement,
  entitlement,
  type GivenEntitlement,
  givenEntitlement,
  quantities,
  type Terms,
} from './entitlement.js';
import { featureKind } from './feature.js';

/** Who has a feature on terms of its own. */
export type Holder = { readonly plan: string } | { readonly tenantId: string };

const { period, enforcement } = givenEntitlement.shape;

const givenRow = z.object({
  plan: z.string().nullable(),
  tenant_id: z.string().nullable(),
  feature: z.string(),
  enabled: z.boolean().nullable(),
  value: z.json(),
  limit_amount: exact.nullable(),
  period,
  enforcement,
  created_at: rowInstant,
  updated_at: rowInstant,
  row_version: z.number(),
});
export type GivenRow = z.infer<typeof givenRow>;

/** What the API shows of it. */
export function toGiven({ row_version, limit_amount, ...shown }: GivenRow): GivenEntitlement {
  return { ...shown, limit: limit_amount, etag: etagOfVersion(row_version) };
}

const entitlementRow = z
  .object({
    tenant_id: z.string(),
    feature: z.string(),
    name: z.string(),
    kind: featureKind,
    has_access: z.boolean(),
    balance: exact.nullable().default(null),
    usage: exact.nullable().default(null),
    overage: exact.nullable().default(null),
    limit: exact.nullable(),
    granted: exact.nullable().default(null),
    reserved: exact.nullable().default(null),
    value: z.json(),
    enforcement,
    period: period.default(null),
    period_start: rowInstant.nullable().default(null),
    period_end: rowInstant.nullable().default(null),
    source: entitlement.shape.source,
    row_version: z.number().nullable(),
  })
  .transform(({ granted, reserved, row_version, balance, usage, overage, limit, ...shown }): Entitlement => {
    return {
      ...shown,
      ...quantities({ balance, usage, overage, limit }),
      granted_decimal: granted,
      reserved_decimal: reserved,
      etag: row_version === null ? null : etagOfVersion(row_version),
    };
  });

const putOutcome = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.enum(['created', 'changed', 'unchanged']), entitlement: givenRow }),
  z.object({ outcome: z.enum(['tenant_not_found', 'feature_not_found', 'stale']) }),
]);
const removeOutcome = z.object({ outcome: z.enum(['removed', 'not_found', 'stale']) });

/** Every query about entitlements. */
@Injectable()
export class EntitlementsStore {
  constructor(private readonly database: Database) {}

  /** @param rowVersion what the row must still be; null: whatever is there */
  async put(
    holder: Holder,
    feature: string,
    terms: Terms,
    rowVersion: number | null,
    context: ChangeContext,
  ): Promise<z.infer<typeof putOutcome>> {
    const { limit: limit_amount, ...rest } = 'limit' in terms ? terms : { ...terms, limit: null };
    const args = {
      ...holderArgs(holder),
      p_feature: feature,
      p_terms: { ...rest, limit_amount },
      p_row_version: rowVersion,
      p_context: { ...context },
    };
    return putOutcome.parse(await this.database.rpc('entitlement_put', args));
  }

  async remove(
    holder: Holder,
    feature: string,
    rowVersion: number | null,
    context: ChangeContext,
  ): Promise<z.infer<typeof removeOutcome>['outcome']> {
    const args = {
      ...holderArgs(holder),
      p_feature: feature,
      p_row_version: rowVersion,
      p_context: { ...context },
    };
    return removeOutcome.parse(await this.database.rpc('entitlement_remove', args)).outcome;
  }

  /** The terms of a plan or a tenant itself. Amounts come as text: a table read would round them. */
  async given(holder: Holder, limit: number, after: string | undefined): Promise<GivenRow[]> {
    const args = { ...holderArgs(holder), p_after: after ?? null, p_limit: limit };
    return z.array(givenRow).parse(await this.database.rpc('entitlements_given', args));
  }

  /** Brings the account of the feature to the present first. Undefined where there is no such feature. */
  async find(tenantId: string, feature: string): Promise<Entitlement | undefined> {
    const args = { p_tenant_id: tenantId, p_feature: feature };
    const answer = await this.database.rpc('quota_entitlement', args, { idempotent: true });
    return entitlementRow.nullable().parse(answer) ?? undefined;
  }

  /** Of each of these tenants every feature, by tenant and feature, after the given one. */
  async list(
    tenantIds: readonly string[],
    limit: number,
    after: readonly [string, string] | undefined,
  ): Promise<Entitlement[]> {
    const args = { p_tenants: [...tenantIds], p_after: after === undefined ? null : [...after], p_limit: limit };
    return z.array(entitlementRow).parse(await this.database.rpc('quota_entitlements', args, { idempotent: true }));
  }
}

function holderArgs(holder: Holder): { p_plan: string | null; p_tenant_id: string | null } {
  return 'plan' in holder ? { p_plan: holder.plan, p_tenant_id: null } : { p_plan: null, p_tenant_id: holder.tenantId };
}
