import { Injectable } from '@nestjs/common';
import type { ChangeContext } from '../../audit/change-context.js';
import { Clock } from '../../platform/clock.js';
import { TenantryError } from '../../platform/errors.js';
import { type LlmPriceRow, LlmPricesStore, type PriceFilter, type PriceKey } from './llm-prices.store.js';
import { judgeLlmPrices, modelsIn } from './new-llm-prices.js';

/** What calls of language models cost the seller. */
@Injectable()
export class LlmPricesService {
  constructor(
    private readonly store: LlmPricesStore,
    private readonly clock: Clock,
  ) {}

  /**
   * Adds prices, all of them or none. A new price ends the one that holds until further notice.
   * @param body of the shape `newLlmPrices`, which is judged here so that all of its faults are told at once
   * @throws TenantryError `prices_refused`
   */
  async add(body: unknown, context: ChangeContext): Promise<LlmPriceRow[]> {
    for (;;) {
      const known = await this.store.known(modelsIn(body));
      const judged = judgeLlmPrices(body, known.prices, known.billedTo, this.clock.now().toISOString());
      if (judged.state === 'refused') {
        throw new TenantryError('unprocessable', 'prices_refused', 'the prices have faults', { faults: judged.faults });
      }
      const added = await this.store.add(judged.prices, known, context);
      if (added.outcome === 'added') return added.prices;
    }
  }

  /** By provider, model and time, after the given one. */
  list(filter: PriceFilter, limit: number, after: PriceKey | undefined): Promise<LlmPriceRow[]> {
    return this.store.list(filter, limit, after);
  }
}
