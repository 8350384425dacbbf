import { Module } from '@nestjs/common';
import { TenantAuditController } from './tenant-audit.controller.js';
import { TenantsController } from './tenants.controller.js';
import { TenantsService } from './tenants.service.js';
import { TenantsStore } from './tenants.store.js';

@Module({
  controllers: [TenantsController, TenantAuditController],
  providers: [TenantsStore, TenantsService],
  exports: [TenantsService],
})
export class TenantsModule {}
