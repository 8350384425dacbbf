import { z } from 'zod';
import { tenantRoles } from '../platform/http/scopes.js';
import { id, instant } from '../platform/http/schemas.js';

/** What a user may do for a tenant: everything, everything but managing it and its members, or only look. */
export const memberRole = z.enum(tenantRoles).meta({ id: 'MemberRole' });

export type MemberRole = z.infer<typeof memberRole>;

export const memberChange = z.strictObject({ role: memberRole }).meta({ id: 'MemberChange' });

export const member = z
  .object({
    tenant_id: id,
    user_id: id.describe('As Supabase knows the user'),
    role: memberRole,
    created_at: instant,
    updated_at: instant,
    etag: z.string(),
  })
  .meta({ id: 'Member' });
export type Member = z.infer<typeof member>;
