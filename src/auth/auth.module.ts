import type { DynamicModule } from '@nestjs/common';
import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { AccessDeclarations } from './access/declarations.service.js';
import { Owners } from './access/owners.service.js';
import { ApiKeysController } from './api-keys/api-keys.controller.js';
import { ApiKeysService } from './api-keys/api-keys.service.js';
import { ApiKeysStore } from './api-keys/api-keys.store.js';
import { KeyOwners } from './api-keys/key-owners.service.js';
import { AuthConfig } from './auth.config.js';
import { AuthGuard } from './auth.guard.js';
import { Authenticator } from './authenticator.service.js';
import { Callers } from './callers.service.js';
import { Credentials } from './credentials/credentials.service.js';
import { CredentialsStore } from './credentials/credentials.store.js';
import { KeyUses } from './credentials/key-uses.service.js';
import { OperatorKey } from './operator-key.js';
import { Refusals } from './refusals.service.js';
import { RateLimiter } from './rate-limits/rate-limiter.service.js';
import { RateLimitsConfig } from './rate-limits/rate-limits.config.js';
import { RateLimitsStore } from './rate-limits/rate-limits.store.js';
import { RequestLimits } from './rate-limits/request-limits.service.js';
import { UserTokensController } from './user-tokens/user-tokens.controller.js';

/** Guards every route of the application. */
@Module({})
export class AuthModule {
  /** @param operatorKey as `findOperatorKey` found it. */
  static forRoot(config: AuthConfig, operatorKey: string, rateLimits: RateLimitsConfig): DynamicModule {
    return {
      module: AuthModule,
      global: true,
      controllers: [ApiKeysController, UserTokensController],
      providers: [
        { provide: AuthConfig, useValue: config },
        { provide: OperatorKey, useValue: new OperatorKey(operatorKey) },
        { provide: RateLimitsConfig, useValue: rateLimits },
        { provide: APP_GUARD, useClass: AuthGuard },
        AccessDeclarations,
        ApiKeysService,
        ApiKeysStore,
        Authenticator,
        Callers,
        Credentials,
        CredentialsStore,
        KeyOwners,
        KeyUses,
        Owners,
        RateLimiter,
        RateLimitsStore,
        Refusals,
        RequestLimits,
      ],
      exports: [Authenticator, RateLimiter],
    };
  }
}
