import { type DynamicModule, Module } from '@nestjs/common';
import { Database } from './database.js';
import { DatabaseHealth } from './database-health.service.js';

/** Lets every room inject `Database`. */
@Module({})
export class DatabaseModule {
  /** @param database open already; whoever opened it closes it, after the application */
  static forRoot(database: Database): DynamicModule {
    return {
      module: DatabaseModule,
      global: true,
      providers: [{ provide: Database, useValue: database }, DatabaseHealth],
      exports: [Database],
    };
  }
}
