import { Module } from '@nestjs/common';
import { TenantsModule } from '../../tenants/tenants.module.js';
import { CreditsController } from './credits.controller.js';
import { CreditsService } from './credits.service.js';
import { CreditsStore } from './credits.store.js';
import { CreditsTask } from './credits.task.js';

@Module({
  imports: [TenantsModule],
  controllers: [CreditsController],
  providers: [CreditsService, CreditsStore, CreditsTask],
})
export class CreditsModule {}
