import { type DynamicModule, Module } from '@nestjs/common';
import type { SealingKeys } from '../sealed-text.js';
import { IdempotencyStore } from './idempotency.store.js';
import { IdempotencySweep } from './idempotency-sweep.service.js';
import { IdempotencyOptions, IdempotentRequests } from './idempotent-requests.service.js';

export interface IdempotencySettings {
  /** Seal what is kept of requests and answers. */
  readonly encryptionKeys: SealingKeys;
  /** How long a request whose process died keeps its key from a retry; while it lives it renews its claim. Default 10 s. */
  readonly leaseMs?: number;
}

const defaultLeaseMs = 10_000;

/** Gives the HTTP door idempotency keys; without it, the header is not looked at. */
@Module({})
export class IdempotencyModule {
  static forRoot({ encryptionKeys, leaseMs = defaultLeaseMs }: IdempotencySettings): DynamicModule {
    return {
      module: IdempotencyModule,
      // Every room's routes ask for it.
      global: true,
      providers: [
        { provide: IdempotencyOptions, useValue: new IdempotencyOptions(encryptionKeys, leaseMs) },
        IdempotencyStore,
        IdempotentRequests,
        IdempotencySweep,
      ],
      exports: [IdempotentRequests],
    };
  }
}
