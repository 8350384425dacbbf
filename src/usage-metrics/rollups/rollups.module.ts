import { Module } from '@nestjs/common';
import { UsageRetention } from './retention.service.js';
import { RollupsController } from './rollups.controller.js';
import { Rollups } from './rollups.service.js';
import { RollupsStore } from './rollups.store.js';
import { RollupsTask } from './rollups.task.js';

@Module({
  controllers: [RollupsController],
  providers: [RollupsStore, Rollups, UsageRetention, RollupsTask],
})
export class RollupsModule {}
