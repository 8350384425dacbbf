import { Injectable } from '@nestjs/common';
import type { ChangeContext } from '../../audit/change-context.js';
import { TenantryError } from '../../platform/errors.js';
import { assertIfMatch } from '../../platform/http/etag.js';
import type { Feature, FeatureChange, NewFeature } from './feature.js';
import { type FeatureRow, FeaturesStore, toFeature } from './features.store.js';
import { featureNotFound, stale } from './quotas.errors.js';

/** What there is to be sold. Methods that take a slug throw `feature_not_found`; `ifMatch` is the `If-Match` header, if there was one. */
@Injectable()
export class FeaturesService {
  constructor(private readonly store: FeaturesStore) {}

  /** @throws TenantryError `slug_taken`, `meter_not_found` */
  async create(wanted: NewFeature, context: ChangeContext): Promise<Feature> {
    const created = await this.store.create(wanted, context);
    switch (created.outcome) {
      case 'created':
        return toFeature(created.feature);
      case 'slug_taken':
        throw new TenantryError('conflict', 'slug_taken', `there is a feature ${wanted.slug} already`, {
          faults: [{ pointer: '/slug', message: 'is taken' }],
        });
      case 'meter_not_found':
        throw new TenantryError('unprocessable', 'meter_not_found', 'there is no such meter', {
          faults: [{ pointer: '/meter', message: 'is no meter' }],
        });
    }
  }

  async get(slug: string): Promise<Feature> {
    return toFeature(await this.row(slug));
  }

  /** By slug, after the given one. */
  async list(limit: number, after: string | undefined): Promise<Feature[]> {
    return (await this.store.list(limit, after)).map(toFeature);
  }

  /** @throws TenantryError `precondition_failed` */
  async change(
    slug: string,
    change: FeatureChange,
    ifMatch: string | undefined,
    context: ChangeContext,
  ): Promise<Feature> {
    const changed = await this.store.change(slug, change, await this.version(slug, ifMatch), context);
    switch (changed.outcome) {
      case 'changed':
        return toFeature(changed.feature);
      case 'stale':
        throw stale('feature');
      case 'not_found':
        throw featureNotFound();
    }
  }

  /** @throws TenantryError `feature_built_in`, `feature_in_use`, `precondition_failed` */
  async delete(slug: string, ifMatch: string | undefined, context: ChangeContext): Promise<void> {
    switch (await this.store.delete(slug, await this.version(slug, ifMatch), context)) {
      case 'deleted':
        return;
      case 'built_in':
        throw new TenantryError('conflict', 'feature_built_in', 'Tenantry itself counts by this feature');
      case 'in_use':
        throw new TenantryError('conflict', 'feature_in_use', 'a plan or a tenant has it, or something was counted');
      case 'stale':
        throw stale('feature');
      case 'not_found':
        throw featureNotFound();
    }
  }

  private async row(slug: string): Promise<FeatureRow> {
    const row = await this.store.find(slug);
    if (row === undefined) throw featureNotFound();
    return row;
  }

  /** What the write itself must still find; null: whatever is there. */
  private async version(slug: string, ifMatch: string | undefined): Promise<number | null> {
    if (ifMatch === undefined) return null;
    const row = await this.row(slug);
    assertIfMatch(ifMatch, toFeature(row).etag);
    return row.row_version;
  }
}
