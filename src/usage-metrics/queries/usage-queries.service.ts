import { Injectable } from '@nestjs/common';
import { Clock } from '../../platform/clock.js';
import { type InputFault, TenantryError } from '../../platform/errors.js';
import type { Reach } from '../../platform/reach.js';
import { rowInstant } from '../../platform/rows.js';
import { TenantsService } from '../../tenants/tenants.service.js';
import { meterNotFound } from '../meters/meters.errors.js';
import { MetersService } from '../meters/meters.service.js';
import { type CountedRow, QueriesStore } from './queries.store.js';
import type { RowKey } from './query-cursor.js';
import { isBefore, lossyNumber, rangeOf, type UsageQuery, type UsageRow } from './usage-query.js';
import { dimensionFaults, filterOf, mentionsIn, type PartNames, type UsageRequest } from './usage-request.js';
import { maxWindows, windowBounds } from './windows.js';

/** Rows of one call of the database, where all of them are wanted: some hundred kilobytes. */
const rowsAtOnce = 5_000;

export interface UsagePage {
  readonly rows: readonly UsageRow[];
  /** Where the next page goes on; undefined on the last one. */
  readonly next: RowKey | undefined;
}

/** What meters have counted. Windows and groups without events have no rows. */
@Injectable()
export class UsageQueries {
  constructor(
    private readonly store: QueriesStore,
    private readonly meters: MetersService,
    private readonly tenants: TenantsService,
    private readonly clock: Clock,
  ) {}

  /**
   * Works out what a caller asks.
   * @throws TenantryError `tenant_not_found` for a subject, `meter_not_found`, `validation_failed`, `too_many_windows`
   */
  async prepare(request: UsageRequest, reach: Reach, names: PartNames): Promise<UsageQuery> {
    const { slug, windowSize, timeZone } = request;
    const subjects = await this.tenants.idsOf(request.subjects, reach);
    const { from, to } = rangeOf(request, timeZone, this.clock.now());
    const mentions = mentionsIn(request, names);
    const faults = isBefore(from, to) ? [] : [{ pointer: names.from, message: 'must be before the end' }];
    const bounds = faults.length > 0 ? undefined : windowBounds({ from, to }, windowSize, timeZone);
    if (bounds === undefined) {
      // The database, which would tell, is not asked.
      if (mentions.length > 0) faults.push(...dimensionFaults(mentions, await this.dimensionsOf(slug)));
      throw faults.length > 0 ? faulty(faults) : tooManyWindows();
    }
    return {
      slug,
      from,
      to,
      windowSize,
      timeZone,
      bounds,
      subjects,
      bySubject: subjects.length > 0 || request.groupBy.includes('subject'),
      groupBy: [...new Set(request.groupBy)].filter((name) => name !== 'subject'),
      filter: filterOf(request),
      mentions,
    };
  }

  /**
   * Rows by window, then tenant, then dimensions.
   * @param reach tenants beyond it are not counted, whatever the query says
   * @throws TenantryError `meter_not_found`, `validation_failed` for dimensions that the meter does not have, `raw_expired`, `versions_differ`
   */
  async page(query: UsageQuery, reach: Reach, limit: number, after?: RowKey): Promise<UsagePage> {
    const answer = await this.store.query(query, reach, { limit, after });
    if (answer.outcome === 'meter_not_found') throw meterNotFound();
    const faults = dimensionFaults(query.mentions, answer.dimensions);
    if (faults.length > 0) throw faulty(faults);
    switch (answer.outcome) {
      case 'rows': {
        const slugs = reach === 'all' ? new Map(Object.entries(answer.slugs)) : await this.tenants.slugsOf([], reach);
        return { rows: answer.rows.map((row) => named(row, query, slugs)), next: answer.next ?? undefined };
      }
      case 'raw_expired':
        throw rawExpired(rowInstant.parse(answer.kept_from));
      case 'versions_differ':
        throw versionsDiffer();
    }
  }

  /** Every row, page by page; pages are not of one moment. Throws as `page` does, before the first one. */
  async *pages(query: UsageQuery, reach: Reach): AsyncGenerator<readonly UsageRow[]> {
    let after: RowKey | undefined;
    do {
      const { rows, next } = await this.page(query, reach, rowsAtOnce, after);
      yield rows;
      after = next;
    } while (after !== undefined);
  }

  /** Of all versions: one that a version lacks is missing from its events. */
  private async dimensionsOf(slug: string): Promise<string[]> {
    const versions = await this.meters.versions(slug);
    return [...new Set(versions.flatMap(({ group_by }) => Object.keys(group_by)))];
  }
}

function named(
  [window, tenant, values, decimal]: CountedRow,
  { bounds, groupBy }: UsageQuery,
  slugs: ReadonlyMap<string, string>,
): UsageRow {
  return {
    value: lossyNumber(decimal),
    value_decimal: decimal,
    window_start: bounds[window] ?? '',
    window_end: bounds[window + 1] ?? '',
    subject: tenant === null ? null : (slugs.get(tenant) ?? tenant),
    group_by: Object.fromEntries(groupBy.map((name, n) => [name, values[n] ?? null])),
  };
}

function faulty(faults: InputFault[]): TenantryError {
  return new TenantryError('invalid', 'validation_failed', 'The query has faults.', { faults });
}

function tooManyWindows(): TenantryError {
  return new TenantryError('unprocessable', 'too_many_windows', 'the range has too many windows of this size', {
    faults: [{ pointer: '?window_size', message: `makes more than ${maxWindows} windows` }],
  });
}

function rawExpired(keptFrom: string): TenantryError {
  return new TenantryError(
    'unprocessable',
    'raw_expired',
    `single events are kept from ${keptFrom} on; before, windows begin and end on full quarters of an hour`,
    { members: { kept_from: keptFrom } },
  );
}

function versionsDiffer(): TenantryError {
  return new TenantryError(
    'unprocessable',
    'versions_differ',
    'versions of the meter that hold in this range aggregate differently; ask for a range in which they do not',
  );
}
