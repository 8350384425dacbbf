import { type DynamicModule, Module } from '@nestjs/common';
import { Clock } from '../../platform/clock.js';
import type { UserTokenIssuer } from '../../platform/user-token-issuer.js';
import { MembershipsStore } from './memberships.store.js';
import { UserTokens, type UserTokensOptions } from './user-tokens.service.js';

/** Lets the guard inject `UserTokens` and `MembershipsStore`. */
@Module({})
export class UserTokensModule {
  static forRoot(issuer: UserTokenIssuer, options: UserTokensOptions = {}): DynamicModule {
    const useFactory = (clock: Clock): UserTokens => new UserTokens(issuer, clock, options);
    return {
      module: UserTokensModule,
      global: true,
      providers: [{ provide: UserTokens, useFactory, inject: [Clock] }, MembershipsStore],
      exports: [UserTokens, MembershipsStore],
    };
  }
}
