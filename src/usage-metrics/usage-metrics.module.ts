import { Module } from '@nestjs/common';

/** Puts the sub-rooms of metering together. */
@Module({ imports: [] })
export class UsageMetricsModule {}
