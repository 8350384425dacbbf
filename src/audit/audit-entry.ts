import { z } from 'zod';
import { instant } from '../platform/http/schemas.js';
import type { TrailEntry } from './trail-entry.js';

const removable = z.string().nullable();

/** A row of the trail as the API shows it. */
export const auditEntry = z
  .object({
    id: z.int(),
    at: instant.describe('To the microsecond.'),
    actor: removable.describe('Who did it; `system` is Tenantry itself.'),
    credential: removable.describe('The id of the key that proved it.'),
    address: removable.describe('Where the request came from.'),
    request_id: removable,
    action: z.string().describe('`denied.` and an action is an attempt that was refused.'),
    resource_type: z.string(),
    resource_id: removable,
    tenant_id: z.uuid().nullable(),
    before: z.unknown().describe('The resource before, without secrets; null where there was none.'),
    after: z.unknown().describe('The resource after, without secrets; null where there is none.'),
    content_removed_at: z.string().nullable().describe('When retention removed what can be null here.'),
    chain: z.string().describe('The chain of hashes that it is in: the id of the tenant, or `global`.'),
    seq: z.int().describe('Its place in the chain, from 1.'),
    hash: z.string().describe('SHA-256 over it and all before it in the chain, in hex.'),
  })
  .meta({ id: 'AuditEntry' });
export type AuditEntry = z.infer<typeof auditEntry>;

export function toAuditEntry(entry: TrailEntry): AuditEntry {
  const { before, after, expired_at, nonce: _, digest: __, prev_hash: ___, ...shown } = entry;
  return { ...shown, before: jsonOf(before), after: jsonOf(after), content_removed_at: expired_at };
}

function jsonOf(text: string | null): unknown {
  return text === null ? null : JSON.parse(text);
}
