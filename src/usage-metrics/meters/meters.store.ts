import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { ChangeContext } from '../../audit/change-context.js';
import { Database } from '../../platform/database.js';
import { etagOfVersion } from '../../platform/http/etag.js';
import { rowInstant } from '../../platform/rows.js';
import {
  groupPathsOf,
  type Meter,
  meter,
  type MeterChange,
  type NewMeter,
  type NewMeterVersion,
  pathsOf,
} from './meter.js';

const meterRow = meter
  .omit({ etag: true })
  .extend({ row_version: z.number(), created_at: rowInstant, updated_at: rowInstant });
export type MeterRow = z.infer<typeof meterRow>;

/** What the API shows of it. Each version is a row of its own, and so is a meter that takes the slug of one that was deleted. */
export function toMeter({ row_version, ...shown }: MeterRow): Meter {
  return { ...shown, etag: etagOfVersion(`${shown.id}.${row_version}`) };
}

const createOutcome = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('created'), meter: meterRow }),
  z.object({ outcome: z.literal('slug_taken') }),
]);

const changeOutcome = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.enum(['changed', 'unchanged', 'needs_version']), meter: meterRow }),
  z.object({ outcome: z.enum(['meter_not_found', 'stale']) }),
]);

const versionOutcome = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('created'), meter: meterRow }),
  z.object({ outcome: z.enum(['meter_not_found', 'stale', 'valid_from_refused']) }),
]);

const deleteOutcome = z.object({ outcome: z.enum(['deleted', 'meter_not_found', 'stale']) });

/** Every query about meters. A row version is the one that the caller has seen, or null for whatever is there. */
@Injectable()
export class MetersStore {
  constructor(private readonly database: Database) {}

  async create(created: NewMeter, context: ChangeContext): Promise<z.infer<typeof createOutcome>> {
    const answer = await this.database.rpc('usage_meter_create', {
      p_meter: { ...created, name: created.name ?? created.slug, ...pathsOf(created) },
      p_context: { ...context },
    });
    return createOutcome.parse(answer);
  }

  async change(
    slug: string,
    change: MeterChange,
    rowVersion: number | null,
    context: ChangeContext,
  ): Promise<z.infer<typeof changeOutcome>> {
    const paths = change.group_by === undefined ? {} : { group_paths: groupPathsOf(change.group_by) };
    const answer = await this.database.rpc('usage_meter_change', {
      p_slug: slug,
      p_change: { ...change, ...paths },
      p_row_version: rowVersion,
      p_context: { ...context },
    });
    return changeOutcome.parse(answer);
  }

  async addVersion(
    slug: string,
    version: NewMeterVersion,
    rowVersion: number | null,
    context: ChangeContext,
  ): Promise<z.infer<typeof versionOutcome>> {
    const answer = await this.database.rpc('usage_meter_version', {
      p_slug: slug,
      p_meter: { ...version, name: version.name ?? slug, ...pathsOf(version) },
      p_row_version: rowVersion,
      p_context: { ...context },
    });
    return versionOutcome.parse(answer);
  }

  async delete(
    slug: string,
    rowVersion: number | null,
    context: ChangeContext,
  ): Promise<z.infer<typeof deleteOutcome>['outcome']> {
    const answer = await this.database.rpc('usage_meter_delete', {
      p_slug: slug,
      p_row_version: rowVersion,
      p_context: { ...context },
    });
    return deleteOutcome.parse(answer).outcome;
  }

  /** The newest version of each meter, by slug, after the given one. */
  async list(limit: number, afterSlug: string | undefined): Promise<MeterRow[]> {
    return this.rows(null, afterSlug ?? null, limit);
  }

  /** Versions of a meter, newest first; none where there is no such meter. */
  async versions(slug: string, limit: number): Promise<MeterRow[]> {
    return this.rows(slug, null, limit);
  }

  private async rows(slug: string | null, after: string | null, limit: number): Promise<MeterRow[]> {
    const args = { p_slug: slug, p_after: after, p_limit: limit };
    return z.array(meterRow).parse(await this.database.rpc('usage_meters_list', args, { idempotent: true }));
  }
}
