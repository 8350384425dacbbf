import { Module } from '@nestjs/common';
import { TenantsModule } from '../../tenants/tenants.module.js';
import { EventsModule } from '../events/events.module.js';
import { ApiCallsTask } from './api-calls.task.js';
import { DailyUsageController } from './daily-usage.controller.js';
import { DailyUsage } from './daily-usage.service.js';
import { DailyUsageStore } from './daily-usage.store.js';
import { InstanceTime } from './instance-time.service.js';
import { InstanceTimeStore } from './instance-time.store.js';
import { SourcesTask } from './sources.task.js';
import { Submitter } from './submitter.service.js';

/** Events that Tenantry makes itself, and the daily row. */
@Module({
  imports: [TenantsModule, EventsModule],
  controllers: [DailyUsageController],
  providers: [Submitter, InstanceTimeStore, InstanceTime, DailyUsageStore, DailyUsage, SourcesTask, ApiCallsTask],
  exports: [DailyUsage],
})
export class SourcesModule {}
