import type { DynamicModule } from '@nestjs/common';
import { AuditConfig, auditEnvironment } from '../../src/audit/audit.config.js';
import { AuditModule } from '../../src/audit/audit.module.js';
import { newSigningKey } from '../../src/audit/signing-key.js';
import { AuthConfig } from '../../src/auth/auth.config.js';
import { AuthModule } from '../../src/auth/auth.module.js';
import { RateLimitsConfig } from '../../src/auth/rate-limits/rate-limits.config.js';
import { UserTokensModule } from '../../src/auth/user-tokens/user-tokens.module.js';
import type { Database } from '../../src/platform/database.js';
import { DatabaseModule } from '../../src/platform/database.module.js';

/** Tests send more than anybody may from one address. */
const unlimited = new RateLimitsConfig({
  TENANTRY_RATE_LIMIT_PER_MINUTE: 0,
  TENANTRY_RATE_LIMIT_OPERATOR_PER_MINUTE: 0,
  TENANTRY_RATE_LIMIT_PER_ADDRESS_PER_MINUTE: 0,
  TENANTRY_RATE_LIMIT_FAILED_AUTH_PER_MINUTE: 0,
});

/** What guards an application whose callers are in this database, with this key of the first operator. */
export function guards(database: Database, operatorKey: string, limits = unlimited): DynamicModule[] {
  return [
    DatabaseModule.forRoot(database),
    UserTokensModule.forRoot(database.userTokenIssuer),
    AuditModule.forRoot(new AuditConfig(auditEnvironment.parse({}), newSigningKey())),
    AuthModule.forRoot(new AuthConfig({}), operatorKey, limits),
  ];
}
