import { z } from 'zod';
import { timeZone } from '../platform/time-zone.js';

/** What a tenant is put on by hand. Subscriptions (room billing) put it on whichever plan is sold. */
const givenPlan = z.enum(['free', 'starter', 'professional', 'enterprise']).meta({ id: 'Plan' });

/** How any plan that is sold may be called. */
export const planName = z
  .string()
  .regex(/^[a-z0-9]+(_[a-z0-9]+)*$/, 'must be lower-case letters and digits, with single underscores between')
  .max(63);

const uuidLike = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const tenantSlug = z
  .string()
  .regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, 'lower-case letters, digits and inner dashes; at most 63 characters')
  // `{tenant}` in a path is an id or a slug: one must not pass for the other.
  .refine((slug) => !uuidLike.test(slug), 'must not look like an id');

const metadata = z
  .record(z.string().max(100), z.json())
  .refine((value) => JSON.stringify(value).length <= 16_384, 'at most 16 KiB');

const name = z.string().trim().min(1).max(200);

export const newTenant = z
  .strictObject({
    slug: tenantSlug,
    name,
    plan: givenPlan.default('free'),
    time_zone: timeZone.default('UTC'),
    metadata: metadata.default({}),
  })
  .meta({ id: 'NewTenant' });
export type NewTenant = z.infer<typeof newTenant>;

export const tenantChange = z
  .strictObject({ name, plan: givenPlan, time_zone: timeZone, metadata })
  .partial()
  .meta({ id: 'TenantChange' });
export type TenantChange = z.infer<typeof tenantChange>;

export const tenant = z
  .object({
    id: z.uuid(),
    slug: z.string(),
    name: z.string(),
    plan: planName,
    time_zone: z.string(),
    metadata: z.record(z.string(), z.json()),
    created_at: z.iso.datetime(),
    updated_at: z.iso.datetime(),
    etag: z.string(),
  })
  .meta({ id: 'Tenant' });
export type Tenant = z.infer<typeof tenant>;
