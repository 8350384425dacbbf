import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { ScheduledTasks } from '../../background-tasks/scheduled-tasks.service.js';
import { PlatformConfig } from '../../platform/platform.config.js';
import { CreditsService } from './credits.service.js';

const everySeconds = 300;

/** Takes grants that are over out of the balances. Late or not, nothing is used of them after they have expired. */
@Injectable()
export class CreditsTask implements OnApplicationBootstrap {
  constructor(
    private readonly credits: CreditsService,
    private readonly schedules: ScheduledTasks,
    private readonly platform: PlatformConfig,
  ) {}

  onApplicationBootstrap(): void {
    if (!this.platform.roles.includes('worker')) return;
    this.schedules.every('credits_expiry', everySeconds, (signal) => this.credits.expire(signal));
  }
}
