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
import { Credentials } from './credentials/credentials.service.js';
import { CredentialsStore } from './credentials/credentials.store.js';
import { KeyUses } from './credentials/key-uses.service.js';
import { OperatorKey } from './operator-key.js';
import { Refusals } from './refusals.service.js';

/** Guards every route of the application. */
@Module({})
export class AuthModule {
  /** @param operatorKey as `findOperatorKey` found it. */
  static forRoot(config: AuthConfig, operatorKey: string): DynamicModule {
    return {
      module: AuthModule,
      controllers: [ApiKeysController],
      providers: [
        { provide: AuthConfig, useValue: config },
        { provide: OperatorKey, useValue: new OperatorKey(operatorKey) },
        { provide: APP_GUARD, useClass: AuthGuard },
        AccessDeclarations,
        ApiKeysService,
        ApiKeysStore,
        Authenticator,
        Credentials,
        CredentialsStore,
        KeyOwners,
        KeyUses,
        Owners,
        Refusals,
      ],
      exports: [Authenticator],
    };
  }
}
