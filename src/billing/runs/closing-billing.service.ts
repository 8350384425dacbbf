import { Injectable } from '@nestjs/common';
import { bySystem } from '../../audit/change-context.js';
import { Clock } from '../../platform/clock.js';
import { newId } from '../../platform/ids.js';
import { BillingConfig } from '../billing.config.js';
import { failureOf, isOfOne } from './failures.js';
import type { BillingFailure } from './period-rating.js';
import { secondsBefore } from './run-order.js';
import { type Closing, type RunFence, WritingStore } from './writing.store.js';

/** Bills late usage of those who have no next invoice (docs/decisions/0069). */
@Injectable()
export class ClosingBilling {
  constructor(
    private readonly writing: WritingStore,
    private readonly config: BillingConfig,
    private readonly clock: Clock,
  ) {}

  /** What has waited since then is billed as of an instant. */
  waitingSince(asOf: string): string {
    return secondsBefore(asOf, this.config.closingSeconds);
  }

  /** One invoice of all that waits there, unless somebody wrote it, or another one is to come. */
  async write(
    { subscription_id }: Closing,
    run: RunFence | null,
  ): Promise<{ outcome: 'written' | 'already' | 'lost' } | { outcome: 'failed'; failure: BillingFailure }> {
    const at = this.clock.now().toISOString();
    const invoice = { subscription_id, invoice_id: newId(), at, terms_days: this.config.paymentTermsDays };
    try {
      return { outcome: await this.writing.writeClosing(invoice, run, bySystem) };
    } catch (error) {
      if (!isOfOne(error)) throw error;
      return { outcome: 'failed', failure: failureOf(error) };
    }
  }
}
