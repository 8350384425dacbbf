import { Module } from '@nestjs/common';
import { TenantOwners } from './tenant-owners.service.js';
import { TenantsController } from './tenants.controller.js';
import { TenantsService } from './tenants.service.js';
import { TenantsStore } from './tenants.store.js';

@Module({
  controllers: [TenantsController],
  providers: [TenantsStore, TenantsService, TenantOwners],
  exports: [TenantsService],
})
export class TenantsModule {}
