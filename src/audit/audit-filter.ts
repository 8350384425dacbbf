import { z } from 'zod';
import { pageQuery } from '../platform/http/pagination.js';
import { instant } from '../platform/http/schemas.js';

const exactly = z.string().min(1).max(256).optional();

/** What the trail can be asked for, to spread into a route's `query`. All that is given must hold. */
export const auditQuery = {
  actor: exactly,
  credential: exactly.describe('The id of a key'),
  action: z
    .string()
    .max(100)
    .regex(/^[\w.]+$/, 'must be letters, digits, dots and underscores')
    .optional()
    .describe('An action, or how actions begin: `instance.create`, `instance.`, `denied.`'),
  resource_type: exactly,
  resource_id: exactly,
  from: instant.optional().describe('Not before'),
  to: instant.optional().describe('Before'),
  ...pageQuery(z.int().positive()),
};

/** Which rows are wanted. */
export interface AuditFilter {
  readonly tenant_id?: string | undefined;
  readonly actor?: string | undefined;
  readonly credential?: string | undefined;
  /** How the action begins. */
  readonly action?: string | undefined;
  readonly resource_type?: string | undefined;
  readonly resource_id?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** The pattern of LIKE for what begins with a text. */
export function beginsWith(prefix: string): string {
  return `${prefix.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
}
