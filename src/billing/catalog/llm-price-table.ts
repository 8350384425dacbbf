import type { Decimal } from 'decimal.js';
import { z } from 'zod';
import { decimalString, decimalText, exact, exactOrUndefined, million, priceAmount, sumOf } from '../money/decimal.js';
import { currencyCode } from '../money/currency.js';
import { instant, isAtOrAfter, isBefore } from '../periods/instant.js';

const maxRows = 10_000;

/** Per million tokens. Half-open in time; null: until further notice. */
export const llmPrice = z.strictObject({
  provider: z.string().min(1).max(100),
  model: z.string().min(1).max(200),
  effective_from: instant,
  effective_to: instant.nullable().default(null),
  currency: currencyCode,
  input: priceAmount,
  output: priceAmount,
  cache_read: priceAmount,
  cache_write: priceAmount,
});
export type LlmPrice = z.infer<typeof llmPrice>;

/** At any time a model has one price or none. */
export const llmPriceTable = z
  .array(llmPrice)
  .max(maxRows)
  .superRefine((rows, context) => {
    const byModel = new Map<string, [index: number, row: LlmPrice][]>();
    for (const [index, row] of rows.entries()) {
      if (row.effective_to !== null && isAtOrAfter(row.effective_from, row.effective_to)) {
        context.addIssue({ code: 'custom', path: [index, 'effective_to'], message: 'must be after it takes effect' });
      }
      const key = JSON.stringify([row.provider, row.model]);
      byModel.set(key, [...(byModel.get(key) ?? []), [index, row]]);
    }
    for (const prices of byModel.values()) {
      const sorted = prices.sort(([, a], [, b]) => (isBefore(a.effective_from, b.effective_from) ? -1 : 1));
      for (const [place, [, row]] of sorted.entries()) {
        const next = sorted[place + 1];
        if (next === undefined) break;
        const [index, { effective_from }] = next;
        const adjoins = row.effective_to !== null && !isBefore(effective_from, row.effective_to);
        if (adjoins || !isAtOrAfter(effective_from, row.effective_from)) continue;
        context.addIssue({
          code: 'custom',
          path: [index, 'effective_from'],
          message: 'overlaps with another price of the model',
        });
      }
    }
  });
export type LlmPriceTable = z.infer<typeof llmPriceTable>;

const tokens = decimalString({ wholeDigits: 15, places: 0, sign: 'not_negative' }).default('0');

/** What a provider reports of one call. */
export const llmUsage = z
  .strictObject({
    provider: z.string().min(1).max(100),
    model: z.string().min(1).max(200),
    at: instant,
    input_tokens: tokens,
    output_tokens: tokens,
    cache_read_tokens: tokens,
    cache_write_tokens: tokens,
    cached: z
      .enum(['within_input', 'beside_input'])
      .describe('Whether `input_tokens` holds the cached ones (OpenAI, Gemini) or leaves them out (Anthropic)'),
    cost: decimalString({ wholeDigits: 12, places: 30, sign: 'not_negative' })
      .nullable()
      .default(null)
      .describe('What the event itself says that the call cost, in the currency of the table'),
  })
  .superRefine(({ cached, input_tokens, cache_read_tokens, cache_write_tokens }, context) => {
    const [input, read, write] = [input_tokens, cache_read_tokens, cache_write_tokens].map(exactOrUndefined);
    if (cached === 'beside_input' || input === undefined || read === undefined || write === undefined) return;
    if (read.plus(write).lte(input)) return;
    context.addIssue({
      code: 'custom',
      path: ['input_tokens'],
      message: 'must hold the cached tokens, which are more',
    });
  });
export type LlmUsage = z.infer<typeof llmUsage>;

/** Decimal strings, not rounded. A call without a price and without a cost is not free: its cost is not known. */
export type LlmCost =
  | {
      readonly state: 'known';
      readonly cost: string;
      readonly source: 'event' | 'computed';
      /** What the table says, also when the event brought its cost; null without a price. */
      readonly computed: string | null;
      readonly uncached_input_tokens: string;
    }
  | { readonly state: 'unpriced' };

/** What a call cost the seller. Each token counts once, whether a provider reports cached ones within the input or beside it. */
export function llmCost(table: LlmPriceTable, usage: LlmUsage): LlmCost {
  const price = table.find((row) => isInForce(row, usage));
  const input = uncachedInput(usage);
  const computed = price === undefined ? null : decimalText(computedCost(price, usage, input));
  const cost = usage.cost ?? computed;
  if (cost === null) return { state: 'unpriced' };
  const source = usage.cost === null ? 'computed' : 'event';
  return { state: 'known', cost, source, computed, uncached_input_tokens: decimalText(input) };
}

function uncachedInput({ cached, input_tokens, cache_read_tokens, cache_write_tokens }: LlmUsage): Decimal {
  const input = exact(input_tokens);
  if (cached === 'beside_input') return input;
  return input.minus(exact(cache_read_tokens)).minus(exact(cache_write_tokens));
}

function computedCost(price: LlmPrice, usage: LlmUsage, input: Decimal): Decimal {
  return sumOf([
    input.times(exact(price.input)),
    exact(usage.output_tokens).times(exact(price.output)),
    exact(usage.cache_read_tokens).times(exact(price.cache_read)),
    exact(usage.cache_write_tokens).times(exact(price.cache_write)),
  ]).div(million);
}

function isInForce(row: LlmPrice, { provider, model, at }: LlmUsage): boolean {
  if (row.provider !== provider || row.model !== model || isBefore(at, row.effective_from)) return false;
  return row.effective_to === null || isBefore(at, row.effective_to);
}
