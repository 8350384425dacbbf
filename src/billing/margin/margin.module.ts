import { Module } from '@nestjs/common';
import { TenantsModule } from '../../tenants/tenants.module.js';
import { RunsModule } from '../runs/runs.module.js';
import { CostsTask } from './costs.task.js';
import { MarginController } from './margin.controller.js';
import { MarginService } from './margin.service.js';
import { MarginStore } from './margin.store.js';

/** Price beside cost, by tenant. */
@Module({
  imports: [TenantsModule, RunsModule],
  controllers: [MarginController],
  providers: [CostsTask, MarginService, MarginStore],
})
export class MarginModule {}
