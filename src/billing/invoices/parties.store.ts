import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { ChangeContext } from '../../audit/change-context.js';
import { Database } from '../../platform/database.js';
import { etagOfVersion } from '../../platform/http/etag.js';
import { rowInstant } from '../../platform/rows.js';
import { type Details, details, type NewDetails, type NewSeller, type Seller, seller } from './party.js';

const stored = { updated_at: rowInstant, row_version: z.int() };
const sellerRow = z.object({ ...seller.omit({ etag: true }).shape, ...stored });
const detailsRow = z.object({ ...details.omit({ etag: true }).shape, ...stored });

function toSeller({ row_version, ...row }: z.infer<typeof sellerRow>): Seller {
  return { ...row, etag: etagOfVersion(row_version) };
}

function toDetails({ row_version, ...row }: z.infer<typeof detailsRow>): Details {
  return { ...row, etag: etagOfVersion(row_version) };
}

/** A row with its version, which a write may have to find still. */
export interface Versioned<Party> {
  readonly party: Party;
  readonly rowVersion: number;
}

export type Put<Party> =
  | { readonly outcome: 'created' | 'changed'; readonly party: Party }
  | { readonly outcome: 'stale' | 'tenant_not_found' };

const put = z.object({ outcome: z.enum(['created', 'changed', 'stale', 'tenant_not_found']), row: z.unknown() });

/** Every query about who sells and who buys. */
@Injectable()
export class PartiesStore {
  constructor(private readonly database: Database) {}

  async seller(): Promise<Versioned<Seller> | undefined> {
    const [found] = await this.database.read((client) => client.from('billing_seller').select('*').limit(1));
    if (found === undefined) return undefined;
    const row = sellerRow.parse(found);
    return { party: toSeller(row), rowVersion: row.row_version };
  }

  /** @param rowVersion what the row must still be; null: whatever is there */
  async putSeller(given: NewSeller, rowVersion: number | null, context: ChangeContext): Promise<Put<Seller>> {
    const args = { p_party: given, p_row_version: rowVersion, p_context: { ...context } };
    const { outcome, row } = put.parse(await this.database.rpc('billing_seller_put', args));
    if (outcome === 'stale' || outcome === 'tenant_not_found') return { outcome };
    return { outcome, party: toSeller(sellerRow.parse(row)) };
  }

  async details(tenantId: string): Promise<Versioned<Details> | undefined> {
    const [found] = await this.database.read((client) =>
      client.from('billing_details').select('*').eq('tenant_id', tenantId).limit(1),
    );
    if (found === undefined) return undefined;
    const row = detailsRow.parse(found);
    return { party: toDetails(row), rowVersion: row.row_version };
  }

  /** @param rowVersion what the row must still be; null: whatever is there */
  async putDetails(
    tenantId: string,
    given: NewDetails,
    rowVersion: number | null,
    context: ChangeContext,
  ): Promise<Put<Details>> {
    const args = { p_tenant_id: tenantId, p_party: given, p_row_version: rowVersion, p_context: { ...context } };
    const { outcome, row } = put.parse(await this.database.rpc('billing_details_put', args));
    if (outcome === 'stale' || outcome === 'tenant_not_found') return { outcome };
    return { outcome, party: toDetails(detailsRow.parse(row)) };
  }
}
