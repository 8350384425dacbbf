import { Injectable, Logger } from '@nestjs/common';
import { Clock } from '../../platform/clock.js';
import { UsageMetricsConfig } from '../usage-metrics.config.js';
import { RollupsStore } from './rollups.store.js';

const dayMs = 86_400_000;
const daysAhead = 3;
/** An event that is sent again later than this counts again. */
const keyDays = 400;
const keysAtOnce = 5_000;

/** Makes room for the days to come, and drops the events of old ones once their counts are proven. */
@Injectable()
export class UsageRetention {
  private readonly logger = new Logger(UsageRetention.name);

  constructor(
    private readonly store: RollupsStore,
    private readonly clock: Clock,
    private readonly config: UsageMetricsConfig,
  ) {}

  async makeRoom(): Promise<void> {
    const now = this.clock.now().getTime();
    await this.store.makePartitions(Array.from({ length: daysAhead + 1 }, (_, n) => dayOf(now + n * dayMs)));
  }

  /** Oldest day first; a day that cannot go yet keeps those after it. @returns the days that were dropped */
  async dropOldDays(signal?: AbortSignal): Promise<string[]> {
    const gone: string[] = [];
    for (const day of await this.store.days()) {
      if (signal?.aborted) break;
      if ((await this.store.seal(day, this.config.retentionDays)) === 'kept_longer') break;
      const { outcome, meter_id: meterId } = await this.store.drop(day);
      if (outcome === 'not_verified') {
        this.logger.error(
          { day, meterId },
          'usage events are kept: the counts differ from them; npm run usage:rebuild',
        );
      }
      if (outcome !== 'dropped' && outcome !== 'no_such_day') break;
      gone.push(day);
    }
    if (gone.length > 0) this.logger.log({ days: gone }, 'old usage events were dropped');
    return gone;
  }

  async forgetKeys(signal?: AbortSignal): Promise<void> {
    const before = new Date(this.clock.now().getTime() - keyDays * dayMs);
    while ((await this.store.expireKeys(before, keysAtOnce)) === keysAtOnce) if (signal?.aborted) return;
  }
}

function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
