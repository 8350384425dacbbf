import { Module } from '@nestjs/common';
import { TenantsModule } from '../../tenants/tenants.module.js';
import { MetersModule } from '../meters/meters.module.js';
import { QueriesStore } from './queries.store.js';
import { RecordedEventsController } from './recorded-events.controller.js';
import { RecordedEvents } from './recorded-events.service.js';
import { RecordedEventsStore } from './recorded-events.store.js';
import { UsageQueriesController } from './usage-queries.controller.js';
import { UsageQueries } from './usage-queries.service.js';

@Module({
  imports: [MetersModule, TenantsModule],
  controllers: [UsageQueriesController, RecordedEventsController],
  providers: [QueriesStore, UsageQueries, RecordedEventsStore, RecordedEvents],
  exports: [UsageQueries, RecordedEvents],
})
export class QueriesModule {}
