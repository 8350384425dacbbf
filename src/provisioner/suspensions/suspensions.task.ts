import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { ScheduledTasks } from '../../background-tasks/scheduled-tasks.service.js';
import { PlatformConfig } from '../../platform/platform.config.js';
import { Suspensions } from './suspensions.service.js';

const everySeconds = 60;

/** Comes back to what was between two states when its tenant was suspended or resumed. */
@Injectable()
export class SuspensionsTask implements OnApplicationBootstrap {
  constructor(
    private readonly suspensions: Suspensions,
    private readonly schedules: ScheduledTasks,
    private readonly platform: PlatformConfig,
  ) {}

  onApplicationBootstrap(): void {
    if (!this.platform.roles.includes('worker')) return;
    this.schedules.every('suspensions', everySeconds, (signal) => this.suspensions.converge(signal));
  }
}
