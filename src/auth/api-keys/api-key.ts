import { z } from 'zod';
import { displayText, instant } from '../../platform/http/schemas.js';
import { grantedScopes } from '../../platform/http/scopes.js';

const grantedScope = z.enum(grantedScopes).meta({ id: 'Scope' });

const rateLimit = z.int().min(1).max(1_000_000).nullable();

export const newApiKey = z
  .strictObject({
    name: displayText(100),
    tenant: z
      .string()
      .min(1)
      .max(63)
      .optional()
      .describe('Whose key it is, by id or slug. An operator who leaves it out makes an operator key.'),
    scopes: z
      .array(grantedScope)
      .min(1)
      .max(grantedScopes.length)
      .transform((scopes) => [...new Set(scopes)].sort())
      .describe('None that the caller does not have.'),
    expires_at: instant.nullable().optional().describe('Not later than the key that makes it; the same unless told.'),
    rate_limit_per_minute: rateLimit
      .optional()
      .describe('Not above that of the key that makes it; the same unless told.'),
  })
  .meta({ id: 'NewApiKey' });
export type NewApiKey = z.infer<typeof newApiKey>;

const maxOverlapSeconds = 2_592_000;

export const rotation = z
  .strictObject({
    overlap_seconds: z
      .int()
      .min(0)
      .max(maxOverlapSeconds)
      .default(3_600)
      .describe('How long the old key holds beside the new one; it is never made to hold longer than it did.'),
    expires_at: instant
      .nullable()
      .optional()
      .describe('When the new key expires; unless told, it lives as long as the old one was made to.'),
  })
  .meta({ id: 'ApiKeyRotation' });
export type Rotation = z.infer<typeof rotation>;

export const apiKey = z
  .object({
    id: z.uuid(),
    tenant_id: z.uuid().nullable().describe('Null: an operator key.'),
    name: z.string(),
    prefix: z.string().describe('How the key begins.'),
    scopes: z.array(z.string()),
    rate_limit_per_minute: rateLimit,
    status: z.enum(['active', 'expired', 'revoked']),
    expires_at: instant.nullable(),
    revoked_at: instant.nullable(),
    last_used_at: instant.nullable().describe('To about a minute.'),
    rotated_from: z.uuid().nullable().describe('The key that it is in place of.'),
    created_by: z.string(),
    created_at: instant,
    etag: z.string(),
  })
  .meta({ id: 'ApiKey' });
export type ApiKey = z.infer<typeof apiKey>;

export const madeApiKey = apiKey
  .extend({ key: z.string().describe('The key itself. It is shown this once.') })
  .meta({ id: 'MadeApiKey' });
export type MadeApiKey = z.infer<typeof madeApiKey>;
