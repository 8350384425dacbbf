import { Module } from '@nestjs/common';
import { DunningController } from './dunning.controller.js';
import { Dunning } from './dunning.service.js';
import { DunningStore } from './dunning.store.js';
import { DunningTask } from './dunning.task.js';

@Module({
  controllers: [DunningController],
  providers: [Dunning, DunningStore, DunningTask],
})
export class DunningModule {}
