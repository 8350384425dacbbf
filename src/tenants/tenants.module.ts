import { Module } from '@nestjs/common';
import { MembersController } from './members.controller.js';
import { MembersService } from './members.service.js';
import { MembersStore } from './members.store.js';
import { TenantOwners } from './tenant-owners.service.js';
import { TenantAuditController } from './tenant-audit.controller.js';
import { TenantsController } from './tenants.controller.js';
import { TenantsService } from './tenants.service.js';
import { TenantsStore } from './tenants.store.js';

@Module({
  controllers: [TenantsController, MembersController, TenantAuditController],
  providers: [TenantsStore, TenantsService, TenantOwners, MembersStore, MembersService],
  exports: [TenantsService],
})
export class TenantsModule {}
