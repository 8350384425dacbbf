import { z } from 'zod';
import { displayText, instant } from '../../platform/http/schemas.js';

/** How features, and meters, are called in paths. */
export const featureSlug = z
  .string()
  .regex(
    /^[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?$/,
    'lower-case letters, digits, inner dashes and underscores; at most 63 characters',
  );

export const featureKind = z.enum(['boolean', 'static', 'metered']).meta({ id: 'FeatureKind' });

/** Who counts what is used of a metered feature. */
export const countedBy = z.enum(['meter', 'reservations', 'instances', 'members', 'calls']);

const description = z.string().trim().max(1_000).nullable();

export const newFeature = z
  .strictObject({
    slug: featureSlug,
    name: displayText(200),
    description: description.default(null),
    kind: featureKind,
    meter: z
      .string()
      .min(1)
      .max(63)
      .optional()
      .describe('The meter that counts what is used; without one, committed reservations are what is used'),
  })
  .refine(({ kind, meter }) => kind === 'metered' || meter === undefined, {
    path: ['meter'],
    message: 'is for metered features',
  })
  .meta({ id: 'NewFeature' });
export type NewFeature = z.infer<typeof newFeature>;

export const featureChange = z
  .strictObject({ name: displayText(200), description })
  .partial()
  .meta({ id: 'FeatureChange' });
export type FeatureChange = z.infer<typeof featureChange>;

export const feature = z
  .object({
    slug: z.string(),
    name: z.string(),
    description: z.string().nullable(),
    kind: featureKind,
    counted_by: countedBy
      .nullable()
      .describe(
        '`meter`: by usage events; `reservations`: by what is committed; `instances`: those that exist; `calls`: of this API. Null where nothing is counted',
      ),
    meter: z.string().nullable(),
    built_in: z.boolean().describe('Tenantry enforces it by itself, and it cannot be deleted'),
    created_at: instant,
    updated_at: instant,
    etag: z.string(),
  })
  .meta({ id: 'Feature' });
export type Feature = z.infer<typeof feature>;
