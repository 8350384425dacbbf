import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { ScheduledTasks } from '../../background-tasks/scheduled-tasks.service.js';
import { PlatformConfig } from '../../platform/platform.config.js';
import { MarginService } from './margin.service.js';

const everySeconds = 3_600;

/** Makes the costs of days once an hour, long before raw events go. */
@Injectable()
export class CostsTask implements OnApplicationBootstrap {
  constructor(
    private readonly margins: MarginService,
    private readonly schedules: ScheduledTasks,
    private readonly platform: PlatformConfig,
  ) {}

  onApplicationBootstrap(): void {
    if (!this.platform.roles.includes('worker')) return;
    this.schedules.every('billing_costs', everySeconds, (signal) => this.margins.makeCosts(signal));
  }
}
