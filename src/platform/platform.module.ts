import type { DynamicModule } from '@nestjs/common';
import { Module } from '@nestjs/common';
import { Registry } from 'prom-client';
import { Clock, SystemClock } from './clock.js';
import { HealthChecks } from './health/health-checks.js';
import { HealthController } from './health/health.controller.js';
import { Housekeeping } from './housekeeping.js';
import { AnsweredRequests } from './http/answered-requests.js';
import { Doorkeeper } from './http/doorkeeper.js';
import { OpenApiController } from './http/openapi.controller.js';
import { EventStreams } from './http/sse.js';
import { OwnerLookups } from './owner-lookups.js';
import { PlatformConfig } from './platform.config.js';
import { ResourceSamples } from './resource-samples.js';
import { MetricsController } from './telemetry/metrics.controller.js';

/** What every room may inject: `Clock`, `PlatformConfig`, `HealthChecks`, `Housekeeping`, `EventStreams`, `Doorkeeper`, `OwnerLookups`, `ResourceSamples`, `AnsweredRequests` and prom-client's `Registry`. */
@Module({})
export class PlatformModule {
  /** @param registry where metrics are kept: one per application, so that two in a process do not collide. */
  static forRoot(config: PlatformConfig, registry: Registry = new Registry()): DynamicModule {
    const providers = [
      { provide: PlatformConfig, useValue: config },
      { provide: Registry, useValue: registry },
      { provide: Clock, useClass: SystemClock },
      HealthChecks,
      Housekeeping,
      EventStreams,
      OwnerLookups,
      Doorkeeper,
      ResourceSamples,
      AnsweredRequests,
    ];
    return {
      module: PlatformModule,
      global: true,
      controllers: [HealthController, MetricsController, OpenApiController],
      providers,
      exports: providers,
    };
  }
}
