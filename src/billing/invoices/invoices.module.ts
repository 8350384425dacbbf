import { Module } from '@nestjs/common';
import { TenantsModule } from '../../tenants/tenants.module.js';
import { InvoicesController } from './invoices.controller.js';
import { InvoicesService } from './invoices.service.js';
import { InvoicesStore } from './invoices.store.js';

@Module({
  imports: [TenantsModule],
  controllers: [InvoicesController],
  providers: [InvoicesService, InvoicesStore],
  exports: [InvoicesService],
})
export class InvoicesModule {}
