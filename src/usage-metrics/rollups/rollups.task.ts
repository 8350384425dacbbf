import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { ScheduledTasks } from '../../background-tasks/scheduled-tasks.service.js';
import { PlatformConfig } from '../../platform/platform.config.js';
import { UsageRetention } from './retention.service.js';
import { Rollups } from './rollups.service.js';

/** Answers are right however many deltas wait; they only take longer. */
const foldSeconds = 5;
const backfillSeconds = 10;
const hour = 3_600;

@Injectable()
export class RollupsTask implements OnApplicationBootstrap {
  constructor(
    private readonly schedules: ScheduledTasks,
    private readonly rollups: Rollups,
    private readonly retention: UsageRetention,
    private readonly platform: PlatformConfig,
  ) {}

  onApplicationBootstrap(): void {
    if (!this.platform.roles.includes('worker')) return;
    this.schedules.every('usage_fold', foldSeconds, async (signal) => {
      await this.rollups.fold(signal);
    });
    this.schedules.every('usage_backfill', backfillSeconds, (signal) => this.rollups.backfill(signal));
    this.schedules.every('usage_partitions', hour, () => this.retention.makeRoom());
    this.schedules.every('usage_retention', hour, async (signal) => {
      await this.retention.dropOldDays(signal);
      await this.retention.forgetKeys(signal);
    });
  }
}
