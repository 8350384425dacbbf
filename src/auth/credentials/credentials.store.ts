import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { Database } from '../../platform/database.js';
import { rowInstant } from '../../platform/rows.js';
import { grantedScopes } from '../../platform/http/scopes.js';

const changes = z.object({
  version: z.number(),
  reset: z.boolean(),
  changes: z.array(z.object({ kind: z.enum(['key', 'tenant', 'user']), subject: z.string() })),
});
export type ChangesSince = z.infer<typeof changes>;
export type CredentialChange = ChangesSince['changes'][number];

// A key may have been given a scope by a newer version of Tenantry: this one does not know what it allows.
const knownScope = z.enum(grantedScopes);
const granted = z
  .array(z.string())
  .transform((texts) => texts.flatMap((text) => knownScope.safeParse(text).data ?? []));

const keyFacts = z.object({
  id: z.string(),
  name: z.string(),
  /** SHA-256 in hex. */
  hash: z.string(),
  scopes: granted,
  rate_limit_per_minute: z.number().nullable(),
  expires_at: rowInstant.nullable(),
  revoked: z.boolean(),
  tenant: z.object({ id: z.string(), slug: z.string() }).nullable(),
});
export type KeyFacts = z.infer<typeof keyFacts>;

const foundKey = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('found'), key: keyFacts }),
  z.object({ outcome: z.literal('unknown') }),
]);

/** One answer is waited for no longer: a request that cannot be let in is better told so. */
export const patienceMs = 2_500;

/** What authentication asks the database. */
@Injectable()
export class CredentialsStore {
  constructor(private readonly database: Database) {}

  /** @param seen the version up to which the changes are known; null: none */
  async changesSince(seen: number | null): Promise<ChangesSince> {
    const signal = AbortSignal.timeout(patienceMs);
    return changes.parse(await this.database.rpc('auth_changes_since', { p_seen: seen }, { idempotent: true, signal }));
  }

  /** @param hash SHA-256 of the key, in hex */
  async findKey(hash: string): Promise<KeyFacts | undefined> {
    const signal = AbortSignal.timeout(patienceMs);
    const answer = await this.database.rpc('api_key_find', { p_hash: hash }, { idempotent: true, signal });
    const found = foundKey.parse(answer);
    return found.outcome === 'found' ? found.key : undefined;
  }

  /** @param uses when each key was used last, by its id */
  async recordUses(uses: ReadonlyMap<string, Date>): Promise<void> {
    const p_uses = Object.fromEntries([...uses].map(([id, at]) => [id, at.toISOString()]));
    await this.database.rpc('api_keys_used', { p_uses }, { idempotent: true });
  }
}
