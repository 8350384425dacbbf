import { z } from 'zod';
import type { InputFault } from '../../platform/errors.js';
import { faultsOfIssues, missingIsRequired } from '../../platform/http/faults.js';
import { instant, isAtOrAfter, isBefore } from '../periods/instant.js';
import { llmPrice, type LlmPrice } from './llm-price-table.js';

const newLlmPrice = llmPrice.extend({ effective_from: instant.optional().describe('Now, where left out') });

export const newLlmPrices = z
  .strictObject({ prices: z.array(newLlmPrice).min(1).max(1_000) })
  .meta({ id: 'NewLlmPrices' });

const outline = z
  .looseObject({
    prices: z
      .array(
        z
          .looseObject({
            provider: z.string().catch(''),
            model: z.string().catch(''),
            effective_from: instant.optional().catch(undefined),
          })
          .catch({ provider: '', model: '' }),
      )
      .catch([]),
  })
  .catch({ prices: [] });

/** The models that a body names. */
export function modelsIn(body: unknown): { provider: string; model: string }[] {
  return outline.parse(body).prices.map(({ provider, model }) => ({ provider, model }));
}

export type JudgedPrices =
  | { readonly state: 'refused'; readonly faults: InputFault[] }
  | { readonly state: 'accepted'; readonly prices: readonly LlmPrice[] };

/**
 * @param known the prices there are of these models
 * @param billedTo until when anything was billed; null: nothing was
 * @returns every fault of new prices, or the prices
 */
export function judgeLlmPrices(
  body: unknown,
  known: readonly LlmPrice[],
  billedTo: string | null,
  now: string,
): JudgedPrices {
  const parsed = newLlmPrices.safeParse(body, { error: missingIsRequired });
  const faults = parsed.error === undefined ? [] : faultsOfIssues('body', parsed.error.issues);
  for (const [index, { effective_from = now }] of outline.parse(body).prices.entries()) {
    if (billedTo === null || !isBefore(effective_from, billedTo)) continue;
    const message = `must not be before ${billedTo}: until then costs stand beside invoices`;
    faults.push({ pointer: `/prices/${index}/effective_from`, message });
  }
  if (parsed.data === undefined) return { state: 'refused', faults };
  const prices = parsed.data.prices.map((price): LlmPrice => ({
    ...price,
    effective_from: price.effective_from ?? now,
  }));
  for (const [index, price] of prices.entries()) {
    const pointer = `/prices/${index}`;
    if (price.effective_to !== null && isAtOrAfter(price.effective_from, price.effective_to)) {
      faults.push({ pointer: `${pointer}/effective_to`, message: 'must be after it takes effect' });
      continue;
    }
    const others = prices.filter((other, place) => place !== index && isNotAfter(other, price, place < index));
    if ([...known, ...others].some((other) => isSameModel(other, price) && clash(other, price))) {
      faults.push({ pointer: `${pointer}/effective_from`, message: 'overlaps with another price of the model' });
    }
  }
  return faults.length > 0 ? { state: 'refused', faults } : { state: 'accepted', prices };
}

/** Each two new prices are compared once, by the later one. */
function isNotAfter(other: LlmPrice, price: LlmPrice, stands: boolean): boolean {
  if (isBefore(other.effective_from, price.effective_from)) return true;
  return stands && !isBefore(price.effective_from, other.effective_from);
}

function isSameModel(a: LlmPrice, b: LlmPrice): boolean {
  return a.provider === b.provider && a.model === b.model;
}

/** Whether two prices of a model are in force at one time, though the later one ends the earlier that holds until further notice. */
function clash(was: LlmPrice, price: LlmPrice): boolean {
  if (isBefore(was.effective_from, price.effective_from)) {
    return was.effective_to !== null && isBefore(price.effective_from, was.effective_to);
  }
  return price.effective_to === null || isBefore(was.effective_from, price.effective_to);
}
