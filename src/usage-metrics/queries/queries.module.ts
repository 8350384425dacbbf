import { Module } from '@nestjs/common';
import { TenantsModule } from '../../tenants/tenants.module.js';
import { MetersModule } from '../meters/meters.module.js';
import { QueriesStore } from './queries.store.js';
import { UsageQueriesController } from './usage-queries.controller.js';
import { UsageQueries } from './usage-queries.service.js';

@Module({
  imports: [MetersModule, TenantsModule],
  controllers: [UsageQueriesController],
  providers: [QueriesStore, UsageQueries],
  exports: [UsageQueries],
})
export class QueriesModule {}
