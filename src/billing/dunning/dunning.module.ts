import { Module } from '@nestjs/common';
import { PaymentsModule } from '../payments/payments.module.js';
import { DunningController } from './dunning.controller.js';
import { Dunning } from './dunning.service.js';
import { DunningStore } from './dunning.store.js';
import { DunningTask } from './dunning.task.js';

@Module({
  imports: [PaymentsModule],
  controllers: [DunningController],
  providers: [Dunning, DunningStore, DunningTask],
})
export class DunningModule {}
