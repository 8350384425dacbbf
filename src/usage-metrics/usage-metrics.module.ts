import { Module } from '@nestjs/common';
import { MetersModule } from './meters/meters.module.js';
import { QueriesModule } from './queries/queries.module.js';

/** Puts the sub-rooms of metering together. */
@Module({ imports: [MetersModule, QueriesModule] })
export class UsageMetricsModule {}
