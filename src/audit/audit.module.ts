import { type DynamicModule, Module } from '@nestjs/common';
import { AuditCheckpoints } from './audit-checkpoints.service.js';
import { AuditExport } from './audit-export.service.js';
import { AuditKeysController } from './audit-keys.controller.js';
import { AuditRetention } from './audit-retention.service.js';
import { AuditTrail } from './audit-trail.service.js';
import { AuditUpkeepStore } from './audit-upkeep.store.js';
import { AuditConfig } from './audit.config.js';
import { AuditStore } from './audit.store.js';
import { DeniedAttempts } from './denied-attempts.service.js';

@Module({})
export class AuditModule {
  static forRoot(config: AuditConfig): DynamicModule {
    return {
      module: AuditModule,
      global: true,
      controllers: [AuditKeysController],
      providers: [
        { provide: AuditConfig, useValue: config },
        AuditStore,
        AuditUpkeepStore,
        AuditTrail,
        AuditExport,
        AuditCheckpoints,
        AuditRetention,
        DeniedAttempts,
      ],
      exports: [AuditTrail, AuditExport, AuditCheckpoints, AuditRetention, DeniedAttempts, AuditConfig],
    };
  }
}
