import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { Housekeeping } from '../platform/housekeeping.js';
import { PlatformConfig } from '../platform/platform.config.js';
import { ScheduledTasks } from './scheduled-tasks.service.js';

/** Runs what rooms below this one want cleaned up. */
@Injectable()
export class HousekeepingTask implements OnApplicationBootstrap {
  constructor(
    private readonly housekeeping: Housekeeping,
    private readonly schedules: ScheduledTasks,
    private readonly platform: PlatformConfig,
  ) {}

  onApplicationBootstrap(): void {
    if (!this.platform.roles.includes('worker')) return;
    for (const { name, everySeconds, run } of this.housekeeping.chores) this.schedules.every(name, everySeconds, run);
  }
}
