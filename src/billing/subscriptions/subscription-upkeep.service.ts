import { Injectable } from '@nestjs/common';
import { bySystem } from '../../audit/change-context.js';
import { Clock } from '../../platform/clock.js';
import { SubscriptionsStore } from './subscriptions.store.js';

/** What was done, and what failed: one subscription that fails stops no other. */
export interface Upkeep {
  readonly advanced: number;
  readonly failures: readonly { readonly id: string; readonly error: unknown }[];
}

const batch = 500;

/** Does what is due for subscriptions by the clock. */
@Injectable()
export class SubscriptionUpkeep {
  constructor(
    private readonly store: SubscriptionsStore,
    private readonly clock: Clock,
  ) {}

  async run(signal: AbortSignal): Promise<Upkeep> {
    const at = this.clock.now().toISOString();
    const failures: { id: string; error: unknown }[] = [];
    let advanced = 0;
    while (!signal.aborted) {
      const due = await this.store.due(at, failures.length + batch);
      const left = due.filter((id) => failures.every((failed) => failed.id !== id));
      if (left.length === 0) break;
      for (const id of left) {
        if (signal.aborted) break;
        try {
          await this.store.advance(id, at, bySystem);
          advanced += 1;
        } catch (error) {
          failures.push({ id, error });
        }
      }
    }
    return { advanced, failures };
  }
}
