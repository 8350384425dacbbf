import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { ChangeContext } from '../../audit/change-context.js';
import { Database } from '../../platform/database.js';
import { storedInstant } from '../periods/instant.js';
import { llmPrice, type LlmPrice } from './llm-price-table.js';

const priceRow = z.object({
  ...llmPrice.shape,
  effective_from: storedInstant,
  effective_to: storedInstant.nullable(),
  created_at: storedInstant,
});
export type LlmPriceRow = z.infer<typeof priceRow>;

const known = z.object({ prices: z.array(priceRow), billed_to: storedInstant.nullable() });
const addOutcome = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('added'), prices: z.array(priceRow) }),
  z.object({ outcome: z.literal('changed_meanwhile') }),
]);

/** The prices there are of some models, and until when anything was billed; `raw` as the database said it. */
export interface KnownPrices {
  readonly raw: unknown;
  readonly prices: readonly LlmPriceRow[];
  readonly billedTo: string | null;
}

/** Where a page of prices ended: provider, model, and when it takes effect. */
export type PriceKey = readonly [provider: string, model: string, effectiveFrom: string];

export interface PriceFilter {
  readonly provider?: string | undefined;
  readonly model?: string | undefined;
  /** In force then, RFC 3339. */
  readonly at?: string | undefined;
}

/** Every query about what calls of language models cost. */
@Injectable()
export class LlmPricesStore {
  constructor(private readonly database: Database) {}

  async known(models: readonly { readonly provider: string; readonly model: string }[]): Promise<KnownPrices> {
    const args = { p_models: models.map(({ provider, model }) => ({ provider, model })) };
    const raw = await this.database.rpc('billing_llm_prices_known', args, { idempotent: true });
    const { prices, billed_to } = known.parse(raw);
    return { raw, prices, billedTo: billed_to };
  }

  /** @param judgedBy what `known` said, which must hold still */
  async add(
    prices: readonly LlmPrice[],
    judgedBy: KnownPrices,
    context: ChangeContext,
  ): Promise<z.infer<typeof addOutcome>> {
    const args = { p_prices: prices.map((price) => ({ ...price })), p_known: z.json().parse(judgedBy.raw) };
    return addOutcome.parse(await this.database.rpc('billing_llm_prices_add', { ...args, p_context: { ...context } }));
  }

  /** By provider, model and time, after the given one. */
  async list({ provider, model, at }: PriceFilter, limit: number, after: PriceKey | undefined): Promise<LlmPriceRow[]> {
    const filter = { p_provider: provider ?? null, p_model: model ?? null, p_at: at ?? null };
    const args = { ...filter, p_after: after === undefined ? null : [...after], p_limit: limit };
    return z.array(priceRow).parse(await this.database.rpc('billing_llm_prices_list', args, { idempotent: true }));
  }
}
