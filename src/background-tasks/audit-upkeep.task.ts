import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { AuditCheckpoints } from '../audit/audit-checkpoints.service.js';
import { AuditRetention } from '../audit/audit-retention.service.js';
import { DeniedAttempts } from '../audit/denied-attempts.service.js';
import { PlatformConfig } from '../platform/platform.config.js';
import { ScheduledTasks } from './scheduled-tasks.service.js';

const minute = 60;
const hour = 3_600;

/** The trail's own work by the clock. It stands here because the trail knows of no schedules: every room writes to it. */
@Injectable()
export class AuditUpkeepTask implements OnApplicationBootstrap {
  constructor(
    private readonly schedules: ScheduledTasks,
    private readonly checkpoints: AuditCheckpoints,
    private readonly retention: AuditRetention,
    private readonly denied: DeniedAttempts,
    private readonly platform: PlatformConfig,
  ) {}

  onApplicationBootstrap(): void {
    if (!this.platform.roles.includes('worker')) return;
    this.schedules.every('audit_denied', minute, (signal) => this.denied.close(signal));
    this.schedules.every('audit_retention', hour, async (signal) => {
      await this.retention.run(signal);
    });
    this.schedules.every('audit_checkpoint', this.checkpoints.periodSeconds, async (signal) => {
      await this.checkpoints.sign(signal);
    });
  }
}
