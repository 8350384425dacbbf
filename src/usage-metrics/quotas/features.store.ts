import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { ChangeContext } from '../../audit/change-context.js';
import { Database } from '../../platform/database.js';
import { etagOfVersion } from '../../platform/http/etag.js';
import { rowInstant } from '../../platform/rows.js';
import { countedBy, type Feature, type FeatureChange, featureKind, type NewFeature } from './feature.js';

const featureRow = z.object({
  slug: z.string(),
  name: z.string(),
  description: z.string().nullable(),
  kind: featureKind,
  counted_by: countedBy.nullable(),
  meter: z.string().nullable(),
  built_in: z.boolean(),
  created_at: rowInstant,
  updated_at: rowInstant,
  row_version: z.number(),
});
export type FeatureRow = z.infer<typeof featureRow>;

/** What the API shows of it. */
export function toFeature({ row_version, ...shown }: FeatureRow): Feature {
  return { ...shown, etag: etagOfVersion(row_version) };
}

const createOutcome = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('created'), feature: featureRow }),
  z.object({ outcome: z.enum(['slug_taken', 'meter_not_found']) }),
]);
const changeOutcome = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('changed'), feature: featureRow }),
  z.object({ outcome: z.enum(['not_found', 'stale']) }),
]);
const deleteOutcome = z.object({ outcome: z.enum(['deleted', 'not_found', 'stale', 'built_in', 'in_use']) });

/** Every query about features. */
@Injectable()
export class FeaturesStore {
  constructor(private readonly database: Database) {}

  async create(feature: NewFeature, context: ChangeContext): Promise<z.infer<typeof createOutcome>> {
    const { kind, meter = null } = feature;
    const counted_by = kind !== 'metered' ? null : meter === null ? 'reservations' : 'meter';
    const p_feature = { ...feature, meter, counted_by };
    return createOutcome.parse(await this.database.rpc('feature_create', { p_feature, p_context: { ...context } }));
  }

  /** @param rowVersion what the row must still be; null: whatever is there */
  async change(
    slug: string,
    change: FeatureChange,
    rowVersion: number | null,
    context: ChangeContext,
  ): Promise<z.infer<typeof changeOutcome>> {
    const args = { p_slug: slug, p_change: { ...change }, p_row_version: rowVersion, p_context: { ...context } };
    return changeOutcome.parse(await this.database.rpc('feature_change', args));
  }

  async delete(
    slug: string,
    rowVersion: number | null,
    context: ChangeContext,
  ): Promise<z.infer<typeof deleteOutcome>['outcome']> {
    const args = { p_slug: slug, p_row_version: rowVersion, p_context: { ...context } };
    return deleteOutcome.parse(await this.database.rpc('feature_delete', args)).outcome;
  }

  async find(slug: string): Promise<FeatureRow | undefined> {
    const rows = await this.database.read((client) => client.from('features').select('*').eq('slug', slug).limit(1));
    return z.array(featureRow).parse(rows)[0];
  }

  /** By slug, after the given one. */
  async list(limit: number, after: string | undefined): Promise<FeatureRow[]> {
    const rows = await this.database.read((client) => {
      const query = client.from('features').select('*').order('slug').limit(limit);
      return after === undefined ? query : query.gt('slug', after);
    });
    return z.array(featureRow).parse(rows);
  }
}
