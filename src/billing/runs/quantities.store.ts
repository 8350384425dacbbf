import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { Database } from '../../platform/database.js';
import type { QuantityAnswer, QuantityAsk } from './period-rating.js';

const answers = z.array(
  z.union([
    z.object({ quantity: z.string() }),
    z.object({ outcome: z.enum(['meter_not_found', 'versions_differ', 'raw_expired']) }),
  ]),
);

/** Asks of one statement: well within the time that hosted Supabase gives it. */
const asksAtOnce = 500;

/** What meters say, for billing. */
@Injectable()
export class QuantitiesStore {
  constructor(private readonly database: Database) {}

  /**
   * @param from the counts, with the events at edges that are not on a quarter of an hour; or the events alone, which must say the same
   * @returns one answer each, in the order of the asks; quantities as exact decimals
   */
  async ask(asks: readonly QuantityAsk[], from: 'counts' | 'events' = 'counts'): Promise<QuantityAnswer[]> {
    const said: QuantityAnswer[] = [];
    for (let first = 0; first < asks.length; first += asksAtOnce) {
      const args = {
        p_asks: asks.slice(first, first + asksAtOnce).map((ask) => ({ ...ask })),
        p_raw: from === 'events',
      };
      said.push(...answers.parse(await this.database.rpc('billing_quantities', args, { idempotent: true })));
    }
    return said;
  }
}
