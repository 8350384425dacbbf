import type { DynamicModule } from '@nestjs/common';
import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { AuthGuard } from './auth.guard.js';
import { Authenticator } from './authenticator.service.js';

/** Guards every route of the application. */
@Module({})
export class AuthModule {
  /** @param operatorKey as `findOperatorKey` found it. */
  static forRoot(operatorKey: string): DynamicModule {
    return {
      module: AuthModule,
      providers: [
        { provide: Authenticator, useValue: new Authenticator(operatorKey) },
        { provide: APP_GUARD, useClass: AuthGuard },
      ],
      exports: [Authenticator],
    };
  }
}
