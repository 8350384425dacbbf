import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { ScheduledTasks } from '../../background-tasks/scheduled-tasks.service.js';
import { PlatformConfig } from '../../platform/platform.config.js';
import { Dunning } from './dunning.service.js';

const everySeconds = 3_600;

/** Looks every hour at who owes. */
@Injectable()
export class DunningTask implements OnApplicationBootstrap {
  constructor(
    private readonly dunning: Dunning,
    private readonly schedules: ScheduledTasks,
    private readonly platform: PlatformConfig,
  ) {}

  onApplicationBootstrap(): void {
    if (!this.platform.roles.includes('worker')) return;
    this.schedules.every('billing_dunning', everySeconds, (signal) => this.dunning.run(signal));
  }
}
