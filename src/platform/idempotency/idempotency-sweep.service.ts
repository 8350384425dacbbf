import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Housekeeping } from '../housekeeping.js';
import { IdempotencyStore } from './idempotency.store.js';

const everySeconds = 3_600;
/** Short transactions: what they lock is taken by claims. */
const batch = 1_000;
const batches = 100;

/** Has keys removed that are too old, also where no new ones come that would do it on their way. */
@Injectable()
export class IdempotencySweep implements OnModuleInit {
  constructor(
    private readonly store: IdempotencyStore,
    private readonly housekeeping: Housekeeping,
  ) {}

  onModuleInit(): void {
    this.housekeeping.add({ name: 'idempotency_sweep', everySeconds, run: (signal) => this.run(signal) });
  }

  private async run(signal: AbortSignal): Promise<void> {
    for (let done = 0; done < batches; done += 1) {
      signal.throwIfAborted();
      if ((await this.store.sweep(batch, signal)) < batch) return;
    }
  }
}
