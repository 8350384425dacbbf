import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { ChangeContext } from '../../audit/change-context.js';
import { Database } from '../../platform/database.js';
import { etagOfVersion } from '../../platform/http/etag.js';
import { rowInstant } from '../../platform/rows.js';
import type { ApiKey } from './api-key.js';

const apiKeyRow = z.object({
  id: z.string(),
  tenant_id: z.string().nullable(),
  name: z.string(),
  prefix: z.string(),
  scopes: z.array(z.string()),
  rate_limit_per_minute: z.number().nullable(),
  expires_at: rowInstant.nullable(),
  revoked_at: rowInstant.nullable(),
  last_used_at: rowInstant.nullable(),
  rotated_from: z.string().nullable(),
  created_by: z.string(),
  created_at: rowInstant,
  row_version: z.number(),
});
export type ApiKeyRow = z.infer<typeof apiKeyRow>;

/** What the API shows of it at that moment. */
export function toApiKey({ row_version, ...shown }: ApiKeyRow, now: Date): ApiKey {
  const expired = shown.expires_at !== null && new Date(shown.expires_at) <= now;
  const status = shown.revoked_at !== null ? 'revoked' : expired ? 'expired' : 'active';
  return { ...shown, status, etag: etagOfVersion(row_version) };
}

/** A key as it is written: only its hash, SHA-256 in hex. */
export interface KeyToWrite {
  readonly id: string;
  readonly prefix: string;
  readonly hash: string;
  readonly expires_at: string | null;
}

export interface NewKeyToWrite extends KeyToWrite {
  readonly tenant_id: string | null;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly rate_limit_per_minute: number | null;
}

/** The tenant has so many keys already. */
const tooMany = z.object({ outcome: z.literal('too_many'), limit: z.int() });

const createOutcome = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('created'), key: apiKeyRow }),
  z.object({ outcome: z.literal('tenant_not_found') }),
  tooMany,
]);

const rotateOutcome = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('rotated_now'), key: apiKeyRow }),
  z.object({ outcome: z.enum(['not_found', 'stale', 'not_active', 'rotated']) }),
  tooMany,
]);

const revokeOutcome = z.object({ outcome: z.enum(['revoked', 'not_found', 'stale']) });

/** Every query about API keys but those of authentication. */
@Injectable()
export class ApiKeysStore {
  constructor(private readonly database: Database) {}

  async create(key: NewKeyToWrite, context: ChangeContext): Promise<z.infer<typeof createOutcome>> {
    const p_key = { ...key, scopes: [...key.scopes] };
    return createOutcome.parse(await this.database.rpc('api_key_create', { p_key, p_context: { ...context } }));
  }

  /** @param rowVersion the version the caller has seen, or null for whatever is there */
  async rotate(
    id: string,
    key: KeyToWrite,
    overlapSeconds: number,
    rowVersion: number | null,
    context: ChangeContext,
  ): Promise<z.infer<typeof rotateOutcome>> {
    const answer = await this.database.rpc('api_key_rotate', {
      p_id: id,
      p_key: { ...key },
      p_overlap_seconds: overlapSeconds,
      p_row_version: rowVersion,
      p_context: { ...context },
    });
    return rotateOutcome.parse(answer);
  }

  async revoke(id: string, rowVersion: number | null, context: ChangeContext): Promise<z.infer<typeof revokeOutcome>> {
    const args = { p_id: id, p_row_version: rowVersion, p_context: { ...context } };
    return revokeOutcome.parse(await this.database.rpc('api_key_revoke', args));
  }

  async find(id: string): Promise<ApiKeyRow | undefined> {
    const rows = await this.database.read((client) => client.from('api_key_rows').select('*').eq('id', id).limit(1));
    return z.array(apiKeyRow).parse(rows)[0];
  }

  /** By id, after the given one. @param tenantIds undefined: those of every tenant, and of operators */
  async list(tenantIds: readonly string[] | undefined, limit: number, after: string | undefined): Promise<ApiKeyRow[]> {
    const rows = await this.database.read((client) => {
      let query = client.from('api_key_rows').select('*').order('id').limit(limit);
      if (tenantIds !== undefined) query = query.in('tenant_id', [...tenantIds]);
      return after === undefined ? query : query.gt('id', after);
    });
    return z.array(apiKeyRow).parse(rows);
  }

  /** The tenant of the key, if it is one of these. */
  async ownerOf(id: string, tenantIds: readonly string[] | undefined): Promise<string | undefined> {
    const rows = await this.database.read((client) => {
      const query = client.from('api_keys').select('tenant_id').eq('id', id).limit(1);
      return tenantIds === undefined ? query : query.in('tenant_id', [...tenantIds]);
    });
    return z.array(ownerRow).parse(rows)[0]?.tenant_id ?? undefined;
  }
}

const ownerRow = z.object({ tenant_id: z.string().nullable() });
