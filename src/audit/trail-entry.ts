import { z } from 'zod';
import { encodeFields, sha256Hex } from './encoding.js';

/** The chain of what belongs to no tenant. A tenant's chain is named by the tenant's id. */
export const globalChain = 'global';

const content = z.string().nullable();

/** A row of the trail with everything that its hashes are over, in the text that they are over. */
export const trailEntry = z.object({
  id: z.int(),
  chain: z.string(),
  seq: z.int(),
  /** RFC 3339 in UTC, to the microsecond. */
  at: z.string(),
  action: z.string(),
  resource_type: z.string(),
  tenant_id: z.string().nullable(),
  /** From here on: content, which retention may remove. Then all of it is null, and `expired_at` is set. */
  actor: content,
  credential: content,
  address: content,
  request_id: content,
  resource_id: content,
  nonce: content,
  /** JSON as Postgres writes it, or null. */
  before: content,
  after: content,
  expired_at: z.string().nullable(),
  /** SHA-256 in hex. */
  digest: z.string(),
  prev_hash: z.string(),
  hash: z.string(),
});
export type TrailEntry = Readonly<z.infer<typeof trailEntry>>;

/** What the digest is over, in its order. */
export function contentOf(entry: TrailEntry): (string | null)[] {
  const { nonce, actor, credential, address, request_id, resource_id, before, after } = entry;
  return [nonce, actor, credential, address, request_id, resource_id, before, after];
}

/** The digest over the content of an entry; `public.audit_digest` is the same. */
export function digestOf(entry: TrailEntry): string {
  return sha256Hex(encodeFields(['tenantry.audit.content.1', ...contentOf(entry)]));
}

/** The hash over an entry's place, what stays of it, and the digest of its content; `public.audit_hash` is the same. */
export function hashOf(entry: TrailEntry): string {
  const { chain, seq, prev_hash, id, at, action, resource_type, digest } = entry;
  const fields = [chain, String(seq), prev_hash, String(id), at, action, resource_type, digest];
  return sha256Hex(encodeFields(['tenantry.audit.entry.1', ...fields]));
}
