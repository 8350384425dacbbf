import { type DynamicModule, Module } from '@nestjs/common';
import { IdempotencyStore } from './idempotency.store.js';
import { IdempotencySweep } from './idempotency-sweep.service.js';
import { IdempotencyOptions, IdempotentRequests } from './idempotent-requests.service.js';

export interface IdempotencySettings {
  /** AES-256 key that seals what is kept of requests and answers. */
  readonly encryptionKey: Buffer;
  /** How long a request whose process died keeps its key from a retry; while it lives it renews its claim. Default 10 s. */
  readonly leaseMs?: number;
}

const defaultLeaseMs = 10_000;

/** Gives the HTTP door idempotency keys; without it, the header is not looked at. */
@Module({})
export class IdempotencyModule {
  static forRoot({ encryptionKey, leaseMs = defaultLeaseMs }: IdempotencySettings): DynamicModule {
    return {
      module: IdempotencyModule,
      providers: [
        { provide: IdempotencyOptions, useValue: new IdempotencyOptions(encryptionKey, leaseMs) },
        IdempotencyStore,
        IdempotentRequests,
        IdempotencySweep,
      ],
      exports: [IdempotentRequests],
    };
  }
}
