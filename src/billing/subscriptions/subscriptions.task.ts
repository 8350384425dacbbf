import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { ScheduledTasks } from '../../background-tasks/scheduled-tasks.service.js';
import { PlatformConfig } from '../../platform/platform.config.js';
import { SubscriptionUpkeep } from './subscription-upkeep.service.js';

const hour = 3_600;

/** Ends trials, begins what was planned, and ends what is over and billed. */
@Injectable()
export class SubscriptionsTask implements OnApplicationBootstrap {
  private readonly logger = new Logger(SubscriptionsTask.name);

  constructor(
    private readonly schedules: ScheduledTasks,
    private readonly upkeep: SubscriptionUpkeep,
    private readonly platform: PlatformConfig,
  ) {}

  onApplicationBootstrap(): void {
    if (!this.platform.roles.includes('worker')) return;
    this.schedules.every('billing_subscriptions', hour, async (signal) => {
      const { failures } = await this.upkeep.run(signal);
      for (const { id, error } of failures) {
        this.logger.error(
          { err: error, subscription: id },
          'what is due for a subscription was not done; it is tried again in an hour',
        );
      }
      if (failures.length > 0) throw new Error(`${failures.length} subscriptions could not be brought up to date`);
    });
  }
}
