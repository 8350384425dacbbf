import { Injectable } from '@nestjs/common';
import type { ChangeContext } from '../../audit/change-context.js';
import { TenantryError } from '../../platform/errors.js';
import { assertIfMatch } from '../../platform/http/etag.js';
import type { Meter, MeterChange, NewMeter, NewMeterVersion } from './meter.js';
import { meterNotFound } from './meters.errors.js';
import { type MeterRow, MetersStore, toMeter } from './meters.store.js';

/** More than anybody makes: a version is a change of what is counted. */
const maxVersions = 1_000;

/** What is counted. `ifMatch` is the `If-Match` header, if there was one; what is stale is refused with `precondition_failed`. */
@Injectable()
export class MetersService {
  constructor(private readonly store: MetersStore) {}

  /** @throws TenantryError `slug_taken` */
  async create(meter: NewMeter, context: ChangeContext): Promise<Meter> {
    const created = await this.store.create(meter, context);
    if (created.outcome === 'created') return toMeter(created.meter);
    throw new TenantryError('conflict', 'slug_taken', `another meter has the slug ${meter.slug}`, {
      faults: [{ pointer: '/slug', message: 'is taken' }],
    });
  }

  /**
   * The newest version.
   * @throws TenantryError `meter_not_found`
   */
  async get(slug: string): Promise<Meter> {
    return toMeter(await this.find(slug));
  }

  /** The newest version of each meter, by slug, after the given one. */
  async list(limit: number, afterSlug?: string): Promise<Meter[]> {
    return (await this.store.list(limit, afterSlug)).map(toMeter);
  }

  /**
   * Every version, newest first.
   * @throws TenantryError `meter_not_found`
   */
  async versions(slug: string): Promise<Meter[]> {
    const versions = await this.store.versions(slug, maxVersions);
    if (versions.length === 0) throw meterNotFound();
    return versions.map(toMeter);
  }

  /** @throws TenantryError `meter_not_found`; `new_version_needed` when a dimension is left out or stands elsewhere */
  async change(slug: string, change: MeterChange, ifMatch: string | undefined, context: ChangeContext): Promise<Meter> {
    const version = await this.versionToMatch(slug, ifMatch);
    const changed = await this.store.change(slug, change, version, context);
    switch (changed.outcome) {
      case 'changed':
      case 'unchanged':
        return toMeter(changed.meter);
      case 'needs_version':
        throw newVersionNeeded(changed.meter, change);
      case 'meter_not_found':
        throw meterNotFound();
      case 'stale':
        throw stale();
    }
  }

  /** @throws TenantryError `meter_not_found`, `valid_from_refused` */
  async addVersion(
    slug: string,
    version: NewMeterVersion,
    ifMatch: string | undefined,
    context: ChangeContext,
  ): Promise<Meter> {
    const made = await this.store.addVersion(slug, version, await this.versionToMatch(slug, ifMatch), context);
    switch (made.outcome) {
      case 'created':
        return toMeter(made.meter);
      case 'valid_from_refused':
        throw validFromRefused();
      case 'meter_not_found':
        throw meterNotFound();
      case 'stale':
        throw stale();
    }
  }

  /** @throws TenantryError `meter_not_found` */
  async delete(slug: string, ifMatch: string | undefined, context: ChangeContext): Promise<void> {
    const outcome = await this.store.delete(slug, await this.versionToMatch(slug, ifMatch), context);
    if (outcome === 'meter_not_found') throw meterNotFound();
    if (outcome === 'stale') throw stale();
  }

  private async find(slug: string): Promise<MeterRow> {
    const [newest] = await this.store.versions(slug, 1);
    if (newest === undefined) throw meterNotFound();
    return newest;
  }

  /** The version that the write itself must still find, so that nothing slips in between the check and the write. */
  private async versionToMatch(slug: string, ifMatch: string | undefined): Promise<number | null> {
    if (ifMatch === undefined) return null;
    const row = await this.find(slug);
    assertIfMatch(ifMatch, toMeter(row).etag);
    return row.row_version;
  }
}

function newVersionNeeded({ group_by: had }: MeterRow, { group_by: wanted = {} }: MeterChange): TenantryError {
  const faults = Object.entries(had)
    .filter(([name, path]) => wanted[name] !== path)
    .map(([name, path]) => ({ pointer: `/group_by/${name}`, message: `must stay ${path}` }));
  return new TenantryError(
    'unprocessable',
    'new_version_needed',
    'dimensions may be added; to change or remove one, make a new version of the meter',
    { faults },
  );
}

function validFromRefused(): TenantryError {
  return new TenantryError('unprocessable', 'valid_from_refused', 'what was counted already is not counted anew', {
    faults: [
      {
        pointer: '/valid_from',
        message: 'must be a full quarter of an hour, at least 5 minutes ahead, and after that of the version before',
      },
    ],
  });
}

function stale(): TenantryError {
  return new TenantryError(
    'precondition_failed',
    'precondition_failed',
    'the meter was changed since it was read; read it again',
  );
}
