import { Injectable, Logger } from '@nestjs/common';
import { Clock } from '../../platform/clock.js';
import { idsWithin, type Reach } from '../../platform/reach.js';
import { type DailyMeasure, lastDays, lastDayToMake, nextDayToMakeAt, type TenantUsage } from './daily-usage.js';
import { DailyUsageStore } from './daily-usage.store.js';

/** How far back days are made that were missed. */
const daysCaughtUp = 31;
const tenantsAtOnce = 1_000;
const pauseAfterFailureMs = 3_600_000;

/** What tenants used by day: makes the rows, adds to them, and reads them. */
@Injectable()
export class DailyUsage {
  private readonly logger = new Logger(DailyUsage.name);
  /** Until then there is nothing to make. */
  private idleUntil = 0;

  constructor(
    private readonly store: DailyUsageStore,
    private readonly clock: Clock,
  ) {}

  /** Makes the days that are over and not made yet: yesterday from 00:05 UTC on, and those that were missed. Tenants that fail are tried again in an hour. */
  async makeDue(signal: AbortSignal): Promise<void> {
    const now = this.clock.now();
    if (now.getTime() < this.idleUntil) return;
    let failed = 0;
    for (const day of await this.store.due(lastDayToMake(now), daysCaughtUp, signal))
      failed += await this.make(day, signal);
    this.idleUntil = failed > 0 ? now.getTime() + pauseAfterFailureMs : nextDayToMakeAt(now).getTime();
  }

  /**
   * Adds to today's row of a tenant, for what the daily rules do not see themselves: they keep it when they make the row.
   * @param value whole, and not negative
   */
  async increment(tenantId: string, measure: DailyMeasure, value = 1): Promise<void> {
    try {
      if (!Number.isSafeInteger(value)) throw new RangeError(`a measure grows by whole numbers, not by ${value}`);
      await this.store.increment(tenantId, measure, value);
    } catch (error) {
      this.logger.error(
        { err: error, tenant_id: tenantId, measure, value },
        'a daily measure could not be incremented',
      );
      throw error;
    }
  }

  /** The last `days` days of each of these tenants, today included. */
  async read(reach: Reach, tenantIds: readonly string[], days: number): Promise<TenantUsage[]> {
    const [ids, range] = [idsWithin(reach), lastDays(this.clock.now(), days)];
    const usage: TenantUsage[] = [];
    // One after another: a user may have many tenants, and each is a query a meter.
    for (const one of await this.store.read(ids, tenantIds, range))
      usage.push({ ...one, meters: await this.store.meters(ids, one.tenant_id, range) });
    return usage;
  }

  /** @returns how many tenants failed */
  private async make(day: string, signal: AbortSignal): Promise<number> {
    let [seen, failed] = [0, 0];
    let after: string | undefined;
    do {
      const page = await this.store.tenants(day, tenantsAtOnce, after);
      for (const tenantId of page) {
        signal.throwIfAborted();
        if (!(await this.makeOne(tenantId, day, signal))) failed += 1;
      }
      seen += page.length;
      after = page.length < tenantsAtOnce ? undefined : page.at(-1);
    } while (after !== undefined);
    if (seen === 0) this.logger.log({ metric_date: day }, 'no active tenant: no daily usage to write');
    if (failed === 0) await this.store.finish(day);
    return failed;
  }

  private async makeOne(tenantId: string, day: string, signal: AbortSignal): Promise<boolean> {
    try {
      await this.store.make(tenantId, day, signal);
      return true;
    } catch (error) {
      signal.throwIfAborted();
      this.logger.error({ err: error, tenant_id: tenantId, metric_date: day }, 'the daily usage of a tenant failed');
      return false;
    }
  }
}
