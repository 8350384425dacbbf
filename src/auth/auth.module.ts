import type { DynamicModule } from '@nestjs/common';
import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { AuthGuard } from './auth.guard.js';
import { Authenticator } from './authenticator.service.js';
import { RateLimiter } from './rate-limits/rate-limiter.service.js';
import { RateLimitsConfig } from './rate-limits/rate-limits.config.js';
import { RateLimitsStore } from './rate-limits/rate-limits.store.js';
import { RequestLimits } from './rate-limits/request-limits.service.js';

/** Guards every route of the application. */
@Module({})
export class AuthModule {
  /** @param operatorKey as `findOperatorKey` found it. */
  static forRoot(operatorKey: string, rateLimits: RateLimitsConfig): DynamicModule {
    return {
      module: AuthModule,
      providers: [
        { provide: Authenticator, useValue: new Authenticator(operatorKey) },
        { provide: RateLimitsConfig, useValue: rateLimits },
        RateLimitsStore,
        RateLimiter,
        RequestLimits,
        { provide: APP_GUARD, useClass: AuthGuard },
      ],
      exports: [Authenticator, RateLimiter],
    };
  }
}
