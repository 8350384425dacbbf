import { type DynamicModule, Module } from '@nestjs/common';
import { TenantsModule } from '../tenants/tenants.module.js';
import { About } from './about.js';
import { AdminController } from './admin.controller.js';
import { AdminStore } from './admin.store.js';
import { AuditController } from './audit.controller.js';

@Module({})
export class AdminModule {
  static forRoot(about: About): DynamicModule {
    return {
      module: AdminModule,
      imports: [TenantsModule],
      controllers: [AdminController, AuditController],
      providers: [AdminStore, { provide: About, useValue: about }],
    };
  }
}
