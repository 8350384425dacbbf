import { type DynamicModule, Module } from '@nestjs/common';
import { About } from './about.js';
import { AdminController } from './admin.controller.js';
import { AdminStore } from './admin.store.js';

@Module({})
export class AdminModule {
  static forRoot(about: About): DynamicModule {
    return {
      module: AdminModule,
      controllers: [AdminController],
      providers: [AdminStore, { provide: About, useValue: about }],
    };
  }
}
